"""What waits for the clock in a ledger that was read from a file: it is waited for again."""

from __future__ import annotations

from ..state.ledger import Order
from ..state.merchant import Merchant
from . import lifecycle, mandates, refunds


def revive(merchant: Merchant) -> None:
    """Wait again for expiries, pending payments, refunds, announced debits and webhooks that were not acknowledged."""
    ledger, clock = merchant.ledger, merchant.clock
    for order in ledger.orders.values():
        if order.is_open:
            lifecycle.expire_later(merchant, order)
            _revive_attempts(merchant, order)
            mandates.resume(merchant, order)
    for subscription in ledger.subscriptions.values():
        if subscription.state in ("ACTIVE", "PAUSED", "ACTIVATION_IN_PROGRESS"):
            mandates.expire_later(merchant, subscription)
    for refund in ledger.refunds.values():
        refunds.resume(merchant, refund)
    for delivery in ledger.deliveries:
        merchant.postman.resume(delivery)
    clock.jump_to(clock.offset_s)


def _revive_attempts(merchant: Merchant, order: Order) -> None:
    for attempt in order.attempts:
        if attempt.state == "PENDING":
            lifecycle.conclude(merchant, order, attempt, "pending")
