"""Reuse: what tenant A leaves on a pooled connection, in settings or prepared plans, must not serve tenant B."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..attempts.effects import seen
from ..model.actors import USERS, Actor
from ..model.catalog import Relation
from ..model.cell import Control, Deed, Evidence, Operation
from .base import Context, Probe
from .shared.calls import calls

FIRST = 6
REUSED = Operation("SELECT on a reused connection", Deed.READS)
FIX = "set what identifies the tenant for the transaction only, and let no plan or cache keep it"


def run(context: Context) -> Iterator[Evidence]:
    """A, then B, on one connection with the same prepared statements; requests are committed."""
    for relations in context.share([list(context.catalog.relations.values())], "reusing connections"):
        yield from _reused(context, relations)


def _heirs(context: Context) -> list[Actor]:
    """Who is given the connection next."""
    heir = context.user(USERS["B"])
    return [heir, replace(heir, name="B without begin", begin=()), *(a for a in context.attackers() if a.user is None)]


def _reused(context: Context, relations: Sequence[Relation]) -> Iterator[Evidence]:
    world, owner, left = context.world, context.owner(), dict[str, list[str]]()
    once = [s for r in context.catalog.routines for s in calls(context.arguments, r, "A")[:1]]
    requests = context.requests()
    try:
        for number, relation in enumerate(relations):
            requests.prepare(f"reused_{number}", f"select * from {relation.sql}")
            left[relation.name] = requests.request(owner, f"execute reused_{number}").tokens
        for statement in once:
            requests.request(owner, statement)
        for actor in _heirs(context):
            for number, relation in enumerate(relations):
                outcome = requests.request(actor, f"execute reused_{number}")
                effect = seen(world, actor, outcome) if outcome.ran else ""
                if effect and seen(
                    world, actor, context.attempt(actor, (f"select * from {relation.sql}",), look=False)
                ):
                    continue  # he reads it on a fresh connection as well
                fired = bool(world.foreign(actor, left[relation.name]))  # A was given what this actor may not see
                read = f"select * from {relation.sql}"
                tried = (*(owner.sql, read, *once)[:FIRST], "reset session authorization", actor.sql, read)
                if effect or fired:
                    kind, control = "reuse", Control(fired)
                    yield Evidence(actor, relation.name, REUSED, effect, control, tried, kind=kind, fix=FIX)
    finally:
        requests.close()


PROBE = Probe(
    "reusing connections", ("reused connections and prepared plans",), run, commits=("every relation", REUSED)
)
