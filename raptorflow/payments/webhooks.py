"""The gateway's events: stored as they came, acknowledged, then processed; they only say where to look (PAY-7)."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from raptorflow.database import Row, one
from raptorflow.payments import sql
from raptorflow.payments.settlement import settle_order, settle_refund
from raptorflow.problems import FieldError, Problem
from raptorflow.resources import Resources
from raptorflow.settings import Settings

ENDED_FOR_NOW = ("failed", "expired")
"""Nothing but an event asks about these again: one that comes before the gateway's own status knows has to wait."""


def require_signature(settings: Settings, header: str | None) -> None:
    """Raise 401 unless the header is the lowercase hex SHA-256 of `username:password`, compared in constant time."""
    secret = f"{settings.phonepe_webhook_username}:{settings.phonepe_webhook_password.get_secret_value()}"
    expected = hashlib.sha256(secret.encode()).hexdigest()
    if not hmac.compare_digest(expected.encode(), (header or "").encode("utf-8", "surrogateescape")):
        raise Problem(401, "BAD_SIGNATURE", "The Authorization header is not the agreed one.")


async def store(held: Resources, body: bytes) -> None:
    """Keep the event for good, once for each distinct body. Raises 400 `MALFORMED_WEBHOOK`."""
    event = _parsed(body)
    named = event.get("event") or event.get("type")
    wanted = {
        "digest": hashlib.sha256(body).digest(),
        "body": body,
        "event": named[:100].replace("\x00", "") if isinstance(named, str) and named.isascii() else None,
        "now": held.clock.now(),
    }
    async with held.database.worker() as connection:
        await connection.execute(sql.STORE_WEBHOOK, wanted)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict) or not isinstance(event.get("payload", {}), dict):
        entry = FieldError(field="body", code="JSON_INVALID", message="must be a JSON object, and its payload one")
        raise Problem(400, "MALFORMED_WEBHOOK", "The body is no event.", errors=[entry])
    return event


async def process(held: Resources, webhook: Row) -> bool:
    """Act on a stored event; False when it could not be acted on yet, and has to come again."""
    payload = _parsed(bytes(webhook["body"])).get("payload", {})
    outcome = await _outcome(held, payload)
    if outcome == "unavailable":
        return False
    wanted = {"id": webhook["id"], "outcome": outcome, "now": held.clock.now()}
    async with held.database.worker() as connection:
        await connection.execute(sql.FINISH_WEBHOOK, wanted)
    return True


async def _outcome(held: Resources, payload: dict[str, Any]) -> str:
    refund = await _find(held, sql.REFUND_ORDER, payload.get("merchantRefundId"))
    if refund is not None:
        return await settle_refund(held, refund)
    order = await _find(held, sql.ORDER, payload.get("merchantOrderId"))
    if order is not None:
        outcome = await settle_order(held, order)
        return "unavailable" if outcome == "pending" and order["state"] in ENDED_FOR_NOW else outcome
    return "ignored"


async def _find(held: Resources, query: str, name: Any) -> Row | None:
    if not isinstance(name, str) or not name.isascii() or "\x00" in name:
        return None
    async with held.database.worker() as connection:
        return await one(connection, query, {"order": name})
