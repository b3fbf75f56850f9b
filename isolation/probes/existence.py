"""Existence oracles: is the answer for a key that another tenant has a different one than for nobody's?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..introspection.tenancy import TenancyKind
from ..model.actors import USERS, Actor, ActorKind
from ..model.canary import TOKEN
from ..model.catalog import Category, Column, ForeignKey, Key, Relation
from ..model.cell import Control, Deed, Evidence, Operation
from ..model.insertion import insertion
from ..model.outcome import Outcome, Row
from ..model.sql import Values, literal, quote
from ..model.states import NO_PARENT, TAKEN
from ..planting.dataset import EVERYBODY
from ..planting.values import fresh
from .base import Context, Probe

KIND, STAGE = "existence oracle", "asking for what exists"
UNTOLD = "even the superuser was not told that the value is taken"
ASKING = (ActorKind.NEIGHBOUR, ActorKind.ANONYMOUS)


def run(context: Context) -> Iterator[Evidence]:
    """Every unique key and foreign key whose values are a secret."""
    actors = context.attackers(*ASKING)
    for relation in context.share([r for r in context.catalog.relations.values() if r.stores], STAGE):
        for key in relation.keys:
            victim = _victim(context, relation, key.columns)
            if victim and not _public(context, relation, key):
                yield from (_unique(context, relation, key, victim, actor) for actor in actors)
        for column in relation.columns if _refuses(relation) else ():
            for actor in actors:
                yield from _refused(context, relation, column, actor)
        for reference in relation.foreign_keys:
            yield from _reference(context, relation, reference, actors)


def _refuses(relation: Relation) -> bool:
    """Whether a trigger or a check may object to a row because of others."""
    checks = [c.expression for c in relation.checks]
    return any(re.search(r"\braise\s+exception|\bassert\b", source, re.I) for source in relation.triggers) or any(
        re.search(r"\w\.\w+\(", expression) for expression in checks
    )


def _refused(context: Context, relation: Relation, column: Column, actor: Actor) -> Iterator[Evidence]:
    """A row of one's own that holds what another tenant's row holds, where no key but a trigger may know it."""
    alone = Key("", (column.name,), False, False)
    keyed = {c for k in relation.keys for c in k.columns} | {c for k in relation.foreign_keys for c in k.columns}
    if column.name in keyed or column.category is not Category.TEXT or column.generated:
        return
    victim = _victim(context, relation, (column.name,))
    if victim is None or not TOKEN.search(victim.values[column.name] or "") or _public(context, relation, alone):
        return
    user = actor.user or USERS["B"]
    chosen: tuple[Values, Values] = {column.name: victim.values[column.name]}, {}
    taken, free = ((insertion(relation, context.compose(relation, user, c)),) for c in chosen)
    known, unknown = context.controls(None, [taken, free])
    if known.ran or not unknown.ran:
        return
    hit, miss = context.attempts(actor, [taken, free])
    effect = ""
    if not hit.ran and miss.ran:
        effect = f"{hit.state} tells that another tenant has this value: {hit.error}"
    fix = f"-- let what refuses a row of {relation.name} look at rows of the same tenant alone"
    yield _evidence(actor, relation, (column.name,), effect, Control(True), taken, fix)


def _evidence(
    actor: Actor, relation: Relation, columns: Sequence[str], effect: str, control: Control, tried: tuple[str, ...],
    fix: str, name: str = "EXISTS",
) -> Evidence:  # fmt: skip
    operation = Operation(f"{name} ({', '.join(columns)})", Deed.LEARNS)
    return Evidence(actor, relation.name, operation, effect, control, tried, kind=KIND, fix=fix)


def _reference(context: Context, relation: Relation, key: ForeignKey, actors: Sequence[Actor]) -> Iterator[Evidence]:
    """A row of one's own that names another tenant's row by a value that can be guessed."""
    target, shape = context.catalog.relations.get(key.target), context.world.shape
    apart = shape.kind(key.target) not in (TenancyKind.NONE, TenancyKind.MEMBER) and key.target != shape.users
    if target is None or len(key.columns) > 1 or not apart:
        return
    column, named = key.columns[0], target.column(key.target_columns[0])
    victim = _victim(context, target, key.target_columns)
    if named is None or named.base == "uuid" or victim is None:
        return
    if _public(context, target, Key("", (named.name,), False, False), surrogates=False):
        return
    values = (victim.values[named.name], fresh(named, "y", 99999))
    for actor in actors:
        user = actor.user or USERS["B"]
        tries = [(insertion(relation, context.compose(relation, user, {column: v})),) for v in values]
        hit, miss = context.attempts(actor, tries)
        taken, refused = context.controls(None, tries)
        control = Control(refused.state == NO_PARENT and taken.state != NO_PARENT, f"{UNTOLD}: {taken.error}")
        effect = ""
        if miss.state == NO_PARENT and hit.state != NO_PARENT:
            effect = "a foreign key tells that another tenant has this value"
        fix = f"-- put the tenant into the foreign key ({column}), or check the reference in the policy"
        yield _evidence(actor, relation, (column,), effect, control, tries[0], fix, "REFERENCES")


def _victim(context: Context, relation: Relation, columns: Sequence[str]) -> Row | None:
    rows = [r for r in context.world.of.get(relation.name, ()) if "A" in r.writers and EVERYBODY not in r.readers]
    return next((r for r in rows if all(r.values.get(c) is not None for c in columns)), None)


def _public(context: Context, relation: Relation, key: Key, *, surrogates: bool = True) -> bool:
    columns = [c for c in relation.columns if c.name in key.columns]
    tenancy, config, find = context.world.shape.of[relation.name], context.config, context.catalog.find
    if relation.platform:
        return True  # keys of the platform's own tables are not the application's to change
    if surrogates and any(c.surrogate for c in columns if c.name != tenancy.column):
        return True
    if tenancy.column in key.columns or context.world.shape.membership == relation.name:
        return True
    parts = (e.rpartition(".") for e in config.public_identifiers)
    declared = {column for table, _, column in parts if find(table) is relation}
    opened = {
        c for p in config.public if find(p.relation) is relation and not p.condition for c in (p.columns or key.columns)
    }
    return {c.name for c in columns} <= declared | opened


def _unique(context: Context, relation: Relation, key: Key, victim: Row, actor: Actor) -> Evidence:
    values: Values = {c: victim.values[c] for c in key.columns}
    user = actor.user or USERS["B"]
    tried = (insertion(relation, context.compose(relation, user, values)),)
    known = context.control(None, tried)
    free = (insertion(relation, context.compose(relation, user)),)
    hit, miss = context.attempts(actor, [tried, free])
    leaked = hit.state in TAKEN and miss.state not in TAKEN
    if not leaked:
        tried = (_set(relation, values),)
        hit = context.attempt(actor, tried)
        leaked = hit.state in TAKEN and actor.user is not None
    effect = f"{hit.state} tells that another tenant has this value" if leaked else ""
    fix = f"-- make {key.name} unique within the tenant, or declare it under public_identifiers"
    return _evidence(actor, relation, key.columns, effect, _taken(known), tried, fix)


def _taken(known: Outcome) -> Control:
    return Control(known.state in TAKEN, f"{UNTOLD}: {known.error}")


def _set(relation: Relation, values: Values) -> str:
    types = {c.name: c.type for c in relation.columns}
    sets = ", ".join(f"{quote(c)} = {literal(v)}::{types[c]}" for c, v in values.items())
    return f"update {relation.sql} set {sets}"


PROBE = Probe(STAGE, ("existence by unique key and foreign key",), run)
