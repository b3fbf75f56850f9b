"""Attacks in two steps: write what one may, then try everything again in the same transaction."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from isolation.actors.cast import USERS, Actor, User
from isolation.attempts.session import DENIED, Outcome
from isolation.model.catalog import Column, Relation, literal, quote
from isolation.model.sql import Values, insertion
from isolation.planting.values import identifier, states, words
from isolation.probes.routines import afterwards, harm

if TYPE_CHECKING:
    from isolation.engine.prove import Proof


TAKEN, CHOICES = "23505", 4
NEWCOMER = User("N", "n", identifier("n", 1), "zqn00001@n.example")
_KEY = re.compile(r"->>?\s*'(\w+)'")


def probe(proof: Proof) -> None:
    """For every table that decides about access: each own-row write and self-insert, and what then opens."""
    actors = [a for a in proof.attackers if a.name in ("B", "S", "R") and a.user]
    for relation in proof.turns.of([r for r in proof.catalog.relations.values() if r.kind in "rp"]):
        for actor in actors:
            steps = list(_steps(proof, relation, actor))
            firsts = proof.arena.each(actor, [(statement,) for _, statement in steps])
            for (operation, statement), first in zip(steps, firsts, strict=True):
                _step(proof, relation, actor, operation, statement, first)
        _reserved(proof, relation, actors[0]) if actors else None
    for users in proof.turns.of([r for n, r in proof.catalog.relations.items() if n == proof.world.shape.users]):
        _sign_up(proof, users)


def _sign_up(proof: Proof, users: Relation) -> None:
    """A new user who says about himself what a trigger believes: a tenant, a role."""
    said = [c for c in users.columns if c.base in ("json", "jsonb")]
    keys = dict.fromkeys(k for source in users.triggers for k in _KEY.findall(source))
    role = proof.cast.member
    for column, key in itertools.product(said, keys) if role else ():
        for prize in (proof.planter.tenants["A"], USERS["A"].id, "admin", "owner", "service_role"):
            given: Values = {users.primary[0]: NEWCOMER.id, column.name: json.dumps({key: prize})}
            joins = insertion(users, proof.planter.compose(users, NEWCOMER, given))
            actor, operation = proof.cast.user(NEWCOMER, role, name="N"), f"SIGN UP saying {key}, then everything"
            effect, then = afterwards(proof, actor, ("select 1",), joins, known=prize)
            if effect:
                fix = f"let no trigger on {users.name} believe what the user says about himself in {column.name}"
                proof.ledger.leak("two steps", actor, users.name, operation, effect, (then,), fix, joins)
                break
            proof.ledger.mark(actor.name, users.name, operation, "blocked")
            proof.controls_fired += proof.control.attempt(None, (joins,)).state is None


def _step(proof: Proof, relation: Relation, actor: Actor, operation: str, statement: str, first: Outcome) -> None:
    before = ""
    if first.state == TAKEN:  # one's own row is in the way of a second one
        before = _without_own(proof, relation, actor)
        first = proof.arena.attempt(actor, (statement,), before=before)
    if done_harm := "" if before else harm(proof, actor, first, statement):
        kind = "trigger" if relation.triggers else "write"
        fix = f"let what is written to {relation.name} reach only rows of the same tenant: check it in the trigger or bind it by a key"  # noqa: E501
        proof.ledger.leak(kind, actor, relation.name, operation, done_harm, (statement,), fix)
        return
    done = first.state is None and (first.touched or first.made)
    effect, then = afterwards(proof, actor, (statement,), before) if done else ("", "")
    if effect:
        fix = f"let only the service write what decides about access in {relation.name}"
        proof.ledger.leak("two steps", actor, relation.name, operation, effect, (statement, then), fix, before)
    elif done or (first.state == DENIED and proof.controls(actor, [(statement,)])[0].state != DENIED):
        proof.ledger.mark(actor.name, relation.name, operation, "blocked")
        proof.controls_fired += 1
    elif operation.startswith("INSERT"):
        why = f"the first step failed: {first.error or 'it wrote nothing'}"
        proof.ledger.mark(actor.name, relation.name, operation, "unproven", why)


def _without_own(proof: Proof, relation: Relation, actor: Actor) -> str:
    """SQL that takes the actor's own rows of a relation away."""
    name = actor.user.name if actor.user else ""
    rows = [(n, place.split("/")[0]) for (n, place), r in proof.world.rows.items() if name in r.writers]
    places = ", ".join(f'"{place}"' for n, place in rows if n == relation.name)
    return (
        "set local session_replication_role = replica;"
        f" delete from only {relation.sql} where ctid = any('{{{places}}}'::tid[]);"
        " set local session_replication_role = origin"
    )


