"""Decides what an outcome means for an actor: did anything foreign come back, or change?"""

from __future__ import annotations

from collections.abc import Mapping

from isolation.actors.cast import Actor
from isolation.attempts.session import Outcome
from isolation.introspection.tenancy import Tenancy
from isolation.planting.values import TOKEN
from isolation.planting.world import EVERYBODY, World


def seen(world: World, actor: Actor, outcome: Outcome, given: str = "") -> str:
    """What foreign the answer carries, in words; empty for nothing. What the actor typed himself does not count."""
    if not (foreign := world.foreign(actor, outcome.tokens)):
        return ""
    own = set(TOKEN.findall(given + actor.sql))
    return next((f"foreign canary {t} came back" for t in foreign if t not in own), "")


def changed(world: World, actor: Actor, outcome: Outcome) -> str:
    """What foreign was changed or made; empty for nothing."""
    for row in outcome.touched:
        owned = world.shape.of.get(row.relation, Tenancy("none")).kind != "none"
        if not world.may_write(actor, row) and (owned or row.relation not in _inserted(outcome)):
            owner = ", ".join(sorted(row.writers)) or "nobody"
            return f"a row of {row.relation} that belongs to {owner} was changed or removed"
    name = actor.user.name if actor.user else ""
    if reserved := _reserved(world, outcome):
        return f"{reserved} was set, which only the service may"
    for relation, values in outcome.made:
        owners = world.owners(relation, values)
        if relation in world.service_tables and not _open(world, relation, owners):
            return f"a row of {relation} was written, which only the service may"
        if relation == world.shape.membership and values.get(world.shape.membership_tenant) in world.tenants_of.get(
            name, ()
        ):
            continue  # one's own colleagues
        if owners and name not in owners:
            return f"a row of {relation} that belongs to {', '.join(sorted(owners))} was made"
        if others := _planted_for(world, name, relation, values, outcome):
            return f"a row of {relation} that belongs to {', '.join(sorted(others))} as well was made"
    return ""


def published(world: World, outcome: Outcome) -> str:
    """A new row without a tenant, where such rows are shown to everybody; empty for none."""
    for relation, values in outcome.made:
        column = world.shape.of.get(relation, Tenancy("none")).column
        nobodys = [r for r in world.of.get(relation, ()) if column and r.values.get(column) is None]
        shown = any(EVERYBODY in r.readers for r in nobodys)
        if shown and values.get(column) is None and not world.owners(relation, values):
            return f"a row of {relation} that belongs to nobody, and is shown to everybody, was made"
    return ""


def _reserved(world: World, outcome: Outcome) -> str:
    """A column that only the service may set, and that holds something else than before."""
    for entry in world.config.service_only:
        table, _, column = entry.rpartition(".")
        relation = world.catalog.find(table) if table and "(" not in entry else None
        if relation is None or relation.column(column) is None:
            continue
        before = [r.values for r in outcome.touched if r.relation == relation.name]
        for name, values in outcome.made:
            was = [b for b in before if all(b.get(k) == values.get(k) for k in relation.primary)]
            if name == relation.name and was and was[0].get(column) != values.get(column):
                return f"{relation.name}.{column}"
    return ""


def welcomed(world: World, actor: Actor, outcome: Outcome) -> str:
    """The users who were made members of the actor's own tenant: who they are is not foreign to him."""
    shape, name = world.shape, actor.user.name if actor.user else ""
    own = world.tenants_of.get(name, set())
    rows = [v for n, v in outcome.made if n == shape.membership and v.get(shape.membership_tenant) in own]
    return " ".join(v.get(shape.membership_user) or "" for v in rows)


def _planted_for(
    world: World, name: str, relation: str, values: Mapping[str, str | None], outcome: Outcome
) -> frozenset[str]:
    """Strangers whom a new row of one's own names as its tenant or as an owner beside him, and named not before."""
    before = {n for row in outcome.touched if row.relation == relation for n in row.writers}
    tenants = world.tenants_named(relation, dict(values))
    shared = world.shape.of[relation].kind in ("tenant", "member", "via")  # a user's own row may be sent to anybody
    beside = world.owners(relation, dict(values)) - tenants if shared else frozenset()
    strangers = tenants if name not in tenants else beside - tenants - {name}
    return frozenset() if not tenants else strangers - before


def _inserted(outcome: Outcome) -> set[str]:
    return {n for n, _ in outcome.made} if len(outcome.made) > len(outcome.touched) else set()


def _open(world: World, relation: str, owners: frozenset[str]) -> bool:
    return not owners and any(
        world.catalog.find(n) is world.catalog.relations[relation] for n in world.config.anonymous_insert
    )
