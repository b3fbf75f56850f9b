"""Reconciliation: what the gateway took, what was paid, what was activated and what customers saw, order by order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from core.waiting import TooLateError, until

Kind = Literal[
    "lost",
    "activated twice",
    "activated unpaid",
    "wrong amount",
    "wrong plan",
    "wrong tenant",
    "shown as paid",
    "unknown to the ledger",
    "unknown to the database",
]
STRAGGLERS_S = 90.0
"""PhonePe's schedule asks every minute at the latest."""
LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Taken:
    """An order of the gateway's ledger. `history` holds its transitions, attempts and deliveries. Amounts are paise."""

    merchant_order_id: str
    state: str
    amount: int
    history: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Payment:
    """A row of `payments`."""

    merchant_order_id: str
    payment_id: str
    workspace_id: str
    plan: str
    cycle: str
    amount: int
    state: str
    history: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Activation:
    """A row of `subscriptions`."""

    payment_id: str
    workspace_id: str
    plan: str
    cycle: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a customer asked for and was told; `price` is the plan's, in paise, `seen` the last state that was shown."""

    merchant_order_id: str
    customer: str
    workspace_id: str
    plan: str
    cycle: str
    price: int
    seen: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which the parties disagree about an order, with all that each says about it."""

    merchant_order_id: str
    kind: Kind
    says: str
    history: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What each of the four parties says."""

    ledger: Sequence[Taken]
    payments: Sequence[Payment]
    activations: Sequence[Activation]
    customers: Sequence[Ordered]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The outcome, counted in orders; `differences` is empty when all parties agree."""

    gateway_completed: int
    activated_once: int
    activated_twice: int
    lost: int
    amount_mismatches: int
    differences: list[Difference] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """As `reconciliation.json` holds it."""
        return asdict(self)


def reconcile(facts: Facts) -> Reconciliation:
    """Join the four sides on the merchant's order id."""
    joined = _join(facts)
    differences = [difference for order in joined for difference in _differences(order)]
    paid = [order for order in joined if order.completed]
    kinds = [difference.kind for difference in differences]
    return Reconciliation(
        gateway_completed=len(paid),
        activated_once=sum(len(order.activations) == 1 for order in paid),
        activated_twice=kinds.count("activated twice"),
        lost=kinds.count("lost"),
        amount_mismatches=kinds.count("wrong amount"),
        differences=differences,
    )


def settled(
    read: Callable[[], Facts | None], patience_s: float = STRAGGLERS_S, pause_s: float = LOOK_S
) -> Reconciliation | None:
    """Joined once nothing is lost any more, or for good after `patience_s`; None where the facts cannot be read.

    Who was paid last, without redirect or webhook, is known when the target's own reconciler next asks.
    """

    def outcome() -> Reconciliation | None:
        facts = read()
        return None if facts is None else reconcile(facts)

    try:
        return until(
            outcome,
            lambda seen: seen is None or not seen.lost,
            within_s=patience_s,
            pause_s=pause_s,
            longest_pause_s=pause_s,
        )
    except TooLateError as late:
        last: Reconciliation | None = late.seen
        return last


@dataclass(frozen=True, slots=True)
class _Order:
    id: str
    taken: Taken | None
    payment: Payment | None
    activations: tuple[Activation, ...]
    ordered: Ordered | None

    @property
    def completed(self) -> bool:
        """Whether the gateway has the money."""
        return self.taken is not None and self.taken.state == "COMPLETED"

    def history(self) -> list[Mapping[str, Any]]:
        """All that the parties say, side by side."""
        sides = (("ledger", self.taken), ("payments", self.payment), ("customer", self.ordered))
        told = [{"side": side} | asdict(fact) for side, fact in sides if fact is not None]
        return [*told, *({"side": "subscriptions"} | asdict(activation) for activation in self.activations)]


def _join(facts: Facts) -> list[_Order]:
    taken = {order.merchant_order_id: order for order in facts.ledger}
    payments = {payment.merchant_order_id: payment for payment in facts.payments}
    ordered = {order.merchant_order_id: order for order in facts.customers}
    activations: dict[str, list[Activation]] = {}
    for activation in facts.activations:
        activations.setdefault(activation.payment_id, []).append(activation)
    return [
        _Order(
            id=name,
            taken=taken.get(name),
            payment=(payment := payments.get(name)),
            activations=tuple(activations.get(payment.payment_id, ())) if payment else (),
            ordered=ordered.get(name),
        )
        for name in sorted({*taken, *payments, *ordered})
    ]


def _differences(order: _Order) -> list[Difference]:
    found: list[tuple[Kind, str]] = [*_presence(order), *_activation(order), *_agreement(order)]
    return [Difference(order.id, kind, says, order.history()) for kind, says in found]


def _presence(order: _Order) -> Iterable[tuple[Kind, str]]:
    if order.taken is None and order.payment is not None and order.payment.state != "created":
        yield "unknown to the ledger", f"the payment is {order.payment.state}, and the gateway has no such order"
    if order.taken is not None and order.payment is None:
        yield "unknown to the database", f"the gateway's order is {order.taken.state}, and no payment has its id"


def _activation(order: _Order) -> Iterable[tuple[Kind, str]]:
    count = len(order.activations)
    if order.completed and count == 0:
        yield "lost", "the gateway took the money, and no subscription came of it"
    if count > 1:
        yield "activated twice", f"{count} subscriptions name this payment"
    if count and not order.completed:
        yield "activated unpaid", f"a subscription names this payment, and the gateway says {_state(order.taken)}"


def _agreement(order: _Order) -> Iterable[tuple[Kind, str]]:
    taken, payment, ordered = order.taken, order.payment, order.ordered
    amounts = {"ledger": taken, "payments": payment}
    told = {side: fact.amount for side, fact in amounts.items() if fact is not None}
    if ordered is not None:
        told["plan"] = ordered.price
    if len(set(told.values())) > 1:
        yield "wrong amount", ", ".join(f"{side} says {amount}" for side, amount in told.items())
    rights: list[Payment | Activation] = [*([payment] if payment else []), *order.activations]
    wanted = ordered or payment
    if wanted and any((right.plan, right.cycle) != (wanted.plan, wanted.cycle) for right in rights):
        yield "wrong plan", f"{wanted.plan} {wanted.cycle} was wanted"
    if wanted and any(right.workspace_id != wanted.workspace_id for right in rights):
        yield "wrong tenant", f"workspace {wanted.workspace_id} bought it"
    if ordered is not None and ordered.seen == "completed" and not order.completed:
        yield "shown as paid", f"the customer was shown completed, and the gateway says {_state(taken)}"


def _state(taken: Taken | None) -> str:
    return "nothing" if taken is None else taken.state
