"""What a merchant's orders, attempts, refunds and deliveries are, and how they came to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mocks.phonepe.clock import Clock, rfc3339
from mocks.phonepe.states import INITIAL, Kind, check, is_terminal

Json = dict[str, Any]


@dataclass(slots=True)
class Attempt:
    """One try of a payer to pay an order. Amounts are paise, times epoch milliseconds."""

    transaction_id: str
    mode: str
    amount: int
    at_ms: int
    state: str = INITIAL
    instrument: Json | None = None
    rail: Json | None = None
    error_code: str | None = None
    detailed_error_code: str | None = None


@dataclass(slots=True, frozen=True)
class Callback:
    """Where a v1 order's merchant wants to be called back."""

    url: str


@dataclass(slots=True)
class Order:
    """What a merchant asked to be paid."""

    merchant_order_id: str
    order_id: str
    amount: int
    flow: str
    created_ms: int
    expire_ms: int
    state: str = INITIAL
    redirect_url: str | None = None
    message: str | None = None
    meta: Json | None = None
    retries_allowed: bool = True
    modes: tuple[str, ...] | None = None
    page_token: str | None = None
    subscription_id: str | None = None
    flow_details: Json | None = None
    callback: Callback | None = None
    posts_back: bool = False
    error_code: str | None = None
    detailed_error_code: str | None = None
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The name a transition knows it by."""
        return self.merchant_order_id

    @property
    def is_open(self) -> bool:
        """Whether it can still be paid."""
        return not is_terminal("order", self.state)


@dataclass(slots=True)
class Refund:
    """Money on its way back from a completed order."""

    merchant_refund_id: str
    refund_id: str
    order: Order
    amount: int
    at_ms: int
    state: str = INITIAL
    error_code: str | None = None
    detailed_error_code: str | None = None


@dataclass(slots=True)
class Subscription:
    """A mandate to debit a payer again and again."""

    merchant_subscription_id: str
    subscription_id: str
    auth_workflow_type: str
    amount_type: str
    max_amount: int
    frequency: str
    expire_ms: int
    setup: Order
    state: str = INITIAL
    pause_start_ms: int | None = None
    pause_end_ms: int | None = None


@dataclass(slots=True, frozen=True)
class Transition:
    """One thing went from one state to another, at epoch seconds."""

    kind: Kind
    id: str
    source: str
    target: str
    at_s: float


@dataclass(slots=True)
class Exchange:
    """One request and how it was answered; `body` is as received, without credentials."""

    at_s: float
    method: str
    path: str
    route: str
    body: bytes
    status: int | None = None
    duration_ms: float = 0.0
    fault: str | None = None


@dataclass(slots=True)
class Try:
    """One time a webhook was sent: the status it got, or why it got none."""

    at_s: float
    status: int | None = None
    error: str | None = None


@dataclass(slots=True)
class Delivery:
    """One webhook, and every time it was sent."""

    delivery_id: str
    event: str
    subject: str
    merchant_order_id: str
    body: bytes
    signature: str
    mode: str
    created_s: float
    tries: list[Try] = field(default_factory=list)
    acknowledged_s: float | None = None
    given_up: bool = False


@dataclass(slots=True)
class Challenge:
    """An attempt that waits for a one-time password, and what it will end as."""

    order: Order
    attempt: Attempt
    outcome: Any
    tries_left: int = 3


class Ledger:
    """All that one merchant's customers did, in order."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.orders: dict[str, Order] = {}
        self.transactions: dict[str, Order] = {}
        self.pages: dict[str, Order] = {}
        self.challenges: dict[str, Challenge] = {}
        self.refunds: dict[str, Refund] = {}
        self.refunded: defaultdict[str, int] = defaultdict(int)
        self.subscriptions: dict[str, Subscription] = {}
        self.transitions: list[Transition] = []
        self.exchanges: list[Exchange] = []
        self.deliveries: list[Delivery] = []
        self.events: list[Json] = []

    def move(self, kind: Kind, thing: Order | Attempt | Refund | Subscription, target: str) -> None:
        """Let a thing enter a state; IllegalTransitionError when its machine has no such way."""
        check(kind, thing.state, target)
        self.transitions.append(Transition(kind, name_of(thing), thing.state, target, self.clock.now()))
        thing.state = target

    def add_order(self, order: Order, state: str = "PENDING") -> None:
        """Keep a new order under its merchant's id."""
        self.orders[order.merchant_order_id] = order
        self.move("order", order, state)

    def add_attempt(self, order: Order, attempt: Attempt) -> None:
        """Keep a new attempt with its order."""
        order.attempts.append(attempt)
        self.transactions[attempt.transaction_id] = order
        self.move("attempt", attempt, "PENDING")

    def history(self, kind: Kind, name: str) -> Iterator[Transition]:
        """The states a thing went through."""
        return (each for each in self.transitions if each.kind == kind and each.id == name)


