"""Search path: where any SQL may be run, a temporary table comes before the one that a careless routine means."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model.actors import USERS, Actor, ActorKind
from ..model.catalog import Relation, Routine
from ..model.cell import Control, Deed, Evidence, Operation
from ..model.sql import literal, quote
from .base import Context, Probe, Try
from .shared.aftermath import NOTHING, afterwards, opens

OPERATION, KIND, ROWS = Operation("SHADOW", Deed.OPENS), "search path", 4
_ANSWERS = {"boolean": "true", "uuid": "", "text": ""}
"""What a function says in another's place, by its type: yes, or that the caller is A."""


def run(context: Context) -> Iterator[Evidence]:
    """Every routine that names a table without its schema, and leaves the search path to the caller."""
    actors = context.attackers(ActorKind.NEIGHBOUR) if context.config.model == "sql" else []
    for routine in context.share(context.catalog.routines, "shadowing tables"):
        for actor in actors:
            yield from _overlaid(context, routine, actor)
            for relation in context.world.stored if _trusting(routine) else ():
                if _bare(relation, routine):
                    yield _shadowed(context, routine, relation, actor)


def _overlaid(context: Context, routine: Routine, actor: Actor) -> Iterator[Evidence]:
    """A function of the attacker's, in a schema that the routine searches before the one that it means."""
    path = _path(routine)
    for helper in context.catalog.routines:
        answer = _ANSWERS.get(helper.returns)
        if helper.schema not in path or answer is None or not _called(helper, routine):
            continue
        for schema in path[: path.index(helper.schema)]:
            types = ", ".join(a.type for a in helper.arguments)
            makes = (
                f"create function {quote(schema)}.{quote(helper.routine)}({types}) returns {helper.returns}"
                f" language sql as $zq$ select {literal(answer or USERS['A'].id)}::{helper.returns} $zq$"
            )
            effect, then = afterwards(context, actor, (makes,))
            fired = bool(effect) or bool(afterwards(context, actor, NOTHING, before=makes)[0])
            if fired:
                fix = f"revoke create on schema {quote(schema)} from public, {quote(actor.role)}"
                tried = (makes, *filter(None, (then,)))
                yield Evidence(actor, routine.signature, OPERATION, effect, Control(True), tried, kind=KIND, fix=fix)


def _path(routine: Routine) -> list[str]:
    """The schemas that a routine searches, as far as it says so itself."""
    path = next((s.partition("=")[2] for s in routine.settings if s.startswith("search_path=")), "")
    return [name.strip().strip('"') for name in path.split(",")]


def _called(helper: Routine, routine: Routine) -> bool:
    return bool(re.search(rf'(?<![.\w"])"?{re.escape(helper.routine)}"?\s*\(', routine.source))


def _trusting(routine: Routine) -> bool:
    """Whether the caller's search path decides what its text means."""
    path = next((s.partition("=")[2] for s in routine.settings if s.startswith("search_path=")), None)
    bound = routine.source.lstrip().upper().startswith(("BEGIN ATOMIC", "RETURN"))
    return not bound and (path is None or ("pg_temp" not in path and path.strip(' "') != ""))


def _bare(relation: Relation, routine: Routine) -> bool:
    return bool(re.search(rf'(?<![.\w"])"?{re.escape(relation.table)}"?(?![\w"])', routine.source))


def _shadowed(context: Context, routine: Routine, relation: Relation, actor: Actor) -> Evidence:
    steps = _steps(context, relation)
    effect, then = afterwards(context, actor, steps)
    types = ", ".join(a.type for a in routine.arguments)
    fix = f"alter routine {routine.sql}({types}) set search_path = ''  -- and name tables with their schema"
    tried = (*steps, *filter(None, (then,)))
    control = Control(True) if effect else _control(context, relation, actor, steps)
    return Evidence(actor, routine.signature, OPERATION, effect, control, tried, kind=KIND, fix=fix)


def _control(context: Context, relation: Relation, actor: Actor, steps: Try) -> Control:
    """Whether the temporary table does come before the other, and what opens then would be seen."""
    named = literal(quote(relation.table))
    asked = f"select 1 from pg_class where oid = to_regclass({named}) and relpersistence = 't'"
    if context.control(None, (*steps, asked), look=False).rows != 1:
        return Control(False, f"the temporary table did not come before {relation.name}")
    return opens(context, actor, NOTHING)


def _steps(context: Context, relation: Relation) -> Try:
    """A temporary table of that name, with A's rows as if they were the attacker's."""
    named = f"pg_temp.{quote(relation.table)}"
    columns = ", ".join(f"{quote(c.name)} {c.type}" for c in relation.columns)
    rows = [r.values for r in context.world.of.get(relation.name, ()) if "A" in r.writers][:ROWS]
    owned = {u.id: USERS["B"].id for u in USERS.values()} | {USERS["A"].email: USERS["B"].email}
    inserts = []
    for values in rows:
        flags = {c.name: "true" for c in relation.columns if c.base == "boolean"}
        held = {k: owned.get(v or "", v) for k, v in {**values, **flags}.items()}
        constants = ", ".join(f"{literal(held.get(c.name))}::{c.type}" for c in relation.columns)
        inserts.append(f"insert into {named} values ({constants})")
    made = f"create temporary table {quote(relation.table)} ({columns})"
    replan = "discard plans"  # what was planned before means the other table
    return (made, f"grant all on {named} to public", *inserts, replan)


PROBE = Probe("shadowing tables", ("temporary tables before those that routines mean",), run)
