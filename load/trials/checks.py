"""What a trial's success needs besides the customer's word: the database's rows and the gateway's orders agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from drivers.answers import answers
from load.reconciliation.gateway_orders import COMPLETED, GatewayOrders, WebhookEvent, next_question
from load.trials.trials import RIGHT, Verdict, wrong
from witness.customer import Sight
from witness.database import PaymentRow

VISIBLE_WITHIN_S = 10.0
LEAST = 4
"""So many characters of a shortened answer are left at least: every text begins with none."""
OUTCOMES = {"completed": "completed", "failed": "failed"}
"""The last word of an event's name, and the state that the payment has after it."""


@dataclass(frozen=True, slots=True)
class Sides:
    """What the other sides say about a customer; None for a side that this target does not show.

    `same_number` counts the users that have the customer's identification number.
    """

    sight: Sight | None
    gateway: GatewayOrders | None
    same_number: int
    schedule: str


Facts = Mapping[str, Any]


def registration(_: Facts, sides: Sides) -> Verdict:
    """User, number, profile, workspace and membership, once each."""
    return _database(sides.sight.account() if sides.sight else [])


def login(_: Facts, __: Sides) -> Verdict:
    """The session is the customer's alone to see: `GET /auth/me` accepted it."""
    return RIGHT


def profile(facts: Facts, sides: Sides) -> Verdict:
    """The number that was shown is the one that is stored, and nobody else's."""
    if sides.sight is None:
        return RIGHT
    rows = sides.sight.rows
    return _database(
        [f"the number is {rows.identification_number}, shown was {facts['number']}"]
        * (rows.identification_number != facts["number"])
        + [f"{sides.same_number} users have the number {facts['number']}"] * (sides.same_number != 1)
        + [f"{rows.profiles} profiles"] * (rows.profiles != 1)
    )


def initiation(facts: Facts, sides: Sides) -> Verdict:
    """One order in the ledger and one payment, both of the plan's amount."""
    order, price = facts["order"], facts["price"]
    if sides.gateway is not None:
        ordered = sides.gateway.orders.get(order)
        if ordered is None or ordered.amount != price:
            return wrong(f"ledger: order {order} of {price} is {ordered and ordered.amount}")
    if sides.sight is not None:
        amounts = [payment.amount for payment in _payments(sides.sight, order)]
        if amounts != [price]:
            return wrong(f"database: payments of {order} have the amounts {amounts}, the plan's is {price}")
    return RIGHT


def completion(facts: Facts, sides: Sides) -> Verdict:
    """The money is taken, the payment completed, one right subscription there, and seen in time."""
    order, known = facts["order"], [facts["redirect_at"]] if "redirect_at" in facts else []
    if sides.gateway is not None:
        ordered = sides.gateway.orders.get(order)
        if ordered is None or ordered.state != COMPLETED:
            return wrong(f"ledger: order {order} is {ordered and ordered.state}, the customer was shown completed")
        asked = next_question(ordered, sides.schedule)
        sent = [m.first_sent_at for m in sides.gateway.events.get(order, ()) if m.first_sent_at is not None]
        known += [*sent, *([asked] if asked is not None else [])]
    if sides.sight is not None and (amiss := _activated(sides.sight, order)):
        return wrong(f"database: {amiss}")
    took_s = facts["visible_at"] - min(known, default=facts["visible_at"])
    if took_s > VISIBLE_WITHIN_S:
        return wrong(f"visible after {took_s:.1f} s, {VISIBLE_WITHIN_S:g} s are allowed", late=True)
    return RIGHT


def start(_: Facts, sides: Sides) -> Verdict:
    """The session exists, once."""
    sessions = len(sides.sight.rows.sessions) if sides.sight else 1
    return _database([f"{sessions} onboarding sessions"] * (sessions != 1))


def onboarding(_: Facts, sides: Sides) -> Verdict:
    """Twenty-three of twenty-three saved, and completed in every store."""
    return _database(sides.sight.onboarded() if sides.sight else [])


