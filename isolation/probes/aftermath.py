"""What opens once something was done: everything is read and removed again in the same transaction."""

from __future__ import annotations

from isolation.attempts.effects import changed, seen
from isolation.model.actors import Actor
from isolation.model.canary import TOKEN
from isolation.model.catalog import Relation
from isolation.model.cell import Control
from isolation.probes.base import Context, Try

NOTHING = ("select 1",)
FEW = 3


def afterwards(context: Context, actor: Actor, steps: Try, before: str = "", known: str = "") -> tuple[str, str]:
    """What foreign can be read or destroyed in the same transaction once these statements have run, and how."""
    world, typed, relations = context.world, " ".join([*steps, known]), _open(context, actor, "SELECT")
    reads = [(f"select * from {r.sql}",) for r in relations]
    outcomes = context.attempts(actor, reads, before=before, first=steps, look=False)
    for relation, outcome in zip(relations, outcomes, strict=True):
        if outcome.ran and (effect := seen(world, actor, outcome, typed)):
            return f"{effect} from {relation.name} afterwards", f"select * from {relation.sql}"
    removals = [(f"delete from {r.sql}",) for r in _open(context, actor, "DELETE") if r.tabular]
    outcomes = context.attempts(actor, removals, before=before, first=steps)
    for removal, outcome in zip(removals, outcomes, strict=True):
        outcome.touched = [r for r in outcome.touched if not (before and actor.user and actor.user.name in r.writers)]
        if outcome.ran and (effect := changed(world, actor, outcome)):
            return f"afterwards, {effect}", removal[0]
    return "", ""


def opens(context: Context, actor: Actor, steps: Try, before: str = "", harder: str = "") -> Control:
    """The control of it: after the same steps, with nothing in the way, what is foreign is seen.

    `harder` takes away what is in the way of the steps themselves: rows, triggers, keys.
    """
    why = "nothing foreign is there to be read afterwards"
    for read in _foreign_reads(context, actor):
        for way in dict.fromkeys((before, *filter(None, (harder,)))):
            outcome = context.control(actor, (*steps, read), before=way, look=False)
            if outcome.ran and seen(context.world, actor, outcome, " ".join(steps)):
                return Control(True)
            if not outcome.ran:
                why = f"with nothing in the way, the first step failed: {outcome.error}"
    return Control(False, why)


def _foreign_reads(context: Context, actor: Actor) -> list[str]:
    """A statement for each of a few relations that hold what is foreign to the actor, those with few rows first."""
    world, reads = context.world, list[str]()
    for name, rows in sorted(world.of.items(), key=lambda held: len(held[1])):
        values = (v for row in rows for v in row.values.values() if v)
        if world.foreign(actor, (t for v in values for t in TOKEN.findall(v))):
            reads.append(f"select * from {context.catalog.relations[name].sql}")
        if len(reads) == FEW:
            break
    return reads


def _open(context: Context, actor: Actor, privilege: str) -> list[Relation]:
    """The relations on which the actor's role holds a privilege, or may come to hold it."""
    relations = list(context.catalog.relations.values())
    if context.grants:
        return relations
    return [r for r in relations if context.catalog.may(actor.role, r, privilege)]
