"""The proof of one database: plant, attack, compare with the control, and write down what came of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from isolation import (
    access,
    cascades,
    cells,
    interference,
    notifications,
    oracles,
    predicates,
    reach,
    reuse,
    routines,
    shadows,
    steps,
)
from isolation.actors import USERS, Actor, Cast
from isolation.advice import advise
from isolation.arena import Arena, Outcome, unprotect
from isolation.arguments import Arguments
from isolation.catalog import Catalog, Relation, read
from isolation.checking import check
from isolation.clone import Workshop, connect
from isolation.config import Config
from isolation.errors import BadInput
from isolation.inserter import ASLEEP
from isolation.judge import changed, seen
from isolation.ledger import Ledger
from isolation.progress import Progress
from isolation.seat import Seat
from isolation.synthesis import Planter
from isolation.tables import Attack
from isolation.tenancy import Tenancy, infer
from isolation.witness import Script
from isolation.world import Row, World, observe

MANY, MOST_SEATS = 60, 4
STAGES: Mapping[str, Callable[[Proof], None]] = {
    "attacking each relation": cells.probe,
    "calling routines": routines.probe,
    "taking two steps": steps.probe,
    "asking for what exists": oracles.probe,
    "watching answers change": interference.probe,
    "filtering through views": predicates.probe,
    "taking on roles": reach.probe,
    "shadowing tables": shadows.probe,
    "hanging rows onto others'": cascades.probe,
    "reading as the owner": access.probe,
}


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
    further: Sequence[Seat] = ()
    progress: Progress = field(default_factory=Progress)

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

    @cached_property
    def seat(self) -> Seat:
        """Where what comes one after another is tried from."""
        return Seat(self.arena, self.control, self.owner())

    def controls(self, actor: Actor | None, tries: Sequence[tuple[str, ...]], before: str = "") -> list[Outcome]:
        """The same actions with the protection taken away, each tried once."""
        return self.seat.controls(actor, tries, before)

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
            if relation.kind == "f" and self._filled_elsewhere(relation) and outcome.state is None and outcome.rows:
                return "rows came back that another server keeps, and no policy filters them"
            return seen(self.world, actor, outcome)
        if outcome.state is not None:
            return seen(self.world, actor, outcome, " ".join(attack.statements))
        return (
            changed(self.world, actor, outcome)
            or self._reference_written(relation, outcome)
            or seen(self.world, actor, outcome, " ".join(attack.statements))
        )

    def _filled_elsewhere(self, relation: Relation) -> bool:
        owned = self.world.shape.of.get(relation.name, Tenancy("none")).kind != "none"
        return owned and not any(self.catalog.find(p.relation) is relation for p in self.config.public)

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


def _further_seats(catalog: Catalog) -> int:
    """How many more pairs of clones are worth their making: rows are locked where two try things in the same one."""
    return min(MOST_SEATS, os.cpu_count() or 1) - 1 if len(catalog.relations) >= MANY else 0


def prove(config: Config, schemas: tuple[str, ...], shop: Workshop, *, mutate: bool = False) -> Proof:
    """Plant two tenants in a clone of the database and attack. Raises BadInput and Untried."""
    progress = Progress()
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
        planter.plant(progress)
        world = observe(connection, planter)
    cast = Cast(catalog, config, planter.tenants | {"M": planter.tenants["A"]})
    cast.held = world.identifier
    planted = str(conninfo_to_dict(target)["dbname"])
    spoilt = shop.clone(planted) if notifications.speaks(catalog) else ""
    pristine = str(conninfo_to_dict(shop.clone(planted))["dbname"]) if mutate else ""
    bare = shop.clone(planted)
    roles = [r for r in dict.fromkeys((cast.member, config.member, config.anonymous)) if r in catalog.roles]
    unprotect(bare, world, [str(r) for r in roles])
    stripped = str(conninfo_to_dict(bare)["dbname"])
    more = [(shop.clone(planted), shop.clone(stripped)) for _ in range(_further_seats(catalog))]
    planter.use(connect(target))
    awake = "set local session_replication_role = origin"
    lines = [(name, f"{s}; {awake}" if ASLEEP in s else s) for name, s in planter.script]
    ledger = Ledger(script=Script(catalog, shape, lines))
    proof = Proof(catalog, config, planter, world, cast, Arena(target, world), Arena(bare, world), ledger)
    proof.advice, proof.progress = advice, progress
    proof.further = [Seat(Arena(t, world), Arena(b, world), proof.owner()) for t, b in more]
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
        for seat in proof.further:
            seat.close()
    return proof


def _attack(proof: Proof) -> None:
    for stage, probe in STAGES.items():
        proof.progress.at(stage)
        probe(proof)
    planted = {r.relation for r in proof.world.rows.values()}
    for failed in proof.planter.unplanted:
        if failed.relation not in planted:
            proof.ledger.mark("A", failed.relation, "PLANT", "unproven", failed.why)
    proof.progress.at("reusing connections")
    reuse.probe(proof)