def name_of(thing: Order | Attempt | Refund | Subscription) -> str:
    """The id a thing is known by in the transitions."""
    match thing:
        case Order():
            return thing.merchant_order_id
        case Attempt():
            return thing.transaction_id
        case Refund():
            return thing.merchant_refund_id
        case Subscription():
            return thing.merchant_subscription_id


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
    if attempt.error_code is not None:
        shown |= {"error_code": attempt.error_code, "detailed_error_code": attempt.detailed_error_code}
    return shown


def show_order(order: Order, transitions: list[Json]) -> Json:
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
        "transitions": transitions,
    }
    if order.error_code is not None:
        shown |= {"error_code": order.error_code, "detailed_error_code": order.detailed_error_code}
    return shown


def show_refund(refund: Refund, transitions: list[Json]) -> Json:
    """A refund as the admin API shows it."""
    return {
        "merchant_refund_id": refund.merchant_refund_id,
        "refund_id": refund.refund_id,
        "merchant_order_id": refund.order.merchant_order_id,
        "state": refund.state,
        "amount": refund.amount,
        "created_at": _ms(refund.at_ms),
        "error_code": refund.error_code,
        "transitions": transitions,
    }


def show_subscription(subscription: Subscription, transitions: list[Json]) -> Json:
    """A subscription as the admin API shows it."""
    return {
        "merchant_subscription_id": subscription.merchant_subscription_id,
        "subscription_id": subscription.subscription_id,
        "state": subscription.state,
        "max_amount": subscription.max_amount,
        "frequency": subscription.frequency,
        "setup_order_id": subscription.setup.merchant_order_id,
        "transitions": transitions,
    }


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
        "route": exchange.route,
        "status": exchange.status,
        "duration_ms": round(exchange.duration_ms, 3),
        "fault": exchange.fault,
        "body": exchange.body.decode("utf-8", "replace"),
    }


def show_ledger(ledger: Ledger) -> Json:
    """The whole ledger as the admin API shows it; linear in its length."""
    steps: defaultdict[tuple[Kind, str], list[Json]] = defaultdict(list)
    for each in ledger.transitions:
        steps[each.kind, each.id].append(show_step(each))
    return {
        "orders": [show_order(each, steps["order", each.merchant_order_id]) for each in ledger.orders.values()],
        "refunds": [show_refund(each, steps["refund", each.merchant_refund_id]) for each in ledger.refunds.values()],
        "subscriptions": [
            show_subscription(each, steps["subscription", each.merchant_subscription_id])
            for each in ledger.subscriptions.values()
        ],
        "transitions": [{"kind": each.kind, "id": each.id} | show_step(each) for each in ledger.transitions],
        "requests": [show_exchange(each) for each in ledger.exchanges],
        "deliveries": [show_delivery(each) for each in ledger.deliveries],
        "events": list(ledger.events),
    }
