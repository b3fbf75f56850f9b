"""Pages for people who debug: the merchants, and one merchant's ledger as a time line."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from ..state.clock import rfc3339
from ..state.ledger import Ledger
from ..state.registry import Registry
from ..wire.messages import Request, answer
from ..wire.templating import asset, render
from .ledger_views import show_delivery, show_exchange
from .problems import ProblemError, mistake

MOST_LINES = 1_000
"""Of a page: more would take a browser, and the gateway's only thread, too long."""

POLICY = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"


async def index(registry: Registry, _: Request) -> Response:
    """The merchants."""
    rows = [
        {"id": each.merchant_id, "name": each.name, "orders": len(each.ledger.orders)}
        for each in registry.by_id.values()
    ]
    return _html("admin_index.html", {"merchants": rows})


async def timeline(registry: Registry, request: Request) -> Response:
    """Everything that happened to one merchant, in order."""
    merchant = registry.by_id.get(request.path_params["id"])
    if merchant is None:
        raise ProblemError(
            404, f"There is no merchant {request.path_params['id']}", [mistake("merchant_id", "is unknown")]
        )
    ledger = merchant.ledger
    entries = len(ledger.exchanges) + len(ledger.transitions) + len(ledger.deliveries)
    lines = timeline_of(ledger)[-MOST_LINES:]
    return _html("admin_timeline.html", {"merchant": merchant, "lines": lines, "entries": entries})


async def ca(registry: Registry, _: Request) -> Response:
    """The CA to trust, as PEM."""
    if registry.site.ca is None:
        raise ProblemError(404, "The gateway speaks no TLS: start it with --tls", [mistake("path", "is not served")])
    return answer(200, registry.site.ca, "application/x-pem-file")


async def style(_: Registry, __: Request) -> Response:
    """The pages' style sheet."""
    return answer(200, asset("admin.css"), "text/css; charset=utf-8")


def timeline_of(ledger: Ledger) -> list[dict[str, Any]]:
    """A ledger's newest requests, transitions and webhooks in order: {at, kind, what, result, details, bad}."""
    lines = [
        {
            "at": each["at"],
            "kind": "request",
            "what": f"{each['method']} {each['path']}",
            "result": f"{each['status']} in {each['duration_ms']:.1f} ms",
            "details": each["body"],
            "bad": each["status"] is None or each["status"] >= 400,
        }
        for each in map(show_exchange, ledger.exchanges[-MOST_LINES:])
    ]
    lines += [
        {
            "at": rfc3339(each.at_s),
            "kind": each.kind,
            "what": each.id,
            "result": f"{each.source or 'new'} → {each.target}",
            "details": "",
            "bad": each.target == "FAILED",
        }
        for each in ledger.transitions[-MOST_LINES:]
    ]
    lines += [
        {
            "at": sent["at"],
            "kind": "webhook",
            "what": each["event"],
            "result": str(sent.get("status") or sent.get("error") or "under way"),
            "details": json.dumps(json.loads(each["body"]), indent=2),
            "bad": not 200 <= sent.get("status", 0) < 300,
        }
        for each in map(show_delivery, ledger.deliveries[-MOST_LINES:])
        for sent in each["attempts"] or [{"at": each["created_at"], "error": f"not sent ({each['mode']})"}]
    ]
    return sorted(lines, key=lambda line: str(line["at"]))


def _html(template: str, context: dict[str, Any]) -> Response:
    headers = {"content-security-policy": POLICY, "cache-control": "no-store", "x-content-type-options": "nosniff"}
    return answer(200, render(template, context), "text/html; charset=utf-8", headers)
