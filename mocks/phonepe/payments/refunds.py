"""Refunds: money goes back in full or in parts, never more than was paid."""

from __future__ import annotations

from typing import Final

from ..state.behaviour import Failure
from ..state.events import Event
from ..state.ledger import Order, Refund
from ..state.merchant import Merchant
from ..wire.errors import GatewayError, PaymentFailure
from ..wire.fields import refuse
from .lifecycle import outcome_of
from .v1_views import refund_document
from .views import refund_view

EXCESS: Final = PaymentFailure("EXCESS_REFUND_AMOUNT", "EXCESS_REFUND_AMOUNT", "More than what is left of the payment")
"""How v1 tells, late, that a refund asked for too much."""


def find_refund(merchant: Merchant, merchant_refund_id: str) -> Refund:
    """The refund, or GatewayError(unknown_refund)."""
    found = merchant.ledger.refunds.get(merchant_refund_id)
    if found is None:
        raise GatewayError("unknown_refund", merchantRefundId=merchant_refund_id)
    return found


def begin_refund(merchant: Merchant, merchant_refund_id: str, order: Order, amount: int) -> Refund:
    """A pending refund that takes its course as the behaviour says; GatewayError when it may not be.

    A v1 order's refund that asks for too much is pending too, and told to fail when it would be confirmed.
    """
    ledger = merchant.ledger
    if merchant_refund_id in ledger.refunds:
        raise GatewayError("duplicate_refund", merchantRefundId=merchant_refund_id)
    if amount <= 0:
        refuse("amount", "must be positive")
    if order.state != "COMPLETED":
        raise GatewayError("unpaid_refund", state=order.state)
    left = order.amount - ledger.refunded[order.merchant_order_id]
    if amount > left and order.flow != "V1":
        raise GatewayError("excess_refund", refundable=left)
    made = Refund(merchant_refund_id, merchant.new_id("OMR"), order, amount, merchant.now_ms())
    made.holds_money = amount <= left
    ledger.refunds[merchant_refund_id] = made
    ledger.refunded[order.merchant_order_id] += amount if made.holds_money else 0
    ledger.move("refund", made, "PENDING")
    resume(merchant, made)
    return made


def resume(merchant: Merchant, made: Refund) -> None:
    """Let a refund go on from where it is, as the behaviour says."""
    behaviour = merchant.behaviour.refund
    if made.state == "PENDING" and behaviour.outcome != "pending":
        merchant.clock.after(behaviour.confirm_after_s, lambda: _confirm(merchant, made))
    elif made.state == "CONFIRMED":
        merchant.clock.after(behaviour.complete_after_s, lambda: _finish(merchant, made))


def _confirm(merchant: Merchant, made: Refund) -> None:
    if made.state != "PENDING":
        return
    if not made.holds_money:
        _fail(merchant, made, EXCESS)
        return
    merchant.ledger.move("refund", made, "CONFIRMED")
    _tell(merchant, made, "accepted", last=False)
    resume(merchant, made)


def _finish(merchant: Merchant, made: Refund) -> None:
    if made.state != "CONFIRMED":
        return
    outcome = merchant.behaviour.refund.outcome
    if isinstance(outcome, Failure):
        _fail(merchant, made, outcome_of(outcome))
    else:
        merchant.ledger.move("refund", made, "COMPLETED")
        _tell(merchant, made, "completed")


def _fail(merchant: Merchant, made: Refund, failure: PaymentFailure) -> None:
    made.error_code, made.detailed_error_code = failure.code, failure.detailed
    if made.holds_money:
        merchant.ledger.refunded[made.order.merchant_order_id] -= made.amount
    merchant.ledger.move("refund", made, "FAILED")
    _tell(merchant, made, "failed")


def _tell(merchant: Merchant, made: Refund, what: str, *, last: bool = True) -> None:
    """Send the refund's webhook, or call a v1 merchant back, who is not told of `accepted`."""
    v1 = made.order.flow == "V1"
    if v1 and not last:
        return
    payload = refund_document(merchant, made) if v1 else refund_view(merchant, made)
    name = f"{'v1' if v1 else 'pg'}.refund.{what}"
    order_id = made.order.merchant_order_id
    merchant.tell(Event(name, payload, made.merchant_refund_id, order_id, last, made.callback))
