"""What the pages' forms do: a person chooses an outcome, sends a webhook, sets behaviour, faults and clock."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.responses import Response

from ..state.registry import Registry
from ..wire.messages import Request, answer
from . import live, verbs
from .problems import ProblemError, mistake
from .verbs import merchant_of

Verb = Callable[[Registry, Request], Awaitable[Response]]

FAULTS: Final[Mapping[str, Any]] = {
    "429 once": {"status": 429, "body": {"code": "TOO_MANY_REQUESTS", "message": "Too many requests"}, "count": 1},
    "500 once": {"status": 500, "count": 1},
    "R999 once": {"status": 503, "body": "R999", "count": 1},
    "HTML 502 once": {"status": 502, "body": "<html><title>502 Bad Gateway</title></html>", "count": 1},
    "reset once": {"hang_up": "reset", "count": 1},
    "done, answer lost once": {"when": "after", "hang_up": "reset", "count": 1},
    "3 s late once": {"latency_s": 3.0, "count": 1},
}
"""Faults that a button adds; the behaviour's document takes any."""


async def pay(registry: Registry, request: Request) -> Response:
    """Let the payer of an order do what was chosen."""
    form = request.entries
    wanted: dict[str, Any] = {"outcome": _outcome(form.get("outcome", "success"))}
    wanted |= {name: form[name] for name in ("mode", "instrument") if form.get(name)}
    return await _done(registry, request, verbs.act_as_payer, wanted, "The payer is done.")


async def send(registry: Registry, request: Request) -> Response:
    """Send a webhook by hand."""
    form = request.entries
    wanted = {
        "event": form.get("event", ""),
        "merchant_order_id": request.path_params["order"],
        "settings": {"signature": form.get("signature", "good")},
    }
    return await _done(registry, request, verbs.send_webhook, wanted, f"{wanted['event']} is sent.")


async def send_again(registry: Registry, request: Request) -> Response:
    """Send a webhook of the ledger again."""
    return await _done(registry, request, live.replay, "", f"{request.path_params['delivery']} is sent again.")


async def behave(registry: Registry, request: Request) -> Response:
    """Set the whole behaviour from its document."""
    return await _done(registry, request, verbs.behave, request.entries.get("document", ""), "The behaviour is set.")


async def choose(registry: Registry, request: Request) -> Response:
    """Set outcome, webhook mode and signature, and leave the rest of the behaviour as it is."""
    form = request.entries
    wanted = merchant_of(registry, request).behaviour.model_dump(mode="json", exclude_defaults=True)
    wanted["outcome"] = _outcome(form.get("outcome", "by_payer"))
    webhook = wanted.get("webhook", {}) | {name: form[name] for name in ("mode", "signature") if form.get(name)}
    return await _done(registry, request, verbs.behave, wanted | {"webhook": webhook}, "The behaviour is set.")


async def add_fault(registry: Registry, request: Request) -> Response:
    """Add one of the faults, or remove all of them."""
    wanted = merchant_of(registry, request).behaviour.model_dump(mode="json", exclude_defaults=True)
    name = request.entries.get("fault", "")
    if name and name not in FAULTS:
        raise ProblemError(422, "There is no such fault", [mistake("fault", f"is one of {', '.join(FAULTS)}")])
    wanted["faults"] = [*wanted.get("faults", []), FAULTS[name]] if name else []
    return await _done(registry, request, verbs.behave, wanted, f"Fault: {name}." if name else "No faults.")


async def step_clock(registry: Registry, request: Request) -> Response:
    """Step the merchant's clock on, or set it back to real time."""
    text = request.entries.get("seconds", "")
    if not text:
        return await _done(registry, request, verbs.set_clock, {"offset_s": 0.0}, "The clock shows real time.")
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    return await _done(registry, request, verbs.advance_clock, {"seconds": seconds}, f"The clock is {text} s on.")


def check_origin(request: Request) -> None:
    """Refuse a form that another site's page sent: ProblemError(403)."""
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise ProblemError(403, "The form was sent by another site", [mistake("origin", "must be the gateway's own")])


async def _done(registry: Registry, request: Request, verb: Verb, wanted: Any, says: str) -> Response:
    """Do it as the API does it, given a document or JSON text, and go back to the page with what became of it."""
    check_origin(request)
    request.content = wanted.encode() if isinstance(wanted, str) else json.dumps(wanted).encode()
    try:
        await verb(registry, request)
    except ProblemError as problem:
        return _back(request, error=str(problem.document.get("detail") or problem.document["title"]))
    return _back(request, notice=says)


def _back(request: Request, **told: str) -> Response:
    path = f"/_admin/pages/{quote(request.path_params['id'], safe='')}"
    if (order := request.path_params.get("order")) is not None:
        path += f"/orders/{quote(order, safe='')}"
    return answer(303, b"", "text/plain", {"location": f"{path}?{urlencode(told)}", "cache-control": "no-store"})


def _outcome(choice: str) -> Any:
    kind, _, code = choice.partition(":")
    return {"failure": code} if kind == "failure" else choice
