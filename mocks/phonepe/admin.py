"""The admin API: merchants, their behaviour, clock and ledger. Refusals are RFC 9457 problems that name a field."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from mocks.phonepe.behaviour import Behaviour, ClockSetting, ClockStep, MerchantChange, NewMerchant
from mocks.phonepe.http import Answer, Request, reply
from mocks.phonepe.ledger import Json, show_ledger, show_order, show_step
from mocks.phonepe.merchant import Merchant
from mocks.phonepe.registry import Registry, TakenError
from mocks.phonepe.routing import Router

Model = TypeVar("Model", bound=BaseModel)
Verb = Callable[[Registry, Request], Awaitable[Answer]]


class ProblemError(Exception):
    """An admin call is refused: an RFC 9457 document."""

    def __init__(self, status: int, title: str, errors: list[Json] | None = None) -> None:
        super().__init__(title)
        self.document: Json = {"type": "about:blank", "title": title, "status": status}
        if errors:
            self.document |= {"detail": "; ".join(f"{each['field']}: {each['problem']}" for each in errors)}
            self.document |= {"errors": errors}
        self.status = status


class Admin:
    """Everything under /_admin."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._router: Router[Verb] = Router(VERBS)

    async def answer(self, request: Request) -> Answer:
        """Answer one admin call."""
        match = self._router.find(request.method, request.path)
        try:
            if match is None:
                raise ProblemError(404, f"There is no {request.method} {request.path}")
            request.params = match.params
            return await match.route(self._registry, request)
        except ProblemError as problem:
            body = json.dumps(problem.document).encode()
            return Answer(problem.status, body, "application/problem+json")


async def _health(_: Registry, __: Request) -> Answer:
    return reply({"status": "ready"})


async def _create(registry: Registry, request: Request) -> Answer:
    new = _parse(NewMerchant, request)
    try:
        return reply(registry.add(new).show(), 201)
    except TakenError as error:
        raise ProblemError(409, "A merchant with this id exists", [_mistake(str(error), "is in use")]) from None


async def _list(registry: Registry, _: Request) -> Answer:
    return reply(
        {"merchants": [{"merchant_id": each.merchant_id, "name": each.name} for each in registry.by_id.values()]}
    )


async def _show(registry: Registry, request: Request) -> Answer:
    return reply(_merchant(registry, request).show())


async def _change(registry: Registry, request: Request) -> Answer:
    merchant = _merchant(registry, request)
    change = _parse(MerchantChange, request)
    if change.name is not None:
        merchant.name = change.name
    if "webhook" in change.model_fields_set:
        merchant.webhook = change.webhook
    if change.behaviour is not None:
        merchant.behave(change.behaviour)
    return reply(merchant.show())


async def _remove(registry: Registry, request: Request) -> Answer:
    registry.remove(_merchant(registry, request))
    return Answer(204)


async def _behave(registry: Registry, request: Request) -> Answer:
    merchant = _merchant(registry, request)
    merchant.behave(_parse(Behaviour, request))
    return reply(merchant.behaviour.model_dump(mode="json"))


async def _ledger(registry: Registry, request: Request) -> Answer:
    return reply(show_ledger(_merchant(registry, request).ledger))


async def _order(registry: Registry, request: Request) -> Answer:
    ledger = _merchant(registry, request).ledger
    order = ledger.orders.get(request.params["order"])
    if order is None:
        raise ProblemError(404, f"The merchant has no order {request.params['order']}")
    steps = [show_step(each) for each in ledger.history("order", order.merchant_order_id)]
    return reply(show_order(order, steps))


async def _set_clock(registry: Registry, request: Request) -> Answer:
    merchant = _merchant(registry, request)
    await merchant.clock.move_to(_parse(ClockSetting, request).offset_s)
    return reply({"offset_s": merchant.clock.offset_s})


async def _advance_clock(registry: Registry, request: Request) -> Answer:
    merchant = _merchant(registry, request)
    await merchant.clock.move_to(merchant.clock.offset_s + _parse(ClockStep, request).seconds)
    return reply({"offset_s": merchant.clock.offset_s})


async def _reset(registry: Registry, request: Request) -> Answer:
    merchant = _merchant(registry, request)
    merchant.behave(Behaviour())
    if request.flag("ledger"):
        merchant.forget()
    await merchant.clock.move_to(0.0)
    return reply(merchant.show())


VERBS: Final[tuple[tuple[str, str, Verb], ...]] = (
    ("GET", "/_admin/health", _health),
    ("GET", "/_admin/merchants", _list),
    ("POST", "/_admin/merchants", _create),
    ("GET", "/_admin/merchants/{id}", _show),
    ("PATCH", "/_admin/merchants/{id}", _change),
    ("DELETE", "/_admin/merchants/{id}", _remove),
    ("PUT", "/_admin/merchants/{id}/behaviour", _behave),
    ("GET", "/_admin/merchants/{id}/ledger", _ledger),
    ("GET", "/_admin/merchants/{id}/orders/{order}", _order),
    ("PUT", "/_admin/merchants/{id}/clock", _set_clock),
    ("POST", "/_admin/merchants/{id}/clock/advance", _advance_clock),
    ("POST", "/_admin/merchants/{id}/reset", _reset),
)


def _merchant(registry: Registry, request: Request) -> Merchant:
    merchant = registry.by_id.get(request.params["id"])
    if merchant is None:
        raise ProblemError(404, f"There is no merchant {request.params['id']}", [_mistake("merchant_id", "is unknown")])
    return merchant


def _parse(model: type[Model], request: Request) -> Model:
    try:
        document: Any = json.loads(request.body or b"{}")
    except ValueError:
        raise ProblemError(400, "The body is not JSON", [_mistake("body", "must be a JSON object")]) from None
    try:
        return model.model_validate(document)
    except ValidationError as error:
        mistakes = [_mistake(".".join(map(str, each["loc"])) or "body", each["msg"]) for each in error.errors()]
        raise ProblemError(422, "The body does not describe what is asked for", mistakes) from None


def _mistake(field: str, problem: str) -> Json:
    return {"field": field, "problem": problem}
