"""Decides what an outcome means for an actor: did anything foreign come back, or change?"""

from __future__ import annotations

from isolation.actors import Actor
from isolation.arena import Outcome
from isolation.tenancy import Tenancy
from isolation.values import TOKEN
from isolation.world import World


def seen(world: World, actor: Actor, outcome: Outcome, given: str = "") -> str:
    """What foreign the answer carries, in words; empty for nothing. What the actor typed himself does not count."""
    own = set(TOKEN.findall(given + actor.sql))
    foreign = world.foreign(actor, [t for t in outcome.tokens if t not in own])
    return f"foreign canary {foreign[0]} came back" if foreign else ""


def changed(world: World, actor: Actor, outcome: Outcome) -> str:
    """What foreign was changed or made; empty for nothing."""
    for row in outcome.touched:
        owned = world.shape.of.get(row.relation, Tenancy("none")).kind != "none"
        if not world.may_write(actor, row) and (owned or row.relation not in _inserted(outcome)):
            owner = ", ".join(sorted(row.writers)) or "nobody"
            return f"a row of {row.relation} that belongs to {owner} was changed or removed"
    name = actor.user.name if actor.user else ""
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
    return ""


def _inserted(outcome: Outcome) -> set[str]:
    return {n for n, _ in outcome.made} if len(outcome.made) > len(outcome.touched) else set()


def _open(world: World, relation: str, owners: frozenset[str]) -> bool:
    return not owners and any(
        world.catalog.find(n) is world.catalog.relations[relation] for n in world.config.anonymous_insert
    )