def _steps(proof: Proof, relation: Relation, actor: Actor) -> Iterator[tuple[str, str]]:
    mentioned = relation.table in words(proof.catalog.texts) or not relation.table.isidentifier()
    deciding = (
        relation.name == proof.world.shape.membership
        or _reaches(relation)
        or (mentioned and re.search(rf"\b{re.escape(relation.table)}\b", proof.catalog.texts))
    )
    if not deciding or actor.user is None:
        return
    name = actor.user.name
    own = any(name in r.writers for r in proof.world.of.get(relation.name, ()))
    for column in relation.columns if own else ():
        if column.generated:
            continue
        for value in _prizes(proof, relation, column.name):
            if value is not None:
                yield (
                    f"UPDATE {column.name}, then everything",
                    f"update {relation.sql} set {quote(column.name)} = {literal(value)}::{column.type}",
                )
    yield from _self_inserts(proof, relation, actor)


def _prizes(proof: Proof, relation: Relation, name: str) -> list[str | None]:
    column = relation.column(name)
    assert column is not None
    told = list(states(relation, column, proof.catalog))
    theirs = [r.values.get(name) for r in proof.world.of.get(relation.name, ()) if "A" in r.writers]
    if (
        any(name in k.columns for k in relation.foreign_keys)
        or column.base == "uuid"
        or name == proof.world.shape.membership_tenant
    ):
        named = [k for k in relation.foreign_keys if name in k.columns and k.target != proof.world.shape.users]
        rows = [(r.values, k) for k in named for r in proof.world.of.get(k.target, ()) if "A" in r.writers]
        theirs += [values.get(k.target_columns[k.columns.index(name)]) for values, k in rows]
        told += [v for v in dict.fromkeys(theirs) if v is not None][:3]
    told += _unbound(proof, relation).get(name, [])
    return list(dict.fromkeys(told))


def _self_inserts(proof: Proof, relation: Relation, actor: Actor) -> Iterator[tuple[str, str]]:
    assert actor.user is not None
    shape = proof.world.shape
    standing = (proof.planter.standing(relation, True) or {}) if relation.name == shape.membership else {}
    victims = [r.values for r in proof.world.of.get(relation.name, ()) if "A" in r.writers][:3]
    pool = {c: [v.get(c) for v in victims] for k in relation.foreign_keys for c in k.columns if k.target != shape.users}
    pool |= _unbound(proof, relation)
    naming = {c for k in relation.foreign_keys if k.target == shape.users and len(k.columns) == 1 for c in k.columns}
    pool |= {c: [USERS["A"].id] for c in naming - {shape.of[relation.name].column, shape.membership_user}}
    if relation.name == shape.membership:
        pool[shape.membership_tenant] = [proof.planter.tenants["A"]]
    told = [{c.name: v} for c in relation.columns for v in states(relation, c, proof.catalog) if c.name not in standing]
    roles: list[Values] = [{}, *(state for state in told if "role" in next(iter(state)))]
    others: list[Values] = [state for state in told if state not in roles][:CHOICES]
    for column, values in pool.items():
        for number, value in enumerate(dict.fromkeys(values)):
            for choice in roles if number else [*roles, *others]:
                given = {**standing, **choice, column: value}
                if relation.name == shape.membership:
                    given[shape.membership_user] = actor.user.id
                row = proof.planter.compose(relation, USERS[actor.user.name], given)
                yield "INSERT oneself, then everything", insertion(relation, row)
    for column_ in relation.columns:
        for state in states(relation, column_, proof.catalog):
            row = proof.planter.compose(relation, USERS[actor.user.name], {column_.name: state})
            yield f"INSERT {column_.name}, then everything", insertion(relation, row)


