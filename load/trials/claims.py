"""Claims: what a simulated customer began, and what it saw of the end. The judge asks the other sides.

Generators write them and the judge reads them, so that nothing but the customer's own requests runs beside the clock.
All times are readings of the monotonic clock of the generator whose index in the run is `worker` (trials/clocks.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Phase = Literal["opened", "right", "wrong", "late", "dropped"]
KIND = "claims"
ORDERS = "orders"
"""The kind of record that says what a customer ordered: `Ordered`, and what reconciliation needs besides."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One customer's word about one trial.

    `phase` opened announces it, so that a killed process leaves a trace. The others end it: what the customer saw was
    right, was wrong, came too late (seconds allowed are in `why`), or the customer changed its mind (dropped).
    `facts` is what the other sides are asked about.
    """

    metric: str
    trial: str
    customer: str
    worker: int
    phase: Phase
    began_at: float
    ended_at: float
    why: str | None = None
    request_ids: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


class Span(NamedTuple):
    """A request, from its sending to the receipt of its answer."""

    sent: float
    received: float


class Look(NamedTuple):
    """What a payer saw of the payment's state when it looked for the first time after it had paid and stayed away."""

    sent: float
    received: float
    state: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a customer did about one order.

    `made` is the request in which the order was made at the gateway, `paid` the one in which the gateway took the
    payer's choice. `stays_away`: after paying, this payer asks the system nothing until the webhook has had its time;
    then it looks. `look` is the last such look, `looked_before` one before it paid: does a look make the system ask?
    """

    merchant_order_id: str
    customer: str
    worker: int
    made: Span
    paid: Span | None
    stays_away: bool
    looked_before: Span | None
    look: Look | None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Ordered:
        """Read a record of the kind `ORDERS`."""
        return cls(
            record["merchant_order_id"],
            record["customer"],
            record["worker"],
            Span(*record["made"]),
            Span(*record["paid"]) if record["paid"] else None,
            record["stays_away"],
            Span(*record["looked_before"]) if record["looked_before"] else None,
            Look(*record["look"]) if record["look"] else None,
        )
