"""The ledger as the admin API shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ..state.clock import rfc3339
from ..state.ledger import (
    Attempt,
    Delivery,
    Exchange,
    Ledger,
    Order,
    Refund,
    Subscription,
    Transition,
)
from ..state.machines import Kind
from ..wire.messages import Json


def _ms(at_ms: int) -> str:
    return rfc3339(at_ms / 1000)


def show_attempt(attempt: Attempt) -> Json:
    """An attempt as the admin API shows it."""
    shown: Json = {
        "transaction_id": attempt.transaction_id,
        "state": attempt.state,
        "mode": attempt.mode,
        "amount": attempt.amount,
        "at": _ms(attempt.at_ms),
    }
    if attempt.instrument is not None:
        shown |= {"instrument": attempt.instrument, "rail": attempt.rail}
    if attempt.error_code is not None:
        shown |= {"error_code": attempt.error_code, "detailed_error_code": attempt.detailed_error_code}
    return shown


def show_order(ledger: Ledger, order: Order) -> Json:
    """An order as the admin API shows it."""
    shown: Json = {
        "merchant_order_id": order.merchant_order_id,
        "order_id": order.order_id,
        "state": order.state,
        "amount": order.amount,
        "flow": order.flow,
        "created_at": _ms(order.created_ms),
        "expires_at": _ms(order.expire_ms),
        "attempts": [show_attempt(attempt) for attempt in order.attempts],
        "transitions": _steps(ledger, "order", order.merchant_order_id),
    }
    if order.error_code is not None:
        shown |= {"error_code": order.error_code, "detailed_error_code": order.detailed_error_code}
    return shown


def show_refund(ledger: Ledger, refund: Refund) -> Json:
    """A refund as the admin API shows it."""
    return {
        "merchant_refund_id": refund.merchant_refund_id,
        "refund_id": refund.refund_id,
        "merchant_order_id": refund.order.merchant_order_id,
        "state": refund.state,
        "amount": refund.amount,
        "created_at": _ms(refund.at_ms),
        "error_code": refund.error_code,
        "transitions": _steps(ledger, "refund", refund.merchant_refund_id),
    }


def show_subscription(ledger: Ledger, subscription: Subscription) -> Json:
    """A subscription as the admin API shows it."""
    return {
        "merchant_subscription_id": subscription.merchant_subscription_id,
        "subscription_id": subscription.subscription_id,
        "state": subscription.state,
        "max_amount": subscription.max_amount,
        "frequency": subscription.frequency,
        "setup_order_id": subscription.setup.merchant_order_id,
        "transitions": _steps(ledger, "subscription", subscription.merchant_subscription_id),
    }


def _steps(ledger: Ledger, kind: Kind, name: str) -> list[Json]:
    return [show_step(each) for each in ledger.history(kind, name)]


def show_step(transition: Transition) -> Json:
    """A transition as a line of the thing's own history."""
    return {"from": transition.source or None, "to": transition.target, "at": rfc3339(transition.at_s)}


def show_delivery(delivery: Delivery) -> Json:
    """A webhook delivery as the admin API shows it."""
    return {
        "delivery_id": delivery.delivery_id,
        "event": delivery.event,
        "merchant_order_id": delivery.merchant_order_id,
        "subject": delivery.subject,
        "mode": delivery.mode,
        "signature": delivery.signature,
        "created_at": rfc3339(delivery.created_s),
        "attempts": [
            {"at": rfc3339(each.at_s)}
            | ({"status": each.status} if each.status is not None else {})
            | ({"error": each.error} if each.error is not None else {})
            for each in delivery.tries
        ],
        "acknowledged_at": None if delivery.acknowledged_s is None else rfc3339(delivery.acknowledged_s),
        "given_up": delivery.given_up,
        "body": delivery.body.decode("utf-8", "replace"),
    }


def show_exchange(exchange: Exchange) -> Json:
    """A request as the admin API shows it."""
    return {
        "at": rfc3339(exchange.at_s),
        "method": exchange.method,
        "path": exchange.path,
        "host": exchange.host,
        "prefix": exchange.prefix,
        "query": exchange.query,
        "route": exchange.route,
        "status": exchange.status,
        "duration_ms": round(exchange.duration_ms, 3),
        "fault": exchange.fault,
        "body": exchange.body.decode("utf-8", "replace"),
        "answer": exchange.answer.decode("utf-8", "replace"),
        "remarks": list(exchange.remarks),
    }


SECTIONS: Final[Mapping[str, Callable[[Ledger], list[Json]]]] = {
    "orders": lambda ledger: [show_order(ledger, each) for each in ledger.orders.values()],
    "refunds": lambda ledger: [show_refund(ledger, each) for each in ledger.refunds.values()],
    "subscriptions": lambda ledger: [show_subscription(ledger, each) for each in ledger.subscriptions.values()],
    "transitions": lambda ledger: [{"kind": each.kind, "id": each.id} | show_step(each) for each in ledger.transitions],
    "requests": lambda ledger: [show_exchange(each) for each in ledger.exchanges],
    "deliveries": lambda ledger: [show_delivery(each) for each in ledger.deliveries],
    "events": lambda ledger: list(ledger.events),
}


def show_ledger(ledger: Ledger, sections: frozenset[str] = frozenset(SECTIONS)) -> Json:
    """The ledger, or some of its sections; linear in their length."""
    return {name: show(ledger) for name, show in SECTIONS.items() if name in sections}
