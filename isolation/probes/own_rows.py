"""Access: each tenant reaches its own rows, else it is locked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isolation.actors.cast import USERS
from isolation.attempts.session import DENIED
from isolation.introspection.tenancy import Tenancy
from isolation.model.catalog import quote
from isolation.probes import routines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from isolation.actors.cast import Actor
    from isolation.attempts.session import Outcome
    from isolation.engine.prove import Proof
    from isolation.model.catalog import Relation


def probe(proof: Proof) -> None:
    """Each tenant reaches its own: some row of each of its tables, through anything that it may read or call."""
    for owner in proof.turns.of([proof.owner()]):
        _reach(proof, owner)


def _reach(proof: Proof, owner: Actor) -> None:
    relations = list(proof.catalog.relations.values())
    reads = [(f"select * from {r.sql}",) for r in relations]
    got = dict(zip((r.name for r in relations), proof.arena.each(owner, reads, look=False), strict=True))
    calls = [(s,) for r in proof.catalog.routines for s in routines.calls(proof, r, "A")[:6]]
    called = proof.arena.each(owner, calls, look=False)
    told = "\n".join(o.text for o in called if o.state is None)
    for relation in relations:
        tenancy = proof.world.shape.of.get(relation.name, Tenancy("none"))
        platform = relation.name == proof.world.shape.users or relation.platform
        declared = any(proof.catalog.find(n) is relation for n in proof.config.tenancy)
        if (
            relation.kind not in "rp"
            or tenancy.kind == "none"
            or relation.name in proof.world.service_tables
            or (platform and not declared)
        ):
            continue
        if relation.parents:
            continue
        names = {relation.name, *(c.name for c in proof.catalog.children(relation.name))}
        rows = [r for n in names for r in proof.world.of.get(n, ()) if "A" in r.writers]
        keys = [
            str(v)
            for r in rows
            for c in (relation.primary or tuple(r.values))
            if (v := r.values.get(c)) and len(str(v)) > 1
        ]
        direct = got[relation.name]
        if direct.state == DENIED and relation.column_grants:
            columns = [(f"select {quote(c.name)} from {relation.sql}",) for c in relation.columns]
            direct = max([direct, *proof.arena.each(owner, columns, look=False)], key=lambda o: o.rows)
        if (
            rows
            and not direct.rows
            and not any(
                k in told or k in _elsewhere(proof, relation, got)
                for k in keys
                if k not in (USERS["A"].id, *proof.planter.tenants.values())
            )
        ):
            why = direct.error or "none of its own rows came back"
            effect, tried = f"A cannot read what is A's: {why}", (f"select * from {relation.sql}",)
            fix = (
                "let the owner read it: a SELECT policy and grant, without recursion; or declare it under service_only"
            )
            proof.ledger.leak("locked out", owner, relation.name, "ACCESS", effect, tried, fix)
        elif rows:
            proof.ledger.mark("A", relation.name, "ACCESS", "blocked")


def _elsewhere(proof: Proof, relation: Relation, got: Mapping[str, Outcome]) -> str:
    """What other relations told, but for those that merely refer to this one: its key in them is not its row."""
    family = {relation.name, *(c.name for c in proof.catalog.children(relation.name))}
    referring = {r.name for r in proof.catalog.relations.values() if any(k.target in family for k in r.foreign_keys)}
    views = {r.name for r in proof.catalog.relations.values() if r.kind in "vm" and not family & _behind(proof, r)}
    return "\n".join(o.text for name, o in got.items() if o.state is None and name not in referring | views)


def _behind(proof: Proof, relation: Relation) -> set[str]:
    """Every relation that a view reads, through other views as well."""
    found, todo = set[str](), [*relation.reads]
    while todo:
        if (name := todo.pop()) not in found and name in proof.catalog.relations:
            found.add(name)
            todo += proof.catalog.relations[name].reads
    return found
