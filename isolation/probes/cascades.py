"""Cascades: a tenant's row that hangs on another's by a foreign key goes, or loses what it names, with that one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from isolation.actors.cast import USERS, Actor
from isolation.introspection.tenancy import Tenancy
from isolation.model.catalog import ForeignKey, Relation, literal, quote
from isolation.model.sql import Values, insertion

if TYPE_CHECKING:
    from isolation.engine.prove import Proof

OPERATION, LOST, KEPT, BLIND, SEEN = "DELETE, cascading", "zq lost", "zq kept", "zq blind", "zq seen"
REACHES = "cnd"


def probe(proof: Proof) -> None:
    """A hangs a row onto one of B's that A cannot even see; then B removes his own row."""
    attacker = next((a for a in proof.attackers if a.name == "B"), None)
    for child in proof.turns.of(proof.world.stored if attacker else ()):
        for key in _reaching(proof, child):
            assert attacker is not None
            _cascade(proof, attacker, child, key)


def _reaching(proof: Proof, child: Relation) -> Iterator[ForeignKey]:
    shape = proof.world.shape
    tenancy = shape.of.get(child.name, Tenancy("none"))
    for key in child.foreign_keys:
        target = shape.of.get(key.target, Tenancy("none")).kind
        apart = key.target not in (shape.users, child.name) and target not in ("none", "member")
        alone = tenancy.kind not in ("none", "via") and tenancy.column not in key.columns
        if key.on_delete in REACHES and apart and alone:
            yield key


def _cascade(proof: Proof, attacker: Actor, child: Relation, key: ForeignKey) -> None:
    parent = next((r.values for r in proof.world.of.get(key.target, ()) if "B" in r.writers), None)
    if parent is None:
        return
    given: Values = {c: parent.get(t) for c, t in zip(key.columns, key.target_columns, strict=True)}
    row = proof.planter.compose(child, USERS["A"], given)
    column = proof.world.shape.of[child.name].column
    hangs = " and ".join(f"{quote(c)} = {literal(row.get(c))}" for c in (*key.columns, column))
    target = proof.catalog.relations[key.target]
    where = " and ".join(f"{quote(t)} = {literal(parent.get(t))}" for t in key.target_columns)
    back = "reset session authorization"
    looks = f"select case when exists (select from {target.sql} where {where}) then '{SEEN}' else '{BLIND}' end"
    told = f"select case when exists (select from {child.sql} where {hangs}) then '{KEPT}' else '{LOST}' end"
    removal = (back, attacker.sql, f"delete from {target.sql} where {where}", back, told)
    tried = (proof.owner().sql, looks, insertion(child, row), *removal)
    outcome = proof.arena.attempt(None, tried, look=False)
    if outcome.state is None and LOST in outcome.text and BLIND in outcome.text:
        effect = f"A's row of {child.name} went, or lost what it names, with a row that A cannot see"
        fix = f"put the tenant into the foreign key ({', '.join(key.columns)}) of {child.name}"
        proof.ledger.leak("cascade", attacker, key.target, OPERATION, effect, tried, fix)
        proof.controls_fired += 1
    elif (
        LOST
        in proof.control.attempt(None, (insertion(child, row), f"delete from {target.sql} where {where}", told)).text
    ):
        proof.controls_fired += 1
        proof.ledger.mark(attacker.name, key.target, OPERATION, "blocked")
