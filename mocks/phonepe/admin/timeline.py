"""A ledger as a time line: requests, transitions and webhooks in order."""

from __future__ import annotations

import json
from typing import Any, Final

from ..state.clock import rfc3339
from ..state.ledger import Ledger
from .ledger_views import show_delivery, show_exchange

MOST_LINES: Final = 1_000
"""Of a page: more would take a browser, and the gateway's only thread, too long."""


def timeline_of(ledger: Ledger) -> list[dict[str, Any]]:
    """A ledger's newest requests, transitions and webhooks in order: {at, kind, what, result, details, bad}."""
    lines = [
        {
            "at": each["at"],
            "kind": "request",
            "what": f"{each['method']} {each['path']}",
            "result": f"{each['status']} in {each['duration_ms']:.1f} ms",
            "details": "\n\n".join(part for part in (each["body"], each["answer"], *each["remarks"]) if part),
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
