"""Webhooks that no transition caused: each event's own payload, of whatever it is about."""

from __future__ import annotations

from typing import Final

from ..payments.v1_views import order_document, refund_document
from ..payments.views import order_view, refund_view, subscription_view
from ..state.events import Event
from ..state.ledger import Order, Refund
from ..state.merchant import Merchant
from ..wire.messages import Json
from .problems import ProblemError, mistake

EVENTS: Final = (
    "checkout.order.completed",
    "checkout.order.failed",
    "checkout.transaction.attempt.failed",
    "pg.order.completed",
    "pg.order.failed",
    "pg.transaction.attempt.failed",
    "pg.refund.accepted",
    "pg.refund.completed",
    "pg.refund.failed",
    "subscription.setup.order.completed",
    "subscription.setup.order.failed",
    "subscription.notification.completed",
    "subscription.notification.failed",
    "subscription.redemption.order.completed",
    "subscription.redemption.order.failed",
    "subscription.redemption.transaction.completed",
    "subscription.redemption.transaction.failed",
    "subscription.paused",
    "subscription.unpaused",
    "subscription.revoked",
    "subscription.cancelled",
    "v1.order.completed",
    "v1.order.failed",
    "v1.refund.completed",
    "v1.refund.failed",
)
"""The events that the gateway sends, as `trigger` knows them."""

STATE_EVENTS: Final = frozenset(
    {"subscription.paused", "subscription.unpaused", "subscription.revoked", "subscription.cancelled"}
)


def event_about(merchant: Merchant, name: str, about: str, payload: Json | None = None) -> Event:
    """The event with the payload that belongs to it, about an order, refund or subscription by its merchant's id.

    An order's id does for its newest refund and for its subscription, too. With a payload of the caller's the event
    is about whatever they say. ProblemError(404) where there is no such thing.
    """
    order = merchant.ledger.orders.get(about)
    if payload is not None:
        return Event(name, payload, about, about, callback=order.callback if order else None)
    if ".refund." in name:
        return _about_refund(merchant, name, about)
    if name in STATE_EVENTS:
        return _about_subscription(merchant, name, about)
    if order is None:
        raise _unknown("order", about)
    return _about_order(merchant, name, order)


def _about_order(merchant: Merchant, name: str, order: Order) -> Event:
    v1 = order.flow == "V1"
    payload = order_document(merchant, order) if v1 else order_view(merchant, order, order.attempts, told=True)
    return Event(name, payload, order.merchant_order_id, order.merchant_order_id, callback=order.callback)


def _about_refund(merchant: Merchant, name: str, about: str) -> Event:
    refunds = merchant.ledger.refunds
    found: Refund | None = refunds.get(about)
    if found is None:
        of_order = [each for each in refunds.values() if each.order.merchant_order_id == about]
        if not of_order:
            raise _unknown("refund", about)
        found = of_order[-1]
    v1 = found.order.flow == "V1"
    payload = refund_document(merchant, found) if v1 else refund_view(merchant, found)
    order_id = found.order.merchant_order_id
    return Event(name, payload, found.merchant_refund_id, order_id, callback=found.callback)


def _about_subscription(merchant: Merchant, name: str, about: str) -> Event:
    ledger = merchant.ledger
    order = ledger.orders.get(about)
    found = ledger.subscriptions.get((order.subscription_id if order else about) or "")
    if found is None:
        raise _unknown("subscription", about)
    return Event(name, subscription_view(found), found.merchant_subscription_id, found.setup.merchant_order_id)


def _unknown(kind: str, about: str) -> ProblemError:
    return ProblemError(404, f"The merchant has no {kind} {about}", [mistake("merchant_order_id", f"names no {kind}")])
