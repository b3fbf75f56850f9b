"""The gateway's orders at one moment, the events that it sent about them, and who asked for them. Times are its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

COMPLETED, FAILED = "COMPLETED", "FAILED"


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
    """An order; `amount` in paise. `completed_at` is when the money was taken, None while it is not.

    `paid_at` is when the payer chose how to pay, `ended_at` when the order came to its present end, and `asked_at` when
    somebody asked for its status, in order.
    """

    merchant_order_id: str
    state: str
    amount: int
    created_at: float
    completed_at: float | None
    paid_at: float | None = None
    ended_at: float | None = None
    asked_at: Sequence[float] = ()

    @property
    def told_at(self) -> float | None:
        """When somebody first asked for the status after the order had ended; None while nobody has."""
        return next((at for at in self.asked_at if self.ended_at is not None and at >= self.ended_at), None)


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
    asked = _asked(ledger["requests"])
    orders = {order["merchant_order_id"]: _order(order, asked) for order in ledger["orders"]}
    return GatewayOrders(orders, events)


def _asked(requests: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """When the status of each order was asked for and told."""
    asked: dict[str, list[float]] = {}
    for request in requests:
        parts = request["path"].split("/")
        if "status" in parts and request["method"] == "GET" and request["status"] == 200:
            for name in parts[-2:]:  # v2 ends in /ORDER/status, v1 in /status/MERCHANT/ORDER
                asked.setdefault(name, []).append(moment(request["at"]))
    return asked


def _order(order: Mapping[str, Any], asked: Mapping[str, Sequence[float]]) -> Order:
    steps = [(step["to"], moment(step["at"])) for step in order["transitions"]]
    completed = [at for state, at in steps if state == COMPLETED]
    ended = [at for state, at in steps if state == order["state"] and state in (COMPLETED, FAILED)]
    return Order(
        merchant_order_id=order["merchant_order_id"],
        state=order["state"],
        amount=order["amount"],
        created_at=moment(order["created_at"]),
        completed_at=completed[0] if completed else None,
        paid_at=min((moment(attempt["at"]) for attempt in order["attempts"]), default=None),
        ended_at=ended[0] if ended else None,
        asked_at=asked.get(order["merchant_order_id"], ()),
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


def first_question(order: Order, schedule: str) -> float:
    """When a reconciler that keeps the schedule asks for the first time at all."""
    return order.created_at + intervals(schedule)[0]
