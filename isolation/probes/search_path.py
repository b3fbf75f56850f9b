"""Shadows: where any SQL may be run, a temporary table comes before the one that a careless routine means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from isolation.actors.cast import USERS, Actor
from isolation.model.catalog import Relation, Routine, literal, quote
from isolation.probes.routines import afterwards

if TYPE_CHECKING:
    from isolation.engine.prove import Proof

OPERATION, ROWS = "SHADOW", 4
_ANSWERS = {"boolean": "true", "uuid": "", "text": ""}
"""What a function says in another's place, by its type: yes, or that the caller is A."""


def probe(proof: Proof) -> None:
    """Every routine that names a table without its schema, and leaves the search path to the caller."""
    actors = [a for a in proof.attackers if a.name == "B"] if proof.config.model == "sql" else []
    for routine in proof.turns.of(proof.catalog.routines):
        for actor in actors:
            _overlaid(proof, routine, actor)
        for relation in proof.world.stored if _trusting(routine) else ():
            if _bare(relation, routine):
                for actor in actors:
                    _shadow(proof, routine, relation, actor)


def _overlaid(proof: Proof, routine: Routine, actor: Actor) -> None:
    """A function of the attacker's, in a schema that the routine searches before the one that it means."""
    path = _path(routine)
    for helper in proof.catalog.routines:
        told = _ANSWERS.get(helper.returns)
        if helper.schema not in path or told is None or not _called(helper, routine):
            continue
        for schema in path[: path.index(helper.schema)]:
            types = ", ".join(a[1] for a in helper.arguments)
            answer = literal(told or USERS["A"].id)
            makes = (
                f"create function {quote(schema)}.{quote(helper.routine)}({types}) returns {helper.returns}"
                f" language sql as $zq$ select {answer}::{helper.returns} $zq$"
            )
            effect, then = afterwards(proof, actor, (makes,))
            if effect:
                fix = f"revoke create on schema {schema}, or name {helper.name} with its schema in {routine.name}"
                proof.ledger.leak("search path", actor, routine.signature, OPERATION, effect, (makes, then), fix)
            elif afterwards(proof, actor, ("select 1",), before=makes)[0]:
                proof.ledger.mark(actor.name, routine.signature, OPERATION, "blocked")
                proof.controls_fired += 1


def _path(routine: Routine) -> list[str]:
    """The schemas that a routine searches, as far as it says so itself."""
    told = next((s.partition("=")[2] for s in routine.settings if s.startswith("search_path=")), "")
    return [name.strip().strip('"') for name in told.split(",")]


def _called(helper: Routine, routine: Routine) -> bool:
    return bool(re.search(rf'(?<![.\w"])"?{re.escape(helper.routine)}"?\s*\(', routine.source))


def _trusting(routine: Routine) -> bool:
    """Whether the caller's search path decides what its text means."""
    path = next((s.partition("=")[2] for s in routine.settings if s.startswith("search_path=")), None)
    bound = routine.source.lstrip().upper().startswith(("BEGIN ATOMIC", "RETURN"))
    return not bound and (path is None or ("pg_temp" not in path and path.strip(' "') != ""))


def _bare(relation: Relation, routine: Routine) -> bool:
    return bool(re.search(rf'(?<![.\w"])"?{re.escape(relation.table)}"?(?![\w"])', routine.source))


def _shadow(proof: Proof, routine: Routine, relation: Relation, actor: Actor) -> None:
    steps = _steps(proof, relation)
    effect, then = afterwards(proof, actor, steps)
    if effect:
        fix = f"alter function {routine.signature} set search_path = '', and name tables with their schema"
        proof.ledger.leak("search path", actor, routine.signature, OPERATION, effect, (*steps, then), fix)
    else:
        proof.ledger.mark(actor.name, routine.signature, OPERATION, "blocked")
    proof.controls_fired += 1


def _steps(proof: Proof, relation: Relation) -> tuple[str, ...]:
    """A temporary table of that name, with A's rows as if they were the attacker's."""
    named = f"pg_temp.{quote(relation.table)}"
    columns = ", ".join(f"{quote(c.name)} {c.type}" for c in relation.columns)
    rows = [r.values for r in proof.world.of.get(relation.name, ()) if "A" in r.writers][:ROWS]
    owned = {u.id: USERS["B"].id for u in USERS.values()} | {USERS["A"].email: USERS["B"].email}
    inserts = []
    for values in rows:
        flags = {c.name: "true" for c in relation.columns if c.base == "boolean"}
        told = {k: owned.get(v or "", v) for k, v in {**values, **flags}.items()}
        given = ", ".join(f"{literal(told.get(c.name))}::{c.type}" for c in relation.columns)
        inserts.append(f"insert into {named} values ({given})")
    made = f"create temporary table {quote(relation.table)} ({columns})"
    replan = "discard plans"  # what was planned before means the other table
    return (made, f"grant all on {named} to public", *inserts, replan)
