"""Whether a webhook did what it is for, by itself: nobody else had asked before its effect was there.

What becomes of a payment can be known in three ways: by the webhook, by the payer's return (or its looking), and by the
reconciler's next question. A trial is a payment in which the other two are held back: the payer stays away from the
system after it has paid, and looks before the schedule's first question is due. The gateway's ledger tells when the
system asked for the order's status. If it asks whenever somebody looks, which a look before the payment shows, then
what it learns by the look afterwards is not the webhook's doing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from load.reconciliation.gateway_orders import Order, WebhookEvent, first_question
from load.trials.checks import activated, payments
from load.trials.claims import Look, Span
from load.trials.clocks import Bounds
from load.trials.trials import RIGHT, Verdict, wrong
from witness.customer import Sight

OUTCOMES = {"completed": "completed", "failed": "failed"}
"""The last word of an event's name, and the state that the payment has after it."""
MARGIN_S = 1.0
"""A system counts its schedule from when it wrote the payment down, which is before the gateway made the order."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One event of the gateway, and what all sides say of what it did. `at` is as in `sides.Sides`."""

    event: WebhookEvent
    order: Order
    looked_before: Span
    look: Look
    schedule: str
    sight: Sight | None
    at: Callable[[float], Bounds | None]


def judge(evidence: Evidence) -> Verdict | None:
    """The verdict on an acknowledged event; None for one that is no trial, since the schedule's question was due."""
    event, look = evidence.event, evidence.look
    wanted = OUTCOMES.get(event.name.rpartition(".")[2])
    if wanted is None:
        return RIGHT
    looked = evidence.at(look.sent)
    if looked is None:
        return Verdict("unknown", "when the customer looked is not known by the gateway's clock")
    if looked.high + (look.received - look.sent) > first_question(evidence.order, evidence.schedule) - MARGIN_S:
        return None
    if look.state != wanted:
        return wrong(f"client: after {event.name} the payment was {look.state}, {_since(event, looked)}")
    return _asked(evidence, looked) or _effect(evidence, wanted)


def _asked(evidence: Evidence, looked: Bounds) -> Verdict | None:
    """What speaks against the system's having asked by itself; None when it had, or trusts the event alone."""
    told_at = evidence.order.told_at
    if told_at is None or told_at < looked.low:
        return None
    began, ended = evidence.at(evidence.looked_before.sent), evidence.at(evidence.looked_before.received)
    if began is None or ended is None:
        return Verdict("unknown", "whether the system asks when somebody looks is not known by the gateway's clock")
    if not any(began.low <= at <= ended.high for at in evidence.order.asked_at):
        return None
    if told_at > looked.high:
        return wrong(f"ledger: the system asked about {evidence.event.name} only when the customer looked")
    return Verdict("unknown", "whether the system or the customer was first is not known: the clocks are too far")


def _effect(evidence: Evidence, wanted: str) -> Verdict:
    """Whether the effect is there, once."""
    if evidence.sight is None:
        return RIGHT
    order = evidence.order.merchant_order_id
    states = [payment.state for payment in payments(evidence.sight, order)]
    if states != [wanted]:
        return wrong(f"database: after {evidence.event.name} the payment is {states}")
    amiss = activated(evidence.sight, order) if wanted == "completed" else ""
    return wrong(f"database: {amiss}") if amiss else RIGHT


def _since(event: WebhookEvent, looked: Bounds) -> str:
    return f"{looked.low - (event.first_sent_at or looked.low):.1f} s after it was sent"
