"""What opens once something was done: everything is read and removed again in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from ...attempts.effects import changed, seen
from ...model.actors import Actor
from ...model.catalog import Relation
from ...model.cell import Control
from ..base import Context, Try

NOTHING = ("select 1",)
FEW = 3


def afterwards(context: Context, actor: Actor, steps: Try, before: str = "", known: str = "") -> tuple[str, str]:
    """What foreign can be read or destroyed in the same transaction once these statements have run, and how.

    What the actor reads or destroys without them is no matter of a first step.
    """
    world, typed, relations = context.world, " ".join([*steps, known]), _open(context, actor, "SELECT")
    reads = [(f"select * from {r.sql}",) for r in relations]
    outcomes = context.attempts(actor, reads, before=before, first=steps, look=False)
    for relation, outcome in zip(relations, outcomes, strict=True):
        if outcome.ran and (effect := seen(world, actor, outcome, typed)):
            if seen(world, actor, context.attempt(actor, (f"select * from {relation.sql}",), look=False)):
                continue
            return f"{effect} from {relation.name} afterwards", f"select * from {relation.sql}"
    removals = [(f"delete from {r.sql}",) for r in _open(context, actor, "DELETE") if r.tabular]
    outcomes = context.attempts(actor, removals, before=before, first=steps)
    for removal, outcome in zip(removals, outcomes, strict=True):
        outcome.touched = [r for r in outcome.touched if not (before and actor.user and actor.user.name in r.writers)]
        if outcome.ran and (effect := changed(world, actor, outcome)):
            if changed(world, actor, context.attempt(actor, removal)):
                continue
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


def foresee(context: Context, actor: Actor, steps: Sequence[str]) -> None:
    """Try the controls of many first steps in one go; what comes of them is kept."""
    for read in _foreign_reads(context, actor)[:1]:
        context.controls(actor, [(step, read) for step in steps], look=False)


def _foreign_reads(context: Context, actor: Actor) -> list[str]:
    """A statement for each of a few relations that hold what is foreign to the actor, those with few rows first."""
    names = context.world.foreign_relations(actor)[:FEW]
    return [f"select * from {context.catalog.relations[name].sql}" for name in names]


def _open(context: Context, actor: Actor, privilege: str) -> list[Relation]:
    """The relations on which the actor's role holds a privilege, or may come to hold it."""
    relations = list(context.catalog.relations.values())
    if context.grants:
        return relations
    return [r for r in relations if context.catalog.may(actor.role, r, privilege)]
