"""Mandates to debit a payer again and again: their states, and debits that are announced, waited for and executed."""

from __future__ import annotations

from typing import Final

from ..state.events import Event
from ..state.instruments import upi
from ..state.ledger import Order, Subscription
from ..state.merchant import Merchant
from ..wire.errors import GatewayError
from ..wire.messages import Json
from .lifecycle import CHECKOUT_REDEMPTION_FLOW, announce, begin, decide_later, outcome_of
from .views import subscription_view

DAY_S: Final = 86_400
REDEEM_AFTER_S: Final = DAY_S
REDEEM_WITHIN_S: Final = 2 * DAY_S
RETRY_GAP_S: Final = 5_400
MOST_ATTEMPTS: Final = 4
REDEMPTION_FLOW: Final = "SUBSCRIPTION_REDEMPTION"
REDEMPTION_FLOWS: Final = frozenset({REDEMPTION_FLOW, CHECKOUT_REDEMPTION_FLOW})


def find_subscription(merchant: Merchant, merchant_subscription_id: str) -> Subscription:
    """The subscription, or GatewayError(unknown_subscription)."""
    found = merchant.ledger.subscriptions.get(merchant_subscription_id)
    if found is None:
        raise GatewayError("unknown_subscription", merchantSubscriptionId=merchant_subscription_id)
    return found


def change_state(merchant: Merchant, subscription: Subscription, state: str) -> None:
    """Pause, unpause, revoke or cancel, and tell the merchant; GatewayError(subscription_state) when it cannot be."""
    before = subscription.state
    ways = {
        "PAUSED": ("ACTIVE",),
        "ACTIVE": ("PAUSED",),
        "REVOKED": ("ACTIVE", "PAUSED"),
        "CANCELLED": ("ACTIVE", "PAUSED"),
    }
    if before not in ways[state]:
        raise GatewayError("subscription_state", state=before)
    if state == "PAUSED":
        subscription.pause_start_ms = merchant.now_ms()
        subscription.pause_end_ms = subscription.pause_start_ms + DAY_S * 1000
    merchant.ledger.move("subscription", subscription, state)
    name = "unpaused" if state == "ACTIVE" else state.lower()
    event = Event(
        f"subscription.{name}",
        subscription_view(subscription),
        subscription.merchant_subscription_id,
        subscription.setup.merchant_order_id,
    )
    merchant.tell(event)


def _notified(merchant: Merchant, order: Order) -> None:
    if order.state != "NOTIFICATION_IN_PROGRESS":
        return
    failure = merchant.behaviour.notification
    if failure != "success":
        merchant.ledger.move("order", order, "FAILED")
        known = outcome_of(failure)
        order.error_code, order.detailed_error_code = known.code, known.detailed
        announce(merchant, order, "subscription.notification.failed")
        return
    now_ms = merchant.now_ms()
    merchant.ledger.move("order", order, "NOTIFIED")
    details = _details(order)
    details |= {
        "notifiedAt": now_ms,
        "validAfter": now_ms + REDEEM_AFTER_S * 1000,
        "validUpto": now_ms + REDEEM_WITHIN_S * 1000,
    }
    announce(merchant, order, "subscription.notification.completed", last=False)
    if details["autoDebit"]:
        _debit_when_due(merchant, order)


def check_redeemable(merchant: Merchant, order: Order) -> None:
    if order.flow not in REDEMPTION_FLOWS:
        raise GatewayError("unknown_order", merchantOrderId=order.merchant_order_id)
    details = _details(order)
    if details["autoDebit"]:
        raise GatewayError("subscription_state", "The order is debited automatically.", autoDebit=True)
    if order.attempts and order.attempts[-1].state == "PENDING":
        raise GatewayError("redeem_running")
    if order.state not in ("NOTIFIED", "PENDING"):
        case = "redeemed_already" if order.attempts else "subscription_state"
        raise GatewayError(case, state=order.state)
    if find_subscription(merchant, order.subscription_id or "").state != "ACTIVE":
        raise GatewayError("subscription_state")
    early = merchant.now_ms() < details["validAfter"]
    if early or (order.attempts and merchant.now_ms() < order.attempts[-1].at_ms + RETRY_GAP_S * 1000):
        raise GatewayError("redeem_too_early", validAfter=details["validAfter"])


def debit(merchant: Merchant, order: Order) -> str:
    if order.state == "NOTIFIED":
        merchant.ledger.move("order", order, "PENDING")
    attempt = begin(merchant, order, upi("payer@ybl", "UPI_AUTO_PAY"))
    last = len(order.attempts) >= MOST_ATTEMPTS
    again = None if last else lambda: _retry(merchant, order)
    decide_later(merchant, order, attempt, "success", final=last, then=again)
    return attempt.transaction_id


def _debit_by_itself(merchant: Merchant, order: Order) -> None:
    subscription = find_subscription(merchant, order.subscription_id or "")
    if order.state == "NOTIFIED" and subscription.state == "ACTIVE":
        debit(merchant, order)


def _retry(merchant: Merchant, order: Order) -> None:
    """After a failed debit the gateway tries again by itself, unless the merchant wants to."""
    if order.state == "PENDING" and _details(order)["redemptionRetryStrategy"] == "STANDARD":
        merchant.clock.after(RETRY_GAP_S, lambda: _debit_again(merchant, order))


def _debit_again(merchant: Merchant, order: Order) -> None:
    if order.state == "PENDING" and order.attempts[-1].state == "FAILED":
        debit(merchant, order)


def _expire(merchant: Merchant, subscription: Subscription) -> None:
    if subscription.state in ("ACTIVE", "PAUSED"):
        merchant.ledger.move("subscription", subscription, "EXPIRED")


def expire_later(merchant: Merchant, subscription: Subscription) -> None:
    """Let a subscription end when it expires."""
    merchant.clock.at(subscription.expire_ms / 1000, lambda: _expire(merchant, subscription))


def announce_later(merchant: Merchant, order: Order) -> None:
    """Let the payer be notified of a debit."""
    merchant.clock.after(merchant.behaviour.payer_delay_s, lambda: _notified(merchant, order))


def resume(merchant: Merchant, order: Order) -> None:
    """Wait again for what an announced debit of a restored ledger waited for."""
    if order.flow not in REDEMPTION_FLOWS:
        return
    if order.state == "NOTIFICATION_IN_PROGRESS":
        announce_later(merchant, order)
    elif order.state == "NOTIFIED" and _details(order)["autoDebit"]:
        _debit_when_due(merchant, order)
    elif order.state == "PENDING" and order.attempts and order.attempts[-1].state == "FAILED":
        _retry(merchant, order)


def _debit_when_due(merchant: Merchant, order: Order) -> None:
    merchant.clock.at(_details(order)["validAfter"] / 1000, lambda: _debit_by_itself(merchant, order))


def _details(order: Order) -> Json:
    assert order.flow_details is not None
    return order.flow_details
