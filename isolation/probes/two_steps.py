"""Attacks in two steps: write what one may, then try everything again in the same transaction."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator

from ..attempts.effects import harm
from ..model.actors import NEWCOMER, USERS, Actor, ActorKind
from ..model.catalog import Relation
from ..model.cell import Control, Deed, Evidence, Operation
from ..model.insertion import insertion
from ..model.outcome import Outcome
from ..model.sql import Values, literal, quote
from ..model.states import DENIED, UNIQUE
from ..planting.inserter import ASLEEP, AWAKE
from ..planting.values import states, words
from .base import Context, Probe
from .shared.aftermath import NOTHING, afterwards, foresee, opens
from .shared.fixes import revoked

CHOICES = 4
STAGE = "taking two steps"
WRITERS = (ActorKind.NEIGHBOUR, ActorKind.STRANGER, ActorKind.REMOVED)
_KEY = re.compile(r"->>?\s*'(\w+)'")


def _then(step: str) -> Operation:
    return Operation(f"{step}, then everything", Deed.OPENS)


def run(context: Context) -> Iterator[Evidence]:
    """For every table that decides about access: each own-row write and self-insert, and what then opens."""
    relations = context.catalog.relations
    for relation in context.share([r for r in relations.values() if r.tabular], STAGE):
        for actor in context.attackers(*WRITERS):
            steps = list(_steps(context, relation, actor))
            firsts = context.attempts(actor, [(statement,) for _, statement in steps])
            foresee(context, actor, [statement for _, statement in steps])
            for (operation, statement), first in zip(steps, firsts, strict=True):
                yield from _step(context, relation, actor, operation, statement, first)
    for users in context.share([r for n, r in relations.items() if n == context.world.shape.users], STAGE):
        yield from _sign_up(context, users)


def _sign_up(context: Context, users: Relation) -> Iterator[Evidence]:
    """A new user who says about himself what a trigger believes: a tenant, a role."""
    said = [c for c in users.columns if c.base in ("json", "jsonb")]
    keys = dict.fromkeys(k for source in users.triggers for k in _KEY.findall(source))
    actor = context.user(NEWCOMER, kind=ActorKind.NEWCOMER)
    for column, key in itertools.product(said, keys) if actor.role else ():
        for prize in (context.world.tenants["A"], USERS["A"].id, "admin", "owner", "service_role"):
            chosen: Values = {users.primary[0]: NEWCOMER.id, column.name: json.dumps({key: prize})}
            joins = insertion(users, context.compose(users, NEWCOMER, chosen))
            effect, then = afterwards(context, actor, NOTHING, joins, known=prize)
            fix = f"-- let no trigger on {users.name} believe what the user says about himself in {column.name}"
            control = Control(True) if effect else opens(context, actor, NOTHING, joins)
            operation = _then(f"SIGN UP saying {key}")
            yield Evidence(actor, users.name, operation, effect, control, (then,), joins, "two steps", fix)
            if effect:
                break


def _step(
    context: Context, relation: Relation, actor: Actor, operation: Operation, statement: str, first: Outcome
) -> Iterator[Evidence]:
    before, tried = "", (statement,)
    if first.state == UNIQUE:  # one's own row is in the way of a second one
        before = without_own(context, relation, actor)
        first = context.attempt(actor, tried, before=before)
    if done_harm := "" if before else harm(context.world, actor, first, statement):
        kind = "trigger" if relation.triggers else "write"
        fix = revoked(context, f"insert, update on {relation.sql}")
        yield Evidence(actor, relation.name, operation, done_harm, Control(True), tried, kind=kind, fix=fix)
        return
    done = first.ran and bool(first.touched or first.made)
    effect, then = afterwards(context, actor, tried, before) if done else ("", "")
    fix = revoked(context, f"insert, update on {relation.sql}")
    if effect:
        both = (statement, then)
        yield Evidence(actor, relation.name, operation, effect, Control(True), both, before, "two steps", fix)
    elif done or first.state == DENIED:
        control = opens(context, actor, tried, before, _cleared(context, relation, actor, operation))
        if done or control.fired or operation.name.startswith("INSERT"):
            yield Evidence(actor, relation.name, operation, "", control, tried, before, "two steps", fix)
    elif operation.name.startswith("INSERT"):
        control = Control(False, f"the first step failed: {first.error or 'it wrote nothing'}")
        yield Evidence(actor, relation.name, operation, "", control, tried, before, "two steps", fix)


def _cleared(context: Context, relation: Relation, actor: Actor, operation: Operation) -> str:
    """SQL that takes away what may be in the way of a step: triggers and keys, and rows but one of the actor's own."""
    places = _own_places(context, relation, actor)[:1] if operation.name.startswith("UPDATE") else []
    kept = f" where ctid <> all({literal('{' + ','.join(places) + '}')}::tid[])" if places else ""
    return f"{ASLEEP}; delete from only {relation.sql}{kept}"


def _own_places(context: Context, relation: Relation, actor: Actor) -> list[str]:
    """Where the actor's own rows lie, quoted for a list."""
    name = actor.user.name if actor.user else ""
    rows = context.world.rows.items()
    return [f'"{place.split("/")[0]}"' for (n, place), r in rows if n == relation.name and name in r.writers]


