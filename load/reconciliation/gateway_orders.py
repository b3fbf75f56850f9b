"""The gateway's orders at one moment, and the events that it sent about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

COMPLETED = "COMPLETED"


def moment(text: str) -> float:
    """An RFC 3339 time as seconds since the epoch."""
    return datetime.fromisoformat(text).timestamp()


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One distinct event about an order, with all of its deliveries. Times are seconds since the epoch."""

    name: str
    merchant_order_id: str
    first_sent_at: float | None
    acknowledged_at: float | None
    given_up: bool

    @property
    def sent(self) -> bool:
        """Whether it ever left the gateway."""
        return self.first_sent_at is not None


@dataclass(frozen=True, slots=True)
class Order:
    """An order; `amount` in paise. `completed_at` is when the money was taken, None while it is not."""

    merchant_order_id: str
    state: str
    amount: int
    created_at: float
    completed_at: float | None
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GatewayOrders:
    """What the gateway says, by order."""

    orders: Mapping[str, Order]
    events: Mapping[str, Sequence[WebhookEvent]]


def read(ledger: Mapping[str, Any]) -> GatewayOrders:
    """The orders and events of a ledger, as the gateway's admin API shows it."""
    deliveries: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for delivery in ledger["deliveries"]:
        if delivery["signature"] == "good":
            deliveries.setdefault((delivery["merchant_order_id"], delivery["event"]), []).append(delivery)
    events: dict[str, list[WebhookEvent]] = {}
    for (order, event), copies in deliveries.items():
        events.setdefault(order, []).append(_event(order, event, copies))
    return GatewayOrders({order["merchant_order_id"]: _order(order) for order in ledger["orders"]}, events)


def _order(order: Mapping[str, Any]) -> Order:
    completed = [step["at"] for step in order["transitions"] if step["to"] == COMPLETED]
    return Order(
        merchant_order_id=order["merchant_order_id"],
        state=order["state"],
        amount=order["amount"],
        created_at=moment(order["created_at"]),
        completed_at=moment(completed[0]) if completed else None,
        document=order,
    )


def _event(order: str, event: str, copies: Sequence[Mapping[str, Any]]) -> WebhookEvent:
    acknowledged = [moment(copy["acknowledged_at"]) for copy in copies if copy["acknowledged_at"]]
    sent = [moment(attempt["at"]) for copy in copies for attempt in copy["attempts"]]
    return WebhookEvent(
        name=event,
        merchant_order_id=order,
        first_sent_at=min(sent, default=None),
        acknowledged_at=min(acknowledged, default=None),
        given_up=all(copy.get("given_up") for copy in copies),
    )


def intervals(schedule: str) -> tuple[float, ...]:
    """`22x1,3x10` as the seconds between two questions: 22, 3, 3, …"""
    parts = [part.partition("x") for part in schedule.split(",")]
    return tuple(float(seconds) for seconds, _, times in parts for _ in range(int(times or 1)))


def next_question(order: Order, schedule: str) -> float | None:
    """When a reconciler that keeps the schedule asks for the first time after the money was taken."""
    if order.completed_at is None:
        return None
    asked = accumulate(intervals(schedule), initial=order.created_at)
    return next((at for at in asked if at >= order.completed_at), None)
