"""Pages for people who debug: the merchants, and one merchant's ledger as a time line."""

from __future__ import annotations

import json
from typing import Any

from mocks.phonepe.http import Answer, Request
from mocks.phonepe.ledger import Json
from mocks.phonepe.ledger_views import show_ledger
from mocks.phonepe.problems import ProblemError, mistake
from mocks.phonepe.registry import Registry
from mocks.phonepe.templating import asset, render

POLICY = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"


async def index(registry: Registry, _: Request) -> Answer:
    """The merchants."""
    rows = [
        {"id": each.merchant_id, "name": each.name, "orders": len(each.ledger.orders)}
        for each in registry.by_id.values()
    ]
    return _html("admin_index.html", {"merchants": rows})


async def timeline(registry: Registry, request: Request) -> Answer:
    """Everything that happened to one merchant, in order."""
    merchant = registry.by_id.get(request.params["id"])
    if merchant is None:
        raise ProblemError(404, f"There is no merchant {request.params['id']}", [mistake("merchant_id", "is unknown")])
    lines = timeline_of(show_ledger(merchant.ledger))
    return _html("admin_timeline.html", {"merchant": merchant, "lines": lines})


async def style(_: Registry, __: Request) -> Answer:
    """The pages' style sheet."""
    return Answer(200, asset("admin.css"), "text/css; charset=utf-8")


def timeline_of(shown: Json) -> list[dict[str, Any]]:
    """A ledger's requests, transitions and webhooks as lines {at, kind, what, result, details, bad}, oldest first."""
    lines = [
        {
            "at": each["at"],
            "kind": "request",
            "what": f"{each['method']} {each['path']}",
            "result": f"{each['status']} in {each['duration_ms']:.1f} ms",
            "details": each["body"],
            "bad": each["status"] is None or each["status"] >= 400,
        }
        for each in shown["requests"]
    ]
    lines += [
        {
            "at": each["at"],
            "kind": each["kind"],
            "what": each["id"],
            "result": f"{each['from'] or 'new'} → {each['to']}",
            "details": "",
            "bad": each["to"] == "FAILED",
        }
        for each in shown["transitions"]
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
        for each in shown["deliveries"]
        for sent in each["attempts"] or [{"at": each["created_at"], "error": f"not sent ({each['mode']})"}]
    ]
    return sorted(lines, key=lambda line: str(line["at"]))


def _html(template: str, context: dict[str, Any]) -> Answer:
    headers = {"content-security-policy": POLICY, "cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Answer(200, render(template, context), "text/html; charset=utf-8", headers)
