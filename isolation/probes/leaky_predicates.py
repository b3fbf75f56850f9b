"""Leaky predicates: a filter that is evaluated on rows which the caller may not see gives them away."""

from __future__ import annotations

from collections.abc import Iterator

from ..attempts.effects import seen
from ..model.actors import Actor, ActorKind
from ..model.canary import TOKEN
from ..model.catalog import Category, Column, Relation, RelationKind
from ..model.cell import Control, Deed, Evidence, Operation
from ..model.outcome import Outcome
from ..model.sql import literal, quote
from ..model.states import DIVIDED_BY_ZERO
from .base import Context, Probe, Try

PEEK = (
    "create function pg_temp.peek(anyelement) returns boolean language plpgsql cost 0.0000001"
    " as $$ begin raise notice 'peek %', $1; return true; end $$"
)
HOLE, PEEK_AT = "{}", "pg_temp.peek({})"
FILTER = Operation("FILTER", Deed.READS)
ASKING = (ActorKind.NEIGHBOUR, ActorKind.ANONYMOUS)
_ON = ("true", "on", "1", "yes")


def run(context: Context) -> Iterator[Evidence]:
    """Views without a barrier, and functions marked LEAKPROOF, as filters."""
    actors = context.attackers(*ASKING)
    for relation in context.share(list(context.catalog.relations.values()), "filtering through views"):
        for actor in actors:
            if relation.kind is RelationKind.VIEW and not _barrier(relation):
                yield from _view(context, relation, actor)
            for statement in _marked(context, relation):
                yield from _leakproof(context, relation, actor, (statement,))


def _barrier(relation: Relation) -> bool:
    return any(o.startswith("security_barrier") and o.endswith(_ON) for o in relation.options)


def _marked(context: Context, relation: Relation) -> list[str]:
    """Filters by functions that are marked LEAKPROOF."""
    return [
        f"select 1 from {relation.sql} where ({r.sql}({quote(c.name)})) is not null"
        for r in context.catalog.routines
        for c in relation.columns
        if r.leakproof and [a.type for a in r.arguments] == [c.base]
    ]


def _leakproof(context: Context, relation: Relation, actor: Actor, tried: Try) -> Iterator[Evidence]:
    effect = seen(context.world, actor, context.attempt(actor, tried, look=False))
    fired = bool(seen(context.world, actor, context.control(actor, tried, look=False)))
    marked = [r for r in context.catalog.routines if r.leakproof]
    fix = "; ".join(f"alter routine {r.sql}({', '.join(a.type for a in r.arguments)}) not leakproof" for r in marked)
    yield from _evidence(relation, actor, effect, tried, fix, fired)


def _view(context: Context, relation: Relation, actor: Actor) -> Iterator[Evidence]:
    fix = f"alter view {relation.sql} set (security_barrier = true)"
    for column in relation.columns:
        if context.config.model == "sql":
            tried: Try = (PEEK, f"select 1 from {relation.sql} where pg_temp.peek({quote(column.name)})")
            effect = seen(context.world, actor, context.attempt(actor, tried, look=False))
            bare = _unfiltered(context, relation, column.name, PEEK_AT)
            fired = any(seen(context.world, actor, outcome) for outcome in bare)
            yield from _evidence(relation, actor, effect, tried, fix, fired)
        if (value := _foreign(context, relation, column.name, actor)) is None:
            continue
        test = _test(column, value)
        tried = (f"select 1 from {relation.sql} where {test}",)
        raised = context.attempt(actor, tried, look=False).state == DIVIDED_BY_ZERO
        effect = "the filter was evaluated on a foreign row" if raised else ""
        bare = _unfiltered(context, relation, column.name, test)
        yield from _evidence(relation, actor, effect, tried, fix, any(o.state == DIVIDED_BY_ZERO for o in bare))


def _foreign(context: Context, relation: Relation, column: str, actor: Actor) -> str | None:
    """What a row of A's holds in this column, and the actor may not know."""
    world = context.world
    names = dict.fromkeys([relation.name, *(c.name for c in context.catalog.children(relation.name)), *relation.reads])
    rows = [r for name in names for r in world.of.get(name, ()) if "A" in r.writers]
    held = (v for r in rows if (v := r.values.get(column)) and world.foreign(actor, TOKEN.findall(v)))
    return next(held, None)


def _test(column: Column, value: str) -> str:
    """A condition that raises for this value."""
    same = f"{quote(column.name)} = {literal(value)}::{column.type}"
    if column.category is Category.NUMBER:
        return f"1 / ({quote(column.name)} - {literal(value)}::{column.type}) > 5"
    return f"1 / (case when {same} then 0 else 1 end) > 5"


def _unfiltered(context: Context, view: Relation, column: str, test: str) -> Iterator[Outcome]:
    """The filter on what the view reads, where nothing goes before it."""
    for name in view.reads:
        base = context.catalog.relations.get(name)
        if base and base.column(column):
            statement = f"select 1 from {base.sql} where {test.replace(HOLE, quote(column))}"
            yield context.control(None, (PEEK, statement), look=False)


def _evidence(relation: Relation, actor: Actor, effect: str, tried: Try, fix: str, fired: bool) -> Iterator[Evidence]:
    if effect or fired:
        kind = "leaky predicate"
        yield Evidence(actor, relation.name, FILTER, effect, Control(fired), tried, kind=kind, fix=fix)


PROBE = Probe("filtering through views", ("leaky predicates",), run)