def without_own(context: Context, relation: Relation, actor: Actor) -> str:
    """SQL that takes the actor's own rows of a relation away."""
    places = literal("{" + ",".join(_own_places(context, relation, actor)) + "}")
    return f"{ASLEEP}; delete from only {relation.sql} where ctid = any({places}::tid[]); {AWAKE}"


def _steps(context: Context, relation: Relation, actor: Actor) -> Iterator[tuple[Operation, str]]:
    mentioned = relation.table in words(context.catalog.texts) or not relation.table.isidentifier()
    deciding = (
        relation.name == context.world.shape.membership
        or _reaches(relation)
        or (mentioned and re.search(rf"\b{re.escape(relation.table)}\b", context.catalog.texts))
    )
    if not deciding or actor.user is None:
        return
    name = actor.user.name
    own = any(name in r.writers for r in context.world.of.get(relation.name, ()))
    for column in relation.columns if own else ():
        if column.generated:
            continue
        for value in _prizes(context, relation, column.name):
            if value is not None:
                yield (
                    _then(f"UPDATE {column.name}"),
                    f"update {relation.sql} set {quote(column.name)} = {literal(value)}::{column.type}",
                )
    yield from _self_inserts(context, relation, actor)


def _prizes(context: Context, relation: Relation, name: str) -> list[str | None]:
    column = relation.column(name)
    assert column is not None
    told = list(states(relation, column, context.catalog))
    theirs = [r.values.get(name) for r in context.world.of.get(relation.name, ()) if "A" in r.writers]
    if (
        any(name in k.columns for k in relation.foreign_keys)
        or column.base == "uuid"
        or name == context.world.shape.membership_tenant
    ):
        named = [k for k in relation.foreign_keys if name in k.columns and k.target != context.world.shape.users]
        rows = [(r.values, k) for k in named for r in context.world.of.get(k.target, ()) if "A" in r.writers]
        theirs += [values.get(k.target_columns[k.columns.index(name)]) for values, k in rows]
        told += [v for v in dict.fromkeys(theirs) if v is not None][:3]
    told += _unbound(context, relation).get(name, [])
    return list(dict.fromkeys(told))


def _self_inserts(context: Context, relation: Relation, actor: Actor) -> Iterator[tuple[Operation, str]]:
    assert actor.user is not None
    shape = context.world.shape
    standing = (context.standing(relation, True)) if relation.name == shape.membership else {}
    victims = [r.values for r in context.world.of.get(relation.name, ()) if "A" in r.writers][:3]
    pool = {c: [v.get(c) for v in victims] for k in relation.foreign_keys for c in k.columns if k.target != shape.users}
    pool |= _unbound(context, relation)
    naming = {c for k in relation.foreign_keys if k.target == shape.users and len(k.columns) == 1 for c in k.columns}
    pool |= {c: [USERS["A"].id] for c in naming - {shape.of[relation.name].column, shape.membership_user}}
    if relation.name == shape.membership:
        pool[shape.membership_tenant] = [context.world.tenants["A"]]
    told = [
        {c.name: v} for c in relation.columns for v in states(relation, c, context.catalog) if c.name not in standing
    ]
    roles: list[Values] = [{}, *(state for state in told if "role" in next(iter(state)))]
    others: list[Values] = [state for state in told if state not in roles][:CHOICES]
    for column, values in pool.items():
        for number, value in enumerate(dict.fromkeys(values)):
            for choice in roles if number else [*roles, *others]:
                given = {**standing, **choice, column: value}
                if relation.name == shape.membership:
                    given[shape.membership_user] = context.world.known_as(relation, shape.membership_user, actor.user)
                row = context.compose(relation, USERS[actor.user.name], given)
                yield _then("INSERT oneself"), insertion(relation, row)
    for column_ in relation.columns:
        for state in states(relation, column_, context.catalog):
            row = context.compose(relation, USERS[actor.user.name], {column_.name: state})
            yield _then(f"INSERT {column_.name}"), insertion(relation, row)


def _reaches(relation: Relation) -> bool:
    """Whether a trigger does more than to mend the row that is written."""
    return any(re.search(r"\b(from|into|update|perform)\b", source, re.I) for source in relation.triggers)


def _unbound(context: Context, relation: Relation) -> dict[str, list[str | None]]:
    """Columns that no foreign key binds, and whose name tells what they name: with A's."""
    bound = {c for k in relation.foreign_keys for c in k.columns} | {context.world.shape.of[relation.name].column}
    pool: dict[str, list[str | None]] = {}
    for column in relation.columns if _reaches(relation) else ():
        named = re.sub(r"_?id$", "", column.name.lower())
        if column.name in bound or named == column.name.lower() or not named:
            continue
        rows = [
            r
            for r in context.world.rows.values()
            if "A" in r.writers and re.sub(r"s$", "", context.catalog.relations[r.relation].table).endswith(named)
        ]
        keys = [r.values.get(k) for r in rows for k in context.catalog.relations[r.relation].primary[:1]]
        if keys:
            pool[column.name] = list(dict.fromkeys(keys))[:2]
    return pool


PROBE = Probe(STAGE, ("two steps",), run)
