"""Refunds: money goes back in full or in parts, never more than was paid."""

from __future__ import annotations

from mocks.phonepe.behaviour import Failure
from mocks.phonepe.errors import GatewayError
from mocks.phonepe.fields import Fields, refuse
from mocks.phonepe.http import Answer, Request, reply
from mocks.phonepe.ledger import Order, Refund
from mocks.phonepe.merchant import Merchant
from mocks.phonepe.orders import ORDER_ID, find_order
from mocks.phonepe.payments import outcome_of
from mocks.phonepe.signing import Event
from mocks.phonepe.views import refund_view


def refund(merchant: Merchant, request: Request) -> Answer:
    """POST /payments/v2/refund."""
    fields = Fields(request.json(), strict=merchant.behaviour.strict)
    merchant_refund_id = fields.text("merchantRefundId", needed=True, longest=63, pattern=ORDER_ID)
    original = fields.text("originalMerchantOrderId", needed=True)
    amount = fields.integer("amount", needed=True, least=100)
    assert merchant_refund_id is not None
    assert original is not None
    assert amount is not None
    made = begin_refund(merchant, merchant_refund_id, find_order(merchant, original), amount)
    return reply({"refundId": made.refund_id, "amount": made.amount, "state": made.state})


def status(merchant: Merchant, request: Request) -> Answer:
    """GET /payments/v2/refund/{id}/status."""
    return reply(refund_view(merchant, find_refund(merchant, request.params["id"])))


def find_refund(merchant: Merchant, merchant_refund_id: str) -> Refund:
    """The refund, or GatewayError(unknown_refund)."""
    found = merchant.ledger.refunds.get(merchant_refund_id)
    if found is None:
        raise GatewayError("unknown_refund", merchantRefundId=merchant_refund_id)
    return found


def begin_refund(merchant: Merchant, merchant_refund_id: str, order: Order, amount: int) -> Refund:
    """A pending refund that takes its course as the behaviour says; GatewayError when it may not be."""
    ledger = merchant.ledger
    if merchant_refund_id in ledger.refunds:
        raise GatewayError("duplicate_refund", merchantRefundId=merchant_refund_id)
    if amount <= 0:
        refuse("amount", "must be positive")
    if order.state != "COMPLETED":
        raise GatewayError("unpaid_refund", state=order.state)
    left = order.amount - ledger.refunded[order.merchant_order_id]
    if amount > left:
        raise GatewayError("excess_refund", refundable=left)
    made = Refund(merchant_refund_id, merchant.new_id("OMR"), order, amount, merchant.now_ms())
    ledger.refunds[merchant_refund_id] = made
    ledger.refunded[order.merchant_order_id] += amount
    ledger.move("refund", made, "PENDING")
    if merchant.behaviour.refund.outcome != "pending":
        merchant.clock.after(merchant.behaviour.refund.confirm_after_s, lambda: _confirm(merchant, made))
    return made


def _confirm(merchant: Merchant, made: Refund) -> None:
    if made.state == "PENDING":
        merchant.ledger.move("refund", made, "CONFIRMED")
        _tell(merchant, made, "pg.refund.accepted", last=False)
        merchant.clock.after(merchant.behaviour.refund.complete_after_s, lambda: _finish(merchant, made))


def _finish(merchant: Merchant, made: Refund) -> None:
    if made.state != "CONFIRMED":
        return
    outcome = merchant.behaviour.refund.outcome
    if isinstance(outcome, Failure):
        failure = outcome_of(outcome)
        made.error_code, made.detailed_error_code = failure.code, failure.detailed
        merchant.ledger.refunded[made.order.merchant_order_id] -= made.amount
        merchant.ledger.move("refund", made, "FAILED")
        _tell(merchant, made, "pg.refund.failed")
    else:
        merchant.ledger.move("refund", made, "COMPLETED")
        _tell(merchant, made, "pg.refund.completed")


def _tell(merchant: Merchant, made: Refund, name: str, *, last: bool = True) -> None:
    payload = refund_view(merchant, made)
    merchant.tell(Event(name, payload, made.merchant_refund_id, made.order.merchant_order_id, last))
