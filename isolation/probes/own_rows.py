"""Access: each tenant reaches its own rows, else it is locked out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..introspection.tenancy import TenancyKind
from ..model.actors import USERS, Actor
from ..model.catalog import VIEWS, Relation
from ..model.cell import Control, Deed, Evidence, Operation
from ..model.outcome import Outcome
from ..model.sql import quote
from ..model.states import DENIED
from .base import Context, Probe
from .shared.calls import calls

ACCESS, CALLS = Operation("ACCESS", Deed.REACHES), 6
FIX = "-- let the owner read it: a SELECT policy and grant, without recursion; or declare it under service_only"


def run(context: Context) -> Iterator[Evidence]:
    """Each tenant reaches its own: some row of each of its tables, through anything that it may read or call."""
    for owner in context.share([context.owner()], "reading as the owner"):
        yield from _access(context, owner)


def _access(context: Context, owner: Actor) -> Iterator[Evidence]:
    relations = list(context.catalog.relations.values())
    reads = [(f"select * from {r.sql}",) for r in relations]
    read = dict(zip((r.name for r in relations), context.attempts(owner, reads, look=False), strict=True))
    statements = [(s,) for r in context.catalog.routines for s in calls(context.arguments, r, "A")[:CALLS]]
    called = "\n".join(o.text for o in context.attempts(owner, statements, look=False) if o.ran)
    for relation in filter(lambda r: _is_owners(context, r), relations):
        keys, planted = _keys(context, relation)
        if not planted:
            continue
        direct = _direct(context, owner, relation, read[relation.name])
        elsewhere = called + _elsewhere(context, relation, read)
        effect = ""
        if not direct.rows and not any(k in elsewhere for k in keys):
            effect = f"A cannot read what is A's: {direct.error or 'none of its own rows came back'}"
        tried = (f"select * from {relation.sql}",)
        yield Evidence(owner, relation.name, ACCESS, effect, Control(True), tried, kind="locked out", fix=FIX, own=True)


def _is_owners(context: Context, relation: Relation) -> bool:
    """Whether its rows are a tenant's, who is to reach them."""
    world = context.world
    platform = relation.name == world.shape.users or relation.platform
    declared = any(context.catalog.find(n) is relation for n in context.config.tenancy)
    owned = world.shape.kind(relation.name) is not TenancyKind.NONE and relation.name not in world.service_tables
    return relation.tabular and owned and not relation.parents and (declared or not platform)


def _keys(context: Context, relation: Relation) -> tuple[list[str], bool]:
    """What tells A's rows apart from others', and whether there are any."""
    world = context.world
    names = {relation.name, *(c.name for c in context.catalog.children(relation.name))}
    rows = [r for n in names for r in world.of.get(n, ()) if "A" in r.writers]
    known = (USERS["A"].id, *world.tenants.values())
    held = [str(v) for r in rows for c in (relation.primary or tuple(r.values)) if (v := r.values.get(c))]
    return [v for v in held if len(v) > 1 and v not in known], bool(rows)


def _direct(context: Context, owner: Actor, relation: Relation, outcome: Outcome) -> Outcome:
    """The table itself, column by column where only some were granted."""
    if outcome.state != DENIED or not relation.column_grants:
        return outcome
    columns = [(f"select {quote(c.name)} from {relation.sql}",) for c in relation.columns]
    return max([outcome, *context.attempts(owner, columns, look=False)], key=lambda o: o.rows)


def _elsewhere(context: Context, relation: Relation, read: Mapping[str, Outcome]) -> str:
    """What other relations told, but for those that merely refer to this one: its key in them is not its row."""
    relations = context.catalog.relations.values()
    family = {relation.name, *(c.name for c in context.catalog.children(relation.name))}
    referring = {r.name for r in relations if any(k.target in family for k in r.foreign_keys)}
    views = {r.name for r in relations if r.kind in VIEWS and not family & _behind(context, r)}
    return "\n".join(o.text for name, o in read.items() if o.ran and name not in referring | views)


def _behind(context: Context, relation: Relation) -> set[str]:
    """Every relation that a view reads, through other views as well."""
    found, todo = set[str](), [*relation.reads]
    while todo:
        if (name := todo.pop()) not in found and name in context.catalog.relations:
            found.add(name)
            todo += context.catalog.relations[name].reads
    return found


PROBE = Probe("reading as the owner", ("access to one's own",), run)
