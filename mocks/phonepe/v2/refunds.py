"""Refund calls."""

from __future__ import annotations

from starlette.responses import Response

from ..payments.refunds import begin_refund, find_refund
from ..payments.views import refund_view
from ..state.merchant import Merchant
from ..wire.fields import fields_of
from ..wire.messages import Request, reply
from .orders import ORDER_ID, find_order


def refund(merchant: Merchant, request: Request) -> Response:
    """POST /payments/v2/refund."""
    fields = fields_of(request, strict=merchant.behaviour.strict)
    merchant_refund_id = fields.text("merchantRefundId", needed=True, longest=63, pattern=ORDER_ID)
    original = fields.text("originalMerchantOrderId", needed=True)
    amount = fields.integer("amount", needed=True, least=100)
    assert merchant_refund_id is not None
    assert original is not None
    assert amount is not None
    made = begin_refund(merchant, merchant_refund_id, find_order(merchant, original), amount)
    return reply({"refundId": made.refund_id, "amount": made.amount, "state": made.state})


def status(merchant: Merchant, request: Request) -> Response:
    """GET /payments/v2/refund/{id}/status."""
    return reply(refund_view(merchant, find_refund(merchant, request.path_params["id"])))
