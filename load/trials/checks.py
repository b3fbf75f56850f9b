"""What a trial's success needs besides the customer's word: the database's rows and the gateway's orders agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import rfc8785

from drivers.answers import answers
from load.reconciliation.gateway_orders import COMPLETED
from load.trials.sides import Facts, Sides
from load.trials.timing import in_time
from load.trials.trials import RIGHT, Verdict, wrong
from witness.customer import Sight
from witness.database import PaymentRow

LEAST = 4
"""So many characters of a shortened answer are left at least: every text begins with none."""


def registration(facts: Facts, sides: Sides) -> Verdict:
    """User, number, profile, workspace and membership, once each: those that the sign-up's answer named."""
    if sides.sight is None:
        return RIGHT
    rows = sides.sight.rows
    return _database(
        sides.sight.account()
        + [f"the number is {rows.identification_number}, the sign-up's answer said {facts['number']}"]
        * (rows.identification_number != facts["number"])
        + [f"the workspace is {rows.workspace_id}, the sign-up's answer said {facts['workspace']}"]
        * (rows.workspace_id != facts["workspace"])
    )


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
        amounts = [payment.amount for payment in payments(sides.sight, order)]
        if amounts != [price]:
            return wrong(f"database: payments of {order} have the amounts {amounts}, the plan's is {price}")
    return RIGHT


def completion(facts: Facts, sides: Sides) -> Verdict:
    """The money is taken, the payment completed, one right subscription there, and seen in time."""
    order = facts["order"]
    if sides.gateway is not None:
        ordered = sides.gateway.orders.get(order)
        if ordered is None or ordered.state != COMPLETED:
            return wrong(f"ledger: order {order} is {ordered and ordered.state}, the customer was shown completed")
    if sides.sight is not None and (amiss := activated(sides.sight, order)):
        return wrong(f"database: {amiss}")
    return in_time(facts, sides)


def start(facts: Facts, sides: Sides) -> Verdict:
    """The session that was opened exists, and no other."""
    if sides.sight is None:
        return RIGHT
    sessions = [name for name, _ in sides.sight.rows.sessions]
    return _database(
        [f"the onboarding sessions are {sessions}, {facts['session']} was opened"] * (sessions != [facts["session"]])
    )


def onboarding(facts: Facts, sides: Sides) -> Verdict:
    """Twenty-three of twenty-three saved as they were given, and completed in every store."""
    if sides.sight is None:
        return RIGHT
    return _database(sides.sight.onboarded() + _differing(facts["canary"], sides.sight))


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
    return _database(_differing(facts["canary"], sides.sight) if sides.sight else [])


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
"""By metric. Webhooks are judged by `webhooks`, isolation by what the customer was shown."""


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


def activated(sight: Sight, order: str) -> str:
    """What is wrong with the activation of a paid order; nothing when it is right."""
    rows = payments(sight, order)
    if [payment.state for payment in rows] != ["completed"]:
        return f"payments of {order} are {[payment.state for payment in rows]}"
    paid = rows[0]
    periods = [period for period in sight.rows.subscriptions if period.payment_id == paid.id]
    bought = [(period.plan, period.billing_cycle) for period in periods]
    return "" if bought == [(paid.plan, paid.billing_cycle)] else f"subscriptions of {order} are {bought}"


def payments(sight: Sight, order: str) -> list[PaymentRow]:
    return [payment for payment in sight.rows.payments if payment.merchant_order_id == order]


def _differing(canary: str, sight: Sight) -> list[str]:
    """What is wrong with the stored answers of the customer with that canary."""
    given, stored = answers(canary, canary), sight.rows.answers
    steps = [step for step, data in given.items() if not _leaves_of(data) <= _leaves_of(stored.get(str(step)))]
    return [f"the answers of steps {steps} are not as they were given"] if steps else []


def _database(amiss: list[str]) -> Verdict:
    return wrong(f"database: {'; '.join(amiss)}") if amiss else RIGHT
