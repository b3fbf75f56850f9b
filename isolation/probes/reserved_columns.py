"""Columns that only the service may set, or that alone may be updated: is a tenant stopped from setting them?"""

from __future__ import annotations

from collections.abc import Iterator

from ..model.actors import USERS, Actor, ActorKind
from ..model.catalog import Column, Relation
from ..model.cell import Control, Deed, Evidence, Operation
from ..model.insertion import insertion
from ..model.outcome import Outcome
from ..model.sql import literal, quote
from ..planting.inserter import ASLEEP
from ..planting.values import fresh, states
from .base import Context, Probe
from .two_steps import without_own

KIND, STAGE = "reserved column", "setting reserved columns"


def run(context: Context) -> Iterator[Evidence]:
    """Every reserved column, by an own row and by a new one."""
    actor = next(iter(context.attackers(ActorKind.NEIGHBOUR)), None)
    for relation in context.share([r for r in context.catalog.relations.values() if r.tabular], STAGE):
        for column in _reserved(context, relation) if actor else ():
            assert actor is not None
            yield _set(context, relation, actor, column)
            yield from _born(context, relation, actor, column)


def _reserved(context: Context, relation: Relation) -> list[Column]:
    config, catalog = context.config, context.catalog
    names = [
        e.rpartition(".")[2]
        for e in config.service_only
        if "(" not in e and catalog.find(e.rpartition(".")[0]) is relation
    ]
    allowed = next((v for k, v in config.updatable.items() if catalog.find(k) is relation), None)
    if allowed is not None:
        names += [c.name for c in relation.columns if c.name not in allowed and not c.generated]
    return [c for name in names if (c := relation.column(name))]


def _set(context: Context, relation: Relation, actor: Actor, column: Column) -> Evidence:
    name, operation = column.name, Operation(f"SET {column.name}", Deed.CHANGES)
    values = [*states(relation, column, context.catalog), context.compose(relation, USERS["B"]).get(name)]
    constants = [f"{literal(v)}::{column.type}" for v in values if v is not None]
    tries = [(f"update {relation.sql} set {quote(name)} = {c}",) for c in constants]
    fix = _narrowed(context, relation, actor, "update")
    for tried, outcome in zip(tries, context.attempts(actor, tries), strict=True):
        if _differs(outcome, name):
            effect = f"B set {name}"
            return Evidence(actor, relation.name, operation, effect, Control(True), tried, kind=KIND, fix=fix)
    fired = any(_differs(o, name) for o in context.controls(actor, tries)) or _alone(context, relation, actor, column)
    return Evidence(actor, relation.name, operation, "", Control(fired), tries[0] if tries else ())


def _alone(context: Context, relation: Relation, actor: Actor, column: Column) -> bool:
    """Whether one row's column can be set where neither keys nor triggers are in the way."""
    sets = f"update {relation.sql} set {quote(column.name)} = {literal(fresh(column, 'y', 99999))}::{column.type}"
    places = [place.split("/")[0] for name, place in context.world.rows if name == relation.name]
    tries = [(f"{sets} where ctid = {literal(place)}",) for place in places[:1]]
    return any(_differs(o, column.name) for o in context.controls(actor, tries, before=ASLEEP))


def _born(context: Context, relation: Relation, actor: Actor, column: Column) -> Iterator[Evidence]:
    """A new row of one's own that holds what only the service may set."""
    values = [v for v in states(relation, column, context.catalog) if v and v not in (column.default or "")]
    before = without_own(context, relation, actor)
    held: list[str | None] = [*values] or [context.compose(relation, USERS["B"]).get(column.name)]
    operation = Operation(f"INSERT with {column.name}", Deed.ADDS)
    tries = [(insertion(relation, context.compose(relation, USERS["B"], {column.name: v})),) for v in held]
    outcomes = context.attempts(actor, tries, before=before)
    fix = _narrowed(context, relation, actor, "insert")
    for value, tried, outcome in zip(held, tries, outcomes, strict=True):
        if _made(outcome, relation, column, value):
            effect = f"B made a row with {column.name}"
            yield Evidence(actor, relation.name, operation, effect, Control(True), tried, before, KIND, fix)
            return
    controls = zip(held, context.controls(actor, tries, before=f"{before}; {ASLEEP}"), strict=True)
    if any(_made(outcome, relation, column, value) for value, outcome in controls):
        yield Evidence(actor, relation.name, operation, "", Control(True), tries[0], before, KIND, fix)


def _narrowed(context: Context, relation: Relation, actor: Actor, privilege: str) -> str:
    """The privilege on the other columns alone."""
    reserved = _reserved(context, relation)
    others = ", ".join(quote(c.name) for c in relation.columns if c not in reserved and not c.generated)
    role = quote(actor.role)
    again = f"grant {privilege} ({others}) on {relation.sql} to {role}"
    return f"revoke {privilege} on {relation.sql} from public, {role}; {again}"


def _made(outcome: Outcome, relation: Relation, column: Column, value: str | None) -> bool:
    return outcome.ran and any(n == relation.name and v.get(column.name) == value for n, v in outcome.made)


def _differs(outcome: Outcome, name: str) -> bool:
    """Whether a row holds something else in this column than one that was there before."""
    pairs = ((old.values.get(name), new.get(name)) for old in outcome.touched for _, new in outcome.made)
    return outcome.ran and any(old != new for old, new in pairs)


PROBE = Probe(STAGE, ("columns that only the service may set",), run)
