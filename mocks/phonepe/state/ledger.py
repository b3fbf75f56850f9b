"""What a merchant's orders, attempts, refunds and deliveries are, and how they came to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ..wire.messages import Json
from .behaviour import WebhookBehaviour
from .clock import Clock
from .machines import INITIAL, Kind, check, is_terminal


@dataclass(slots=True, frozen=True)
class Split:
    """A part of an attempt: what paid it, by which rail, and how many paise."""

    instrument: Json
    rail: Json
    amount: int


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
    splits: tuple[Split, ...] = ()
    """What it is paid with where that is more than one instrument."""


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
    opened_by: Literal["web", "sdk"] = "web"
    """What its token opens: the hosted page of a browser, or the one in PhonePe's mobile SDK."""
    subscription_id: str | None = None
    flow_details: Json | None = None
    callback: Callback | None = None
    posts_back: bool = False
    error_code: str | None = None
    detailed_error_code: str | None = None
    attempts: list[Attempt] = field(default_factory=list)
    webhook: WebhookBehaviour | None = None
    """How its own webhooks go out; None as the merchant's."""

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
    """Money on its way back from a completed order; one that asks for too much `holds_money` not, and fails."""

    merchant_refund_id: str
    refund_id: str
    order: Order
    amount: int
    at_ms: int
    state: str = INITIAL
    callback: Callback | None = None
    holds_money: bool = True
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
    umn: str
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
    """One request and how it was answered; `body` and `answer` are as sent, without credentials, up to a length.

    `remarks` is what production would have refused.
    """

    at_s: float
    method: str
    path: str
    route: str
    body: bytes
    host: str = ""
    prefix: str = ""
    query: str = ""
    answer: bytes = b""
    remarks: tuple[str, ...] = ()
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
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    place: int = 0
    """Where in the ledger's deliveries it is."""
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


MOST_ANSWERS: Final = 5_000
"""Of a merchant's newest requests that the answers are kept of; older ones keep their status alone."""


class Ledger:
    """All that one merchant's customers did, in order."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.version = 0
        """Grows with every change: whoever looks at a page need not be shown it again while it stays."""
        self.changed: dict[tuple[str, str], None] | None = None
        """Kinds and names of what changed since somebody last asked, in order; None where nobody asks."""
        self.clear()

    def note(self, kind: str, name: str | int) -> None:
        """Say that something of the ledger is new or has changed."""
        self.version += 1
        if self.changed is not None:
            self.changed[kind, str(name)] = None

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
        self._histories: defaultdict[tuple[Kind, str], list[Transition]] = defaultdict(list)
        self.exchanges: list[Exchange] = []
        self.deliveries: list[Delivery] = []
        self.events: list[Json] = []
        self.version += 1
        if self.changed is not None:
            self.changed = {("everything", ""): None}

    def move(self, kind: Kind, thing: Order | Attempt | Refund | Subscription, target: str) -> None:
        """Let a thing enter a state; IllegalTransitionError when its machine has no such way."""
        check(kind, thing.state, target)
        step = Transition(kind, name_of(thing), thing.state, target, self.clock.now())
        self.restore_step(step)
        thing.state = target
        self.note("transition", len(self.transitions) - 1)
        attempt = isinstance(thing, Attempt)
        self.note("order" if attempt else kind, self.transactions[step.id].id if attempt else step.id)

    def restore_step(self, step: Transition) -> None:
        """Add a step to the history without taking it."""
        self.transitions.append(step)
        self._histories[step.kind, step.id].append(step)

    def everything(self) -> Iterator[tuple[str, str]]:
        """Kind and name of all there is, tokens aside."""
        named: dict[str, Mapping[str, object]] = {
            "order": self.orders,
            "refund": self.refunds,
            "subscription": self.subscriptions,
        }
        for kind, things in named.items():
            yield from ((kind, name) for name in things)
        placed: dict[str, Sequence[object]] = {
            "transition": self.transitions,
            "exchange": self.exchanges,
            "delivery": self.deliveries,
            "event": self.events,
        }
        for kind, entries in placed.items():
            yield from ((kind, str(place)) for place in range(len(entries)))

    def add_exchange(self, exchange: Exchange) -> int:
        """Keep a request, and return its place."""
        self.exchanges.append(exchange)
        if len(self.exchanges) > MOST_ANSWERS:
            self.exchanges[-MOST_ANSWERS - 1].answer = b""
        return len(self.exchanges) - 1

    def add_delivery(self, delivery: Delivery) -> None:
        """Keep a webhook."""
        delivery.place = len(self.deliveries)
        self.deliveries.append(delivery)
        self.note("delivery", delivery.place)

    def add_event(self, event: Json) -> None:
        """Keep what a client tells of itself."""
        self.events.append(event)
        self.note("event", len(self.events) - 1)

    def add_order(self, order: Order, state: str = "PENDING") -> None:
        """Keep a new order under its merchant's id."""
        self.orders[order.merchant_order_id] = order
        self.move("order", order, state)

    def add_attempt(self, order: Order, attempt: Attempt) -> None:
        """Keep a new attempt with its order."""
        order.attempts.append(attempt)
        self.transactions[attempt.transaction_id] = order
        self.move("attempt", attempt, "PENDING")

    def history(self, kind: Kind, name: str) -> Sequence[Transition]:
        """The states a thing went through."""
        return self._histories.get((kind, name), ())


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