def _reaches(relation: Relation) -> bool:
    """Whether a trigger does more than to mend the row that is written."""
    return any(re.search(r"\b(from|into|update|perform)\b", source, re.I) for source in relation.triggers)


def _unbound(proof: Proof, relation: Relation) -> dict[str, list[str | None]]:
    """Columns that no foreign key binds, and whose name tells what they name: with A's."""
    bound = {c for k in relation.foreign_keys for c in k.columns} | {proof.world.shape.of[relation.name].column}
    pool: dict[str, list[str | None]] = {}
    for column in relation.columns if _reaches(relation) else ():
        named = re.sub(r"_?id$", "", column.name.lower())
        if column.name in bound or named == column.name.lower() or not named:
            continue
        rows = [
            r
            for r in proof.world.rows.values()
            if "A" in r.writers and re.sub(r"s$", "", proof.catalog.relations[r.relation].table).endswith(named)
        ]
        keys = [r.values.get(k) for r in rows for k in proof.catalog.relations[r.relation].primary[:1]]
        if keys:
            pool[column.name] = list(dict.fromkeys(keys))[:2]
    return pool


def _reserved(proof: Proof, relation: Relation, actor: Actor) -> None:
    """Columns that only the service may set, or that alone may be updated."""
    reserved = [
        e.rpartition(".")[2]
        for e in proof.config.service_only
        if "(" not in e and proof.catalog.find(e.rpartition(".")[0]) is relation
    ]
    allowed = next((v for k, v in proof.config.updatable.items() if proof.catalog.find(k) is relation), None)
    if allowed is not None:
        reserved += [c.name for c in relation.columns if c.name not in allowed and not c.generated]
    for name in reserved:
        column = relation.column(name)
        if column is None:
            continue
        fresh_row = proof.planter.compose(relation, USERS["B"])
        values = [*states(relation, column, proof.catalog), fresh_row.get(name)]
        operation = f"SET {name}"
        leaked = False
        for value in [v for v in values if v is not None]:
            statement = f"update {relation.sql} set {quote(name)} = {literal(value)}::{column.type}"
            outcome = proof.arena.attempt(actor, (statement,))
            if outcome.state is None and any(_differs(o.values.get(name), outcome, name) for o in outcome.touched):
                leaked = True
                proof.ledger.leak("reserved column", actor, relation.name, operation, f"B set {name}", (statement,),
                                  f"revoke update on {relation.name} and grant it on the other columns")  # fmt: skip
                break
        if not leaked:
            proof.ledger.mark(actor.name, relation.name, operation, "blocked")
            proof.controls_fired += 1
        _born(proof, relation, actor, column)


def _born(proof: Proof, relation: Relation, actor: Actor, column: Column) -> None:
    """A new row of one's own that holds what only the service may set."""
    given = [v for v in states(relation, column, proof.catalog) if v and v not in (column.default or "")]
    before = _without_own(proof, relation, actor)
    told: list[str | None] = [*given] or [proof.planter.compose(relation, USERS["B"]).get(column.name)]
    for value in told:
        row = insertion(relation, proof.planter.compose(relation, USERS["B"], {column.name: value}))
        outcome = proof.arena.attempt(actor, (row,), before=before)
        if outcome.state is None and any(n == relation.name and v.get(column.name) == value for n, v in outcome.made):
            fix = f"revoke insert on {relation.name} and grant it on the other columns"
            operation, effect = f"INSERT with {column.name}", f"B made a row with {column.name}"
            proof.ledger.leak("reserved column", actor, relation.name, operation, effect, (row,), fix, before)
            return


def _differs(before: str | None, outcome: object, name: str) -> bool:
    return any(values.get(name) != before for _, values in getattr(outcome, "made", []))
