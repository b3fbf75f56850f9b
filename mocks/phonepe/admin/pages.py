"""Pages for people who debug: find an order, see it whole, choose what happens to it; newest first, and live."""

from __future__ import annotations

import json
from typing import Any, Final, get_args

from starlette.responses import Response

from ..state.behaviour import Instrument, Signature, WebhookMode
from ..state.ledger import Order
from ..state.merchant import Merchant
from ..state.money import rupees
from ..state.registry import Registry
from ..wire.errors import PAYMENT_FAILURES
from ..wire.messages import Json, Request, answer
from ..wire.templating import asset, render
from .ledger_views import show_delivery, show_exchange, show_order, show_refund
from .problems import ProblemError, mistake
from .telling import EVENTS
from .timeline import MOST_LINES, timeline_of
from .verbs import merchant_of

MOST_ROWS: Final = 100
"""Of a list on a page."""
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
MODES: Final = ("UPI_INTENT", "UPI_COLLECT", "UPI_QR", "CARD", "NET_BANKING", "UPI_AUTO_PAY")


async def index(registry: Registry, request: Request) -> Response:
    """The merchants, the orders that a search finds among all of them, and requests that nobody could be found for."""
    wanted = (request.query("q") or "").strip()
    merchants = [
        {"id": each.merchant_id, "name": each.name, "orders": len(each.ledger.orders)}
        for each in registry.by_id.values()
    ]
    found = [row for each in registry.by_id.values() for row in _rows(each, wanted)] if wanted else []
    strangers = [show_exchange(each) for each in reversed(registry.strangers)][:MOST_ROWS]
    version = ":".join(
        [str(len(strangers)), *(f"{each.merchant_id}{each.ledger.version}" for each in registry.by_id.values())]
    )
    context: Json = {
        "notice": None,
        "error": None,
        "merchants": merchants,
        "q": wanted,
        "found": found[:MOST_ROWS],
        "strangers": strangers,
    }
    return _page(request, "admin_index.html", context, version)


async def merchant(registry: Registry, request: Request) -> Response:
    """One merchant: its orders, its behaviour, its clock."""
    it = merchant_of(registry, request)
    wanted = (request.query("q") or "").strip()
    rows = _rows(it, wanted)
    context = _about(it, request) | {
        "q": wanted,
        "rows": rows[:MOST_ROWS],
        "more": max(0, len(rows) - MOST_ROWS),
        "behaviour": it.behaviour.model_dump(mode="json"),
        "document": json.dumps(it.behaviour.model_dump(mode="json", exclude_defaults=True), indent=2),
        "outcomes": ("by_payer", "success", "pending", "cancel"),
        "failures": list(PAYMENT_FAILURES.values()),
        "webhook_modes": get_args(WebhookMode),
        "signatures": get_args(Signature),
    }
    return _page(request, "admin_merchant.html", context, f"{it.ledger.version}")


async def order(registry: Registry, request: Request) -> Response:
    """One order, whole: attempts, refunds, webhooks and requests, and what may be done with it."""
    it = merchant_of(registry, request)
    found = it.ledger.orders.get(request.path_params["order"])
    if found is None:
        title = f"The merchant has no order {request.path_params['order']}"
        raise ProblemError(404, title, [mistake("merchant_order_id", "is unknown")])
    context = _about(it, request) | {
        "order": show_order(it.ledger, found),
        "amount": rupees(found.amount),
        "open": found.is_open,
        "page_url": it.page_url(found) if found.page_token else None,
        "refunds": [show_refund(it.ledger, each) for each in it.ledger.refunds.values() if each.order is found],
        "deliveries": [
            show_delivery(each) for each in reversed(it.ledger.deliveries) if each.merchant_order_id == found.id
        ],
        "requests": _requests_about(it, found),
        "outcomes": ("success", "pending"),
        "failures": list(PAYMENT_FAILURES.values()),
        "modes": MODES,
        "instruments": get_args(Instrument),
        "events": EVENTS,
        "signatures": get_args(Signature),
    }
    return _page(request, "admin_order.html", context, f"{it.ledger.version}")


async def timeline(registry: Registry, request: Request) -> Response:
    """Everything that happened to one merchant, newest first."""
    it = merchant_of(registry, request)
    ledger = it.ledger
    entries = len(ledger.exchanges) + len(ledger.transitions) + len(ledger.deliveries)
    lines = timeline_of(ledger)[-MOST_LINES:][::-1]
    context = _about(it, request) | {"lines": lines, "entries": entries}
    return _page(request, "admin_timeline.html", context, f"{ledger.version}")


async def ca(registry: Registry, _: Request) -> Response:
    """The CA to trust, as PEM."""
    if registry.site.ca is None:
        raise ProblemError(404, "The gateway speaks no TLS: start it with --tls", [mistake("path", "is not served")])
    return answer(200, registry.site.ca, "application/x-pem-file")


async def style(_: Registry, __: Request) -> Response:
    """The pages' style sheet."""
    return answer(200, asset("admin.css"), "text/css; charset=utf-8", {"cache-control": "no-cache"})


async def script(_: Registry, __: Request) -> Response:
    """The script that keeps the pages as new as the ledger."""
    return answer(200, asset("admin.js"), "text/javascript; charset=utf-8", {"cache-control": "no-cache"})


def _about(it: Merchant, request: Request) -> Json:
    return {
        "merchant": it,
        "offset": it.clock.offset_s,
        "notice": request.query("notice"),
        "error": request.query("error"),
    }


def _rows(it: Merchant, wanted: str) -> list[Json]:
    """The orders that a search finds, by any of their ids, newest first."""
    rows: list[Json] = []
    for each in reversed(it.ledger.orders.values()):
        names = (each.merchant_order_id, each.order_id, *(attempt.transaction_id for attempt in each.attempts))
        if any(wanted.lower() in name.lower() for name in names):
            rows.append(_row(it, each))
    return rows


def _row(it: Merchant, each: Order) -> Json:
    return {
        "merchant": it.merchant_id,
        "id": each.merchant_order_id,
        "state": each.state,
        "amount": rupees(each.amount),
        "flow": each.flow,
        "why": each.error_code,
        "at": show_order(it.ledger, each)["created_at"],
    }


def _requests_about(it: Merchant, found: Order) -> list[Json]:
    """The newest requests that name the order, in path, query, body or answer."""
    names = [found.merchant_order_id.encode(), found.order_id.encode()]
    about: list[Json] = []
    for each in reversed(it.ledger.exchanges):
        text = b"\n".join((each.path.encode(errors="replace"), each.query.encode(), each.body, each.answer))
        if any(name in text for name in names):
            about.append(show_exchange(each))
            if len(about) == MOST_ROWS:
                break
    return about


def _page(request: Request, template: str, context: dict[str, Any], version: str) -> Response:
    """A page, or 204 when whoever has it is still right."""
    headers = {
        "content-security-policy": POLICY,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-version": version,
    }
    if request.headers.get("x-version") == version:
        return answer(204, b"", "text/html; charset=utf-8", headers)
    return answer(200, render(template, context | {"version": version}), "text/html; charset=utf-8", headers)
