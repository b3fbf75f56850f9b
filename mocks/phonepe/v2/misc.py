"""The small routes: SDK events, VPA validation, native OTP, health."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from ..state.instruments import VPA
from ..state.merchant import Merchant
from ..wire.errors import GatewayError
from ..wire.fields import fields_of, refuse
from ..wire.messages import Request, reply

MOST_EVENTS: Final = 10


def events(merchant: Merchant, request: Request) -> Response:
    """POST /client/v1/backend/events/batch: what an SDK tells of itself goes into the ledger."""
    fields = fields_of(request, strict=merchant.behaviour.strict)
    batch = fields.items("events") or []
    if len(batch) > MOST_EVENTS:
        fields.demand("events", f"must not hold more than {MOST_EVENTS}")
    for event in batch:
        if isinstance(event, dict):
            merchant.ledger.add_event(event)
    return reply({"success": True})


def validate_upi(merchant: Merchant, request: Request) -> Response:
    """POST /v2/validate/upi."""
    fields = fields_of(request, strict=merchant.behaviour.strict)
    kind = fields.text("type", needed=True)
    if kind not in ("VPA", "UPI_NUMBER"):
        refuse("type", "must be VPA or UPI_NUMBER")
    if kind == "VPA":
        valid = VPA.match(fields.text("vpa", needed=True) or "") is not None
    else:
        valid = (fields.text("upiNumber", needed=True) or "").isdigit()
    return reply({"valid": True, "name": "A Payer"} if valid else {"valid": False})


def health(_: object, __: Request) -> Response:
    """GET /v3/health."""
    return reply({"status": "UP"})


def unmapped(_: Merchant, __: Request) -> Response:
    """What is not built, as PhonePe answers a path that it does not know."""
    raise GatewayError("unmapped")
