"""The proof of one database: plant, attack, compare with the control, and write down what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from isolation import access, cells, interference, notifications, oracles, predicates, reach, reuse, routines, steps
from isolation.actors import USERS, Actor, Cast
from isolation.advice import advise
from isolation.arena import Arena, Outcome, unprotect
from isolation.arguments import Arguments
from isolation.catalog import Catalog, Relation, read
from isolation.checking import check
from isolation.clone import Workshop, connect
from isolation.config import Config
from isolation.errors import BadInput
from isolation.judge import changed, seen
from isolation.ledger import Ledger
from isolation.synthesis import Planter
from isolation.tables import Attack
from isolation.tenancy import Tenancy, infer
from isolation.world import Row, World, observe


@dataclass
class Proof:
    """Everything that the attacks share."""

    catalog: Catalog
    config: Config
    planter: Planter
    world: World
    cast: Cast
    arena: Arena
    control: Arena
    ledger: Ledger
    controls_fired: int = 0
    mutation: dict[str, Any] = field(default_factory=dict)
    advice: list[dict[str, str]] = field(default_factory=list)
    _memory: dict[tuple[str, tuple[str, ...], str], Outcome] = field(default_factory=dict)
    _owners: dict[tuple[str, ...], Outcome] = field(default_factory=dict)

    @cached_property
    def attackers(self) -> list[Actor]:
        """Everybody who must not reach what is A's."""
        return list(self.cast.attackers())

    @cached_property
    def arguments(self) -> Arguments:
        """Values for the arguments of routines."""
        return Arguments(self.world)

    @cached_property
    def _owner(self) -> Actor:
        return self.cast.user(USERS["A"])

    def owner(self) -> Actor:
        """Tenant A in the application's role."""
        return self._owner

    def controls(self, actor: Actor | None, tries: Sequence[tuple[str, ...]], before: str = "") -> list[Outcome]:
        """The same actions with the protection taken away, each tried once."""
        who = actor.sql if actor else ""
        new = [t for t in dict.fromkeys(tries) if (who, t, before) not in self._memory]
        for statements, outcome in zip(new, self.control.each(actor, new, before=before), strict=True):
            self._memory[who, statements, before] = outcome
        return [self._memory[who, t, before] for t in tries]

    def as_owner(self, tries: Sequence[tuple[str, ...]]) -> list[Outcome]:
        """What the owner gets by the same actions, each tried once."""
        new = [t for t in dict.fromkeys(tries) if t not in self._owners]
        self._owners |= zip(new, self.arena.each(self.owner(), new), strict=True)
        return [self._owners[t] for t in tries]

    def effect(self, actor: Actor, relation: Relation, attack: Attack, outcome: Outcome) -> str:
        """What the attack achieved, in words."""
        if attack.operation == "SELECT":
            if (
                relation.name in self.world.service_tables
                and relation.name != self.world.shape.membership
                and outcome.rows
                and outcome.state is None
            ):
                return "rows that only the service may read came back"
            return seen(self.world, actor, outcome)
        if outcome.state is not None:
            return seen(self.world, actor, outcome, " ".join(attack.statements))
        return (
            changed(self.world, actor, outcome)
            or self._reference_written(relation, outcome)
            or seen(self.world, actor, outcome, " ".join(attack.statements))
        )

    def _reference_written(self, relation: Relation, outcome: Outcome) -> str:
        kind = self.world.shape.of.get(relation.name, Tenancy("none")).kind
        anonymous = any(self.catalog.find(n) is relation for n in self.config.anonymous_insert)
        if relation.kind in "rpf" and kind == "none" and (outcome.touched or (outcome.made and not anonymous)):
            return f"{relation.name} belongs to no tenant, and was written"
        return ""

    def foreign_rows(self, relation: Relation) -> list[Row]:
        """The rows that lie in this relation, or in what it reads."""
        names = dict.fromkeys([relation.name, *(c.name for c in self.catalog.children(relation.name)), *relation.reads])
        return [r for name in names for r in self.world.of.get(name, ())]


def prove(config: Config, schemas: tuple[str, ...], shop: Workshop, *, mutate: bool = False) -> Proof:
    """Plant two tenants in a clone of the database and attack. Raises BadInput and Untried."""
    target = shop.clone()
    with connect(target) as connection:
        catalog = read(connection, schemas)
        shape = infer(catalog, config)
        if all(t.kind == "none" for n, t in shape.of.items() if n != shape.users):
            raise BadInput(
                'no relation with a tenant was found: name each under [tenancy], as "schema.table" = "column"'
            )
        check(config, catalog, schemas)
        advice = advise(connection, catalog, schemas)
        connection.execute("set statement_timeout = '20s'")
        planter = Planter(connection, catalog, config, shape)
        planter.plant()
        world = observe(connection, planter)
    cast = Cast(catalog, config, planter.tenants | {"M": planter.tenants["A"]})
    planted = str(conninfo_to_dict(target)["dbname"])
    bare, spoilt = shop.clone(planted), shop.clone(planted) if notifications.fixed(catalog) else ""
    pristine = str(conninfo_to_dict(shop.clone(planted))["dbname"]) if mutate else ""
    roles = [r for r in dict.fromkeys((cast.member, config.member, config.anonymous)) if r in catalog.roles]
    planter.use(connect(target))
    unprotect(bare, world, [str(r) for r in roles])
    ledger = Ledger(script=[s for _, s in planter.script])
    proof = Proof(catalog, config, planter, world, cast, Arena(target, world), Arena(bare, world), ledger)
    proof.advice = advice
    try:
        _attack(proof)
        if spoilt:
            notifications.probe(proof, spoilt)
        if mutate:
            from isolation.mutation import score

            proof.mutation = score(proof, shop, pristine)
    finally:
        proof.arena.close()
        proof.control.close()
        planter.connection.close()
    return proof


def _attack(proof: Proof) -> None:
    cells.probe(proof)
    routines.probe(proof)
    steps.probe(proof)
    oracles.probe(proof)
    interference.probe(proof)
    predicates.probe(proof)
    reach.probe(proof)
    access.probe(proof)
    planted = {r.relation for r in proof.world.rows.values()}
    for failed in proof.planter.unplanted:
        if failed.relation not in planted:
            proof.ledger.mark("A", failed.relation, "PLANT", "unproven", failed.why)
    reuse.probe(proof)
