"""Says what an outcome means for an actor: did anything foreign come back, or change?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..introspection.tenancy import TenancyKind
from ..model.actors import Actor
from ..model.canary import TOKEN
from ..model.catalog import STORED, Relation, RelationKind
from ..model.cell import Deed
from ..model.outcome import Outcome
from ..model.states import ELSEWHERE
from ..planting.dataset import EVERYBODY, Dataset

SHARED = (TenancyKind.TENANT, TenancyKind.MEMBER, TenancyKind.VIA)


def attacked(world: Dataset, actor: Actor, relation: Relation, deed: Deed, name: str, statements: Sequence[str],
             outcome: Outcome) -> str:  # fmt: skip
    """What a statement on a relation achieved, in words; empty for nothing."""
    if deed is Deed.READS:
        return _read(world, actor, relation, outcome)
    typed = " ".join(statements)
    if not outcome.ran:
        return seen(world, actor, outcome, typed)
    return (
        changed(world, actor, outcome)
        or _reference_written(world, relation, outcome)
        or (published(world, outcome) if name == "INSERT" else "")
        or seen(world, actor, outcome, typed)
    )


def _read(world: Dataset, actor: Actor, relation: Relation, outcome: Outcome) -> str:
    served = relation.name in world.service_tables and relation.name != world.shape.membership
    if served and outcome.rows and outcome.ran:
        return "rows that only the service may read came back"
    if relation.kind is RelationKind.FOREIGN and _filled_elsewhere(world, relation):
        if outcome.ran and outcome.rows:
            return "rows came back that another server keeps, and no policy filters them"
        if (outcome.state or "").startswith(ELSEWHERE):
            return "another server was asked for all of its rows, and no policy filters what it answers"
    return seen(world, actor, outcome)


def _filled_elsewhere(world: Dataset, relation: Relation) -> bool:
    owned = world.shape.kind(relation.name) is not TenancyKind.NONE
    return owned and not any(world.catalog.find(p.relation) is relation for p in world.config.public)


def _reference_written(world: Dataset, relation: Relation, outcome: Outcome) -> str:
    nobodys = world.shape.kind(relation.name) is TenancyKind.NONE
    anonymous = any(world.catalog.find(n) is relation for n in world.config.anonymous_insert)
    if relation.kind in STORED and nobodys and (outcome.touched or (outcome.made and not anonymous)):
        return f"{relation.name} belongs to no tenant, and was written"
    return ""


def seen(world: Dataset, actor: Actor, outcome: Outcome, typed: str = "") -> str:
    """What foreign the answer carries, in words; empty for nothing. What the actor typed himself does not count."""
    if not (foreign := world.foreign(actor, outcome.tokens)):
        return ""
    own = set(TOKEN.findall(typed + actor.sql))
    return next((f"foreign canary {t} came back" for t in foreign if t not in own), "")


def harm(world: Dataset, actor: Actor, outcome: Outcome, typed: str) -> str:
    """What foreign came back or changed by a call, or by a write and its triggers."""
    if not outcome.ran:
        return seen(world, actor, outcome, typed)
    return seen(world, actor, outcome, typed) or changed(world, actor, _beyond_own(world, actor, outcome))


def _beyond_own(world: Dataset, actor: Actor, outcome: Outcome) -> Outcome:
    """Without the caller's own rows of the platform's, such as a session: routines are there to write them."""
    name = actor.user.name if actor.user else ""
    own = {r.relation for r in outcome.touched if name in r.writers and world.catalog.relations[r.relation].platform}
    touched = [r for r in outcome.touched if r.relation not in own or name not in r.writers]
    made = [(n, values) for n, values in outcome.made if n not in own or name not in world.owners(n, values)]
    return replace(outcome, touched=touched, made=made)


def changed(world: Dataset, actor: Actor, outcome: Outcome) -> str:
    """What foreign was changed or made; empty for nothing."""
    for row in outcome.touched:
        owned = world.shape.kind(row.relation) is not TenancyKind.NONE
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


def published(world: Dataset, outcome: Outcome) -> str:
    """A new row without a tenant, where such rows are shown to everybody; empty for none."""
    for relation, values in outcome.made:
        column = world.shape.tenancy(relation).column
        nobodys = [r for r in world.of.get(relation, ()) if column and r.values.get(column) is None]
        shown = any(EVERYBODY in r.readers for r in nobodys)
        if shown and values.get(column) is None and not world.owners(relation, values):
            return f"a row of {relation} that belongs to nobody, and is shown to everybody, was made"
    return ""


def _reserved(world: Dataset, outcome: Outcome) -> str:
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


def welcomed(world: Dataset, actor: Actor, outcome: Outcome) -> str:
    """The users who were made members of the actor's own tenant: who they are is not foreign to him."""
    shape, name = world.shape, actor.user.name if actor.user else ""
    own = world.tenants_of.get(name, set())
    rows = [v for n, v in outcome.made if n == shape.membership and v.get(shape.membership_tenant) in own]
    return " ".join(v.get(shape.membership_user) or "" for v in rows)


def _planted_for(
    world: Dataset, name: str, relation: str, values: Mapping[str, str | None], outcome: Outcome
) -> frozenset[str]:
    """Strangers whom a new row of one's own names as its tenant or as an owner beside him, and named not before."""
    before = {n for row in outcome.touched if row.relation == relation for n in row.writers}
    tenants = world.tenants_named(relation, dict(values))
    shared = world.shape.kind(relation) in SHARED  # a user's own row may be sent to anybody
    beside = world.owners(relation, dict(values)) - tenants if shared else frozenset()
    strangers = tenants if name not in tenants else beside - tenants - {name}
    return frozenset() if not tenants else strangers - before


def _inserted(outcome: Outcome) -> set[str]:
    return {n for n, _ in outcome.made} if len(outcome.made) > len(outcome.touched) else set()


def _open(world: Dataset, relation: str, owners: frozenset[str]) -> bool:
    return not owners and any(
        world.catalog.find(n) is world.catalog.relations[relation] for n in world.config.anonymous_insert
    )