def manifest(facts: Facts, sides: Sides) -> Verdict:
    """The stored manifest is the one that was shown, and holds every required answer."""
    if sides.sight is None:
        return RIGHT
    stored = [row for row in sides.sight.rows.manifests if row.checksum == facts["checksum"]]
    if len(stored) != 1:
        return wrong(f"database: {len(stored)} manifests have the checksum {facts['checksum']}")
    lost = missing(answers(facts["canary"], facts["canary"]), stored[0].manifest)
    return _database([f"the manifest lacks {', '.join(map(repr, lost))}"] if lost else [])


def context(facts: Facts, sides: Sides) -> Verdict:
    """The stored context holds every answer as it was given."""
    if sides.sight is None:
        return RIGHT
    given, stored = answers(facts["canary"], facts["canary"]), sides.sight.rows.answers
    differing = [step for step, data in given.items() if not _leaves_of(data) <= _leaves_of(stored.get(str(step)))]
    return _database([f"the answers of steps {differing} are not as they were given"] if differing else [])


CHECKS: Mapping[str, Callable[[Facts, Sides], Verdict]] = {
    "auth.registration": registration,
    "auth.login": login,
    "auth.profile": profile,
    "payment.initiation": initiation,
    "payment.completion": completion,
    "onboarding.start": start,
    "onboarding.completion": onboarding,
    "bcm.generation": manifest,
    "context.storage": context,
}
"""By metric. Webhooks are seen in the gateway first (`webhook`), isolation by the customer alone."""


def webhook(event: WebhookEvent, sight: Sight | None) -> Verdict:
    """The effect of an acknowledged event is there once."""
    wanted = OUTCOMES.get(event.name.rpartition(".")[2])
    if sight is None or wanted is None:
        return RIGHT
    order = event.merchant_order_id
    states = [payment.state for payment in _payments(sight, order)]
    if states != [wanted]:
        return wrong(f"database: after {event.name} the payment is {states}")
    amiss = _activated(sight, order) if wanted == "completed" else ""
    return wrong(f"database: {amiss}") if amiss else RIGHT


def missing(given: Mapping[int, Any], manifest: Mapping[str, Any]) -> list[Any]:
    """The answers that a manifest holds neither verbatim nor shortened (then they end in an ellipsis)."""
    held = list(_leaves(manifest))
    shortened = tuple(text[:-1] for text in held if isinstance(text, str) and text.endswith("…") and len(text) > LEAST)
    return [
        leaf
        for leaf in _leaves(given)
        if leaf not in held and not (isinstance(leaf, str) and any(leaf.startswith(text) for text in shortened))
    ]


def _leaves_of(document: Any, path: tuple[str, ...] = ()) -> set[tuple[tuple[str, ...], str]]:
    """Every leaf of a document with its path and its canonical JSON; a list's length is a leaf, too."""
    if isinstance(document, Mapping):
        return {leaf for name, part in document.items() for leaf in _leaves_of(part, (*path, name))}
    if isinstance(document, list):
        parts = {leaf for place, part in enumerate(document) for leaf in _leaves_of(part, (*path, str(place)))}
        return {*parts, ((*path, "length"), str(len(document)))}
    return {(path, rfc8785.dumps(document).decode())}


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [leaf for part in value.values() for leaf in _leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in _leaves(part)]
    return [value]


def _activated(sight: Sight, order: str) -> str:
    """What is wrong with the activation of a paid order; nothing when it is right."""
    payments = _payments(sight, order)
    if [payment.state for payment in payments] != ["completed"]:
        return f"payments of {order} are {[payment.state for payment in payments]}"
    paid = payments[0]
    periods = [period for period in sight.rows.subscriptions if period.payment_id == paid.id]
    bought = [(period.plan, period.billing_cycle) for period in periods]
    return "" if bought == [(paid.plan, paid.billing_cycle)] else f"subscriptions of {order} are {bought}"


def _payments(sight: Sight, order: str) -> list[PaymentRow]:
    return [payment for payment in sight.rows.payments if payment.merchant_order_id == order]


def _database(amiss: list[str]) -> Verdict:
    return wrong(f"database: {'; '.join(amiss)}") if amiss else RIGHT
