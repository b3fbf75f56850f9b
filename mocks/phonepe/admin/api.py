"""The admin API's table, and who answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel

from ..state.behaviour import (
    Behaviour,
    ClockSetting,
    ClockStep,
    ExtraWebhook,
    MerchantChange,
    NewMerchant,
    PayerAction,
    WebhookBehaviour,
)
from ..state.ledger import Json
from ..state.registry import Registry
from ..wire.messages import Answer, Request, reply
from ..wire.routing import Router
from . import pages, verbs
from .problems import ProblemError, mistake


@dataclass(frozen=True, slots=True)
class Verb:
    """One call of the admin API; `body` is the model of what it is given, `query` the schemas of its parameters."""

    method: str
    path: str
    does: Callable[[Registry, Request], Awaitable[Answer]]
    body: type[BaseModel] | None = None
    status: int = 200
    query: Mapping[str, Json] = field(default_factory=dict)


_ONE = "/_admin/merchants/{id}"

VERBS: Final = (
    Verb("GET", "/_admin/health", verbs.health),
    Verb("GET", "/_admin/merchants", verbs.merchants),
    Verb("POST", "/_admin/merchants", verbs.create, NewMerchant, 201),
    Verb("GET", _ONE, verbs.show),
    Verb("PATCH", _ONE, verbs.change, MerchantChange),
    Verb("DELETE", _ONE, verbs.remove, status=204),
    Verb("PUT", f"{_ONE}/behaviour", verbs.behave, Behaviour),
    Verb(
        "GET",
        f"{_ONE}/ledger",
        verbs.ledger,
        query={"only": {"type": "string", "examples": ["orders,deliveries"]}},
    ),
    Verb("GET", f"{_ONE}/orders/{{order}}", verbs.order),
    Verb("POST", f"{_ONE}/orders/{{order}}/pay", verbs.act_as_payer, PayerAction),
    Verb("PUT", f"{_ONE}/orders/{{order}}/webhook", verbs.set_order_webhook, WebhookBehaviour),
    Verb("POST", f"{_ONE}/subscriptions/{{subscription}}/{{action}}", verbs.change_subscription),
    Verb("POST", f"{_ONE}/webhooks", verbs.send_webhook, ExtraWebhook, 202),
    Verb("PUT", f"{_ONE}/clock", verbs.set_clock, ClockSetting),
    Verb("POST", f"{_ONE}/clock/advance", verbs.advance_clock, ClockStep),
    Verb("POST", f"{_ONE}/reset", verbs.reset, query={"ledger": {"type": "string", "enum": ["true", "false"]}}),
)

PAGES: Final = (
    Verb("GET", "/_admin", pages.index),
    Verb("GET", "/_admin/timeline/{id}", pages.timeline),
    Verb("GET", "/_admin/style.css", pages.style),
    Verb("GET", "/_admin/ca.pem", pages.ca),
)


class Admin:
    """Everything under /_admin."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        described = Verb("GET", "/_admin/openapi.json", _describe)
        self._router = Router((each.method, each.path, each) for each in (*VERBS, *PAGES, described))

    async def answer(self, request: Request) -> Answer:
        """Answer one admin call."""
        method = "GET" if request.method == "HEAD" else request.method
        match = self._router.find(method, request.path)
        try:
            if match is None:
                return self._unknown(request)
            _check_query(match.route, request)
            request.params = match.params
            return await match.route.does(self._registry, request)
        except ProblemError as problem:
            return problem.answer()

    def _unknown(self, request: Request) -> Answer:
        """405 where another method would do, else 404."""
        allowed = self._router.methods(request.path)
        if not allowed:
            raise ProblemError(
                404, f"There is no {request.path}", [mistake("path", "is unknown: /_admin/openapi.json")]
            )
        problem = mistake("method", f"is {request.method}; there are {', '.join(allowed)}")
        answer = ProblemError(405, f"{request.path} knows no {request.method}", [problem]).answer()
        answer.headers["allow"] = ", ".join(allowed)
        return answer


def _check_query(verb: Verb, request: Request) -> None:
    for name, value in request.queries().items():
        schema = verb.query.get(name)
        if schema is None:
            there_are = ", ".join(verb.query) or "none"
            raise ProblemError(
                422, "The call has no such parameter", [mistake(name, f"is unknown; there are {there_are}")]
            )
        if value not in schema.get("enum", (value,)):
            raise ProblemError(
                422, "The parameter cannot be that", [mistake(name, f"is one of {', '.join(schema['enum'])}")]
            )


async def _describe(_: Registry, __: Request) -> Answer:
    """This description."""
    return reply(openapi())


def openapi() -> Json:
    """The admin API as OpenAPI 3.1."""
    paths: Json = {}
    schemas: Json = {}
    for verb in VERBS:
        paths.setdefault(verb.path, {})[verb.method.lower()] = _operation(verb, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "PhonePe mock: admin API", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas | {"Problem": PROBLEM_SCHEMA}},
    }


PROBLEM_SCHEMA: Final[Json] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "problem": {"type": "string"}},
                "required": ["field", "problem"],
            },
        },
    },
}


def _operation(verb: Verb, schemas: Json) -> Json:
    names = [part[1:-1] for part in verb.path.split("/") if part.startswith("{")]
    problem = {"$ref": "#/components/schemas/Problem"}
    operation: Json = {
        "operationId": verb.does.__name__,
        "summary": (verb.does.__doc__ or "").strip(),
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names),
            *({"name": name, "in": "query", "schema": schema} for name, schema in verb.query.items()),
        ],
        "responses": {
            str(verb.status): {"description": "Done."},
            "4XX": {"description": "Refused.", "content": {"application/problem+json": {"schema": problem}}},
        },
    }
    if verb.body is not None:
        schema = verb.body.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[verb.body.__name__] = schema
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{verb.body.__name__}"}}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation
