"""The admin API's table, and who answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

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
from ..state.registry import Registry
from ..wire.messages import Json, Request, received, reply
from . import forms, live, pages, verbs
from .problems import ProblemError, mistake

HTTP_405: Final = 405


@dataclass(frozen=True, slots=True)
class Verb:
    """One call of the admin API; `body` is the model of what it is given, `query` the schemas of its parameters."""

    method: str
    path: str
    does: Callable[[Registry, Request], Awaitable[Response]]
    body: type[BaseModel] | None = None
    status: int = 200
    query: Mapping[str, Json] = field(default_factory=dict)


_ONE = "/merchants/{id}"

VERBS: Final = (
    Verb("GET", "/health", verbs.health),
    Verb("GET", "/events", live.events),
    Verb("GET", "/merchants", verbs.merchants),
    Verb("POST", "/merchants", verbs.create, NewMerchant, 201),
    Verb("GET", "/unknown", verbs.strangers),
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
    Verb("POST", f"{_ONE}/deliveries/{{delivery}}/replay", live.replay),
    Verb("GET", f"{_ONE}/listen", live.listen),
    Verb("PUT", f"{_ONE}/clock", verbs.set_clock, ClockSetting),
    Verb("POST", f"{_ONE}/clock/advance", verbs.advance_clock, ClockStep),
    Verb("POST", f"{_ONE}/reset", verbs.reset, query={"ledger": {"type": "string", "enum": ["true", "false"]}}),
)

TOLD: Final[Mapping[str, Json]] = {"notice": {"type": "string"}, "error": {"type": "string"}}
SEARCH: Final = {**TOLD, "q": {"type": "string"}}

PAGES: Final = (
    Verb("GET", "/", pages.index, query=SEARCH),
    Verb("GET", "/timeline/{id}", pages.timeline),
    Verb("GET", "/pages/{id}", pages.merchant, query=SEARCH),
    Verb("GET", "/pages/{id}/orders/{order}", pages.order, query=TOLD),
    Verb("POST", "/pages/{id}/choose", forms.choose),
    Verb("POST", "/pages/{id}/faults", forms.add_fault),
    Verb("POST", "/pages/{id}/clock", forms.step_clock),
    Verb("POST", "/pages/{id}/behaviour", forms.behave),
    Verb("POST", "/pages/{id}/orders/{order}/pay", forms.pay),
    Verb("POST", "/pages/{id}/orders/{order}/webhooks", forms.send),
    Verb("POST", "/pages/{id}/orders/{order}/deliveries/{delivery}", forms.send_again),
    Verb("GET", "/style.css", pages.style),
    Verb("GET", "/admin.js", pages.script),
    Verb("GET", "/ca.pem", pages.ca),
)


def admin_application(registry: Registry) -> Starlette:
    """Everything under /_admin, as an application to be mounted there."""
    described = Verb("GET", "/openapi.json", _describe)
    return Starlette(
        routes=[
            Route(verb.path, _Endpoint(registry, verb), methods=[verb.method]) for verb in (*VERBS, *PAGES, described)
        ],
        exception_handlers={HTTPException: _unknown, ProblemError: _refused},
    )


class _Endpoint:
    """What answers one call of the table: the ASGI application that Starlette's router leads to."""

    def __init__(self, registry: Registry, verb: Verb) -> None:
        self._registry = registry
        self._verb = verb

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await received(scope, receive)
        _check_query(self._verb, request)
        response = await self._verb.does(self._registry, request)
        merchant = self._registry.by_id.get(request.path_params.get("id", ""))
        if merchant is not None and request.method not in ("GET", "HEAD"):
            merchant.changed = True
        await response(scope, receive, send)


async def _refused(_: StarletteRequest, problem: Exception) -> Response:
    assert isinstance(problem, ProblemError)
    return problem.response()


async def _unknown(request: StarletteRequest, refusal: Exception) -> Response:
    """405 where another method would do, else 404."""
    assert isinstance(refusal, HTTPException)
    path = request.url.path
    if refusal.status_code != HTTP_405:
        unknown = mistake("path", "is unknown: /_admin/openapi.json")
        return ProblemError(404, f"There is no {path}", [unknown]).response()
    allowed = ", ".join(_methods(request.scope))
    problem = mistake("method", f"is {request.method}; there are {allowed}")
    response = ProblemError(405, f"{path} knows no {request.method}", [problem]).response()
    response.headers["allow"] = allowed
    return response


def _methods(scope: Scope) -> list[str]:
    """The methods that a path can be asked by."""
    routes = [each for each in scope["app"].routes if isinstance(each, Route)]
    fitting = (each for each in routes if each.matches(scope)[0] is not Match.NONE)
    return sorted({method for each in fitting for method in each.methods or () if method != "HEAD"})


def _check_query(verb: Verb, request: Request) -> None:
    for name, value in request.query_params.items():
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


async def _describe(_: Registry, __: Request) -> Response:
    """This description."""
    return reply(openapi())


def openapi() -> Json:
    """The admin API as OpenAPI 3.1."""
    paths: Json = {}
    schemas: Json = {}
    for verb in VERBS:
        paths.setdefault(f"/_admin{verb.path}", {})[verb.method.lower()] = _operation(verb, schemas)
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
