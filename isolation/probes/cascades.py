"""Cascades: a tenant's row that hangs on another's by a foreign key goes, or loses what it names, with that one."""

from __future__ import annotations

from collections.abc import Iterator

from ..introspection.tenancy import TenancyKind
from ..model.actors import USERS, Actor, ActorKind
from ..model.catalog import ForeignKey, OnDelete, Relation
from ..model.cell import Control, Deed, Evidence, Operation
from ..model.insertion import insertion
from ..model.sql import Values, literal, quote
from .base import Context, Probe

CASCADING, LOST, KEPT, BLIND, SEEN = (
    Operation("DELETE, cascading", Deed.REMOVES), "zq lost", "zq kept", "zq blind", "zq seen"
)  # fmt: skip
BACK = "reset session authorization"


def run(context: Context) -> Iterator[Evidence]:
    """A hangs a row onto one of B's that A cannot even see; then B removes his own row."""
    attacker = next(iter(context.attackers(ActorKind.NEIGHBOUR)), None)
    for child in context.share(context.world.stored, "hanging rows onto others'"):
        for key in _reaching(context, child) if attacker else ():
            assert attacker is not None
            yield from _cascade(context, attacker, child, key)


def _reaching(context: Context, child: Relation) -> Iterator[ForeignKey]:
    shape = context.world.shape
    tenancy = shape.tenancy(child.name)
    meant = {(context.catalog.find(p), context.catalog.find(c)) for p, c in context.config.cascades}
    for key in child.foreign_keys:
        if (context.catalog.relations.get(key.target), child) in meant:
            continue
        target = shape.kind(key.target)
        apart = key.target not in (shape.users, child.name)
        tenanted = target not in (TenancyKind.NONE, TenancyKind.MEMBER)
        alone = tenancy.kind not in (TenancyKind.NONE, TenancyKind.VIA) and tenancy.column not in key.columns
        if _harms(context, key) and apart and tenanted and alone:
            yield key


def _harms(context: Context, key: ForeignKey) -> bool:
    """Whether a row goes with another, or loses what it names where names are chosen and known, not drawn."""
    target = context.catalog.relations.get(key.target)
    drawn = target is None or any(c.surrogate for c in target.columns if c.name in key.target_columns)
    loses = key.on_delete in (OnDelete.SET_NULL, OnDelete.SET_DEFAULT)
    return key.on_delete is OnDelete.CASCADE or (loses and not drawn)


def _cascade(context: Context, attacker: Actor, child: Relation, key: ForeignKey) -> Iterator[Evidence]:
    parent = next((r.values for r in context.world.of.get(key.target, ()) if "B" in r.writers), None)
    if parent is None:
        return
    chosen: Values = {c: parent.get(t) for c, t in zip(key.columns, key.target_columns, strict=True)}
    row = context.compose(child, USERS["A"], chosen)
    column = context.world.shape.of[child.name].column
    hangs = " and ".join(f"{quote(c)} = {literal(row.get(c))}" for c in (*key.columns, column))
    target = context.catalog.relations[key.target]
    where = " and ".join(f"{quote(t)} = {literal(parent.get(t))}" for t in key.target_columns)
    looks = f"select case when exists (select from {target.sql} where {where}) then '{SEEN}' else '{BLIND}' end"
    left = f"select case when exists (select from {child.sql} where {hangs}) then '{KEPT}' else '{LOST}' end"
    removal = f"delete from {target.sql} where {where}"
    tried = (context.owner().sql, looks, insertion(child, row), BACK, attacker.sql, removal, BACK, left)
    outcome = context.attempt(None, tried, look=False)
    effect = ""
    if outcome.ran and LOST in outcome.text and BLIND in outcome.text:
        effect = f"A's row of {child.name} went, or lost what it names, with a row that A cannot see"
    fired = LOST in context.control(None, (insertion(child, row), removal, left), look=False).text
    fix = f"-- put the tenant into the foreign key ({', '.join(key.columns)}) of {child.name}"
    if effect or fired:
        yield Evidence(attacker, key.target, CASCADING, effect, Control(fired), tried, kind="cascade", fix=fix)


PROBE = Probe("hanging rows onto others'", ("cascades onto foreign rows",), run)
