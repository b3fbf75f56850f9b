"""Existence oracles: is the answer for a key that another tenant has a different one than for nobody's?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from isolation.actors.cast import USERS, Actor
from isolation.model.catalog import Column, ForeignKey, Key, Relation, literal, quote
from isolation.model.sql import Values, insertion
from isolation.planting.values import TOKEN, fresh
from isolation.planting.world import EVERYBODY, Row

if TYPE_CHECKING:
    from isolation.engine.prove import Proof

CLASS = "existence oracle"
UNTOLD = "even the superuser was not told that the value is taken"
TAKEN = ("23505", "23P01")


def probe(proof: Proof) -> None:
    """Every unique key and foreign key whose values are a secret."""
    actors = [a for a in proof.attackers if a.name in ("B", "anon")]
    for relation in proof.turns.of([r for r in proof.catalog.relations.values() if r.kind == "r"]):
        for key in relation.keys:
            victim = _victim(proof, relation, key.columns)
            if victim and not _public(proof, relation, key):
                for actor in actors:
                    _unique(proof, relation, key, victim, actor)

        for column in relation.columns if _refuses(relation) else ():
            for actor in actors:
                _refused(proof, relation, column, actor)
        for reference in relation.foreign_keys:
            _reference(proof, relation, reference, actors)


def _refuses(relation: Relation) -> bool:
    """Whether a trigger or a check may object to a row because of others."""
    checks = [c.expression for c in relation.checks]
    return any(re.search(r"\braise\s+exception|\bassert\b", source, re.I) for source in relation.triggers) or any(
        re.search(r"\w\.\w+\(", expression) for expression in checks
    )


def _refused(proof: Proof, relation: Relation, column: Column, actor: Actor) -> None:
    """A row of one's own that holds what another tenant's row holds, where no key but a trigger may know it."""
    alone = Key("", (column.name,), False, False)
    keyed = {c for k in relation.keys for c in k.columns} | {c for k in relation.foreign_keys for c in k.columns}
    victim = (
        None
        if column.name in keyed or column.category != "S" or column.generated
        else _victim(proof, relation, (column.name,))
    )
    if victim is None or not TOKEN.search(victim.values[column.name] or "") or _public(proof, relation, alone):
        return
    user = actor.user or USERS["B"]
    given: tuple[Values, Values] = {column.name: victim.values[column.name]}, {}
    told, free = (insertion(relation, proof.planter.compose(relation, user, g)) for g in given)
    known, unknown = (proof.control.attempt(None, (s,)) for s in (told, free))
    if known.state is None or unknown.state is not None:
        return
    hit, miss = (proof.arena.attempt(actor, (s,)) for s in (told, free))
    operation = f"EXISTS ({column.name})"
    proof.controls_fired += 1
    if hit.state is not None and miss.state is None:
        effect = f"{hit.state} tells that another tenant has this value: {hit.error}"
        fix = f"let what refuses a row of {relation.name} look at rows of the same tenant alone"
        proof.ledger.leak(CLASS, actor, relation.name, operation, effect, (told,), fix)
    else:
        proof.ledger.mark(actor.name, relation.name, operation, "blocked")


def _reference(proof: Proof, relation: Relation, key: ForeignKey, actors: list[Actor]) -> None:
    """A row of one's own that names another tenant's row by a value that can be guessed."""
    target = proof.catalog.relations.get(key.target)
    if (
        target is None
        or len(key.columns) > 1
        or proof.world.shape.of[key.target].kind in ("none", "member")
        or key.target == proof.world.shape.users
    ):
        return
    column, named = key.columns[0], target.column(key.target_columns[0])
    victim = _victim(proof, target, key.target_columns)
    if (
        named is None
        or named.base == "uuid"
        or victim is None
        or _public(proof, target, Key("", (named.name,), False, False), surrogates=False)
    ):
        return
    absent = fresh(named, "y", 99999)
    for actor in actors:
        user = actor.user or USERS["B"]
        statement = insertion(relation, proof.planter.compose(relation, user, {column: victim.values[named.name]}))
        guess = insertion(relation, proof.planter.compose(relation, user, {column: absent}))
        hit, miss = (proof.arena.attempt(actor, (s,)) for s in (statement, guess))
        operation = f"REFERENCES ({column})"
        told, refused = (proof.control.attempt(None, (s,)) for s in (statement, guess))
        fired = refused.state == "23503" and told.state != "23503"
        proof.controls_fired += fired
        if miss.state == "23503" and hit.state != "23503":
            effect = "a foreign key tells that another tenant has this value"
            fix = f"put the tenant into the foreign key ({column}), or check the reference in the policy"
            proof.ledger.leak(CLASS, actor, relation.name, operation, effect, (statement,), fix)
        elif fired:
            proof.ledger.mark(actor.name, relation.name, operation, "blocked")
        else:
            proof.ledger.mark(actor.name, relation.name, operation, "unproven", f"{UNTOLD}: {told.error}")


def _victim(proof: Proof, relation: Relation, columns: tuple[str, ...]) -> Row | None:
    rows = [r for r in proof.world.of.get(relation.name, ()) if "A" in r.writers and EVERYBODY not in r.readers]
    return next((r for r in rows if all(r.values.get(c) is not None for c in columns)), None)


def _public(proof: Proof, relation: Relation, key: Key, *, surrogates: bool = True) -> bool:
    columns = [c for c in relation.columns if c.name in key.columns]
    tenancy = proof.world.shape.of[relation.name]
    if surrogates and any(c.surrogate for c in columns if c.name != tenancy.column):
        return True
    if tenancy.column in key.columns or proof.world.shape.membership == relation.name:
        return True
    declared = {
        e.rpartition(".")[2]
        for e in proof.config.public_identifiers
        if proof.catalog.find(e.rpartition(".")[0]) is relation
    }
    opened = {
        c
        for p in proof.config.public
        if proof.catalog.find(p.relation) is relation
        for c in (p.columns or key.columns)
        if not p.condition
    }
    return bool({c.name for c in columns} <= declared | opened)


def _unique(proof: Proof, relation: Relation, key: Key, victim: Row, actor: Actor) -> None:
    taken: Values = {c: victim.values[c] for c in key.columns}
    user = actor.user or USERS["B"]
    statement = insertion(relation, proof.planter.compose(relation, user, taken))
    told = proof.control.attempt(None, (statement,))
    hit = proof.arena.attempt(actor, (statement,))
    free = proof.arena.attempt(actor, (insertion(relation, proof.planter.compose(relation, user)),))
    leaked = hit.state in TAKEN and free.state not in TAKEN
    if not leaked:
        sets = ", ".join(
            f"{quote(c)} = {literal(v)}::{next(x.type for x in relation.columns if x.name == c)}"
            for c, v in taken.items()
        )
        statement = f"update {relation.sql} set {sets}"
        hit = proof.arena.attempt(actor, (statement,))
        leaked = hit.state in TAKEN and actor.user is not None
    operation = f"EXISTS ({', '.join(key.columns)})"
    if leaked:
        effect = f"{hit.state} tells that another tenant has this value"
        fix = f"make {key.name} unique within the tenant, or declare it under public_identifiers"
        proof.ledger.leak(CLASS, actor, relation.name, operation, effect, (statement,), fix)
    elif told.state in TAKEN:
        proof.ledger.mark(actor.name, relation.name, operation, "blocked")
    else:
        proof.ledger.mark(actor.name, relation.name, operation, "unproven", f"{UNTOLD}: {told.error}")
    proof.controls_fired += told.state in TAKEN
