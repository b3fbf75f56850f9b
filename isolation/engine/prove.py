"""The proof of one database: plant, attack, compare with the control, and write down what came of it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from isolation.actors.cast import USERS, Actor, Cast
from isolation.advice import rules
from isolation.attempts.cell_log import Ledger
from isolation.attempts.controls import Seat
from isolation.attempts.effects import changed, published, seen
from isolation.attempts.session import Arena, Outcome, unprotect
from isolation.attempts.witness import Script
from isolation.config.check import check
from isolation.config.model import Config
from isolation.database.clones import Connection, Workshop, connect
from isolation.engine.progress import Progress
from isolation.engine.turns import Turns
from isolation.engine.workers import helpful, hired
from isolation.errors import BadInput
from isolation.introspection.catalog import read
from isolation.introspection.tenancy import Shape, Tenancy, infer
from isolation.model.catalog import Catalog, Relation, literal
from isolation.planting.inserter import ASLEEP
from isolation.planting.planter import Planter
from isolation.planting.world import Row, World, observe
from isolation.probes import (
    cascades,
    connection_reuse,
    existence,
    interference,
    leaky_predicates,
    notifications,
    own_rows,
    privileges,
    routines,
    search_path,
    statements,
    two_steps,
)
from isolation.probes.arguments import Arguments
from isolation.probes.attacks import Attack

_GRANTS = re.compile(
    r"\bgrant\b|(?:^|[;'$]|\b(?:begin|then|else|loop))\s*(?:set|alter)\s+(?:local\s+|session\s+)?role\b"
    r"|set_config\(\s*'role'",
    re.I,
)
_ELSEWHERE = ("HV", "08")
"""States of a foreign table that may be read, and whose server does not answer."""
STAGES: Mapping[str, Callable[[Proof], None]] = {
    "attacking each relation": statements.probe,
    "calling routines": routines.probe,
    "taking two steps": two_steps.probe,
    "asking for what exists": existence.probe,
    "watching answers change": interference.probe,
    "filtering through views": leaky_predicates.probe,
    "taking on roles": privileges.probe,
    "shadowing tables": search_path.probe,
    "hanging rows onto others'": cascades.probe,
    "reading as the owner": own_rows.probe,
    "reusing connections": connection_reuse.probe,
    "listening": notifications.probe,
    "asking for advice": rules.probe,
}


Found = tuple[Ledger, int, list[dict[str, str]]]


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
    turns: Turns = field(default_factory=Turns)
    progress: Progress = field(default_factory=Progress)
    schemas: tuple[str, ...] = ()
    spoilt: str = ""
    """A clone that may be committed to."""

    @cached_property
    def attackers(self) -> list[Actor]:
        """Everybody who must not reach what is A's."""
        return list(self.cast.attackers())

    @cached_property
    def grants(self) -> bool:
        """Whether something in the database hands out grants or roles while it runs."""
        return bool(_GRANTS.search("\n".join([self.catalog.texts, *self.catalog.trigger_sources.values()])))

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

    def found(self) -> Found:
        """What came of this process's share."""
        self.ledger.script = None
        return self.ledger, self.controls_fired, self.advice

    def take(self, found: Found) -> None:
        """Add what came of another process's share."""
        ledger, fired, advice = found
        self.ledger.merge(ledger, (*self.catalog.relations, *(r.signature for r in self.catalog.routines)))
        self.controls_fired += fired
        self.advice += advice

    def effect(self, actor: Actor, relation: Relation, attack: Attack, outcome: Outcome) -> str:
        """What the attack achieved, in words."""
        if attack.operation in ("SELECT", "COPY"):
            if (
                relation.name in self.world.service_tables
                and relation.name != self.world.shape.membership
                and outcome.rows
                and outcome.state is None
            ):
                return "rows that only the service may read came back"
            if relation.kind == "f" and self._filled_elsewhere(relation) and outcome.state is None and outcome.rows:
                return "rows came back that another server keeps, and no policy filters them"
            if relation.kind == "f" and self._filled_elsewhere(relation) and (outcome.state or "")[:2] in _ELSEWHERE:
                return "another server was asked for all of its rows, and no policy filters what it answers"
            return seen(self.world, actor, outcome)
        if outcome.state is not None:
            return seen(self.world, actor, outcome, " ".join(attack.statements))
        return (
            changed(self.world, actor, outcome)
            or self._reference_written(relation, outcome)
            or (published(self.world, outcome) if attack.operation == "INSERT" else "")
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


@dataclass(frozen=True)
class Task:
    """What a process needs to try things out; it can be handed to another one."""

    catalog: Catalog
    config: Config
    schemas: tuple[str, ...]
    planter: Planter
    world: World
    cast: Cast
    target: str
    bare: str
    spoilt: str
    """The clones: planted, the same unprotected, and one to commit to, if anything is said that has to be committed."""

    @contextmanager
    def proof(self, turns: Turns, progress: Progress | None = None) -> Iterator[Proof]:
        """At connections of this process's own."""
        self.planter.use(connect(self.target))
        neighbour = self._neighbour()
        arenas = Arena(self.target, self.world), Arena(self.bare, self.world)
        proof = Proof(self.catalog, self.config, self.planter, self.world, self.cast, *arenas, self._ledger())
        proof.turns, proof.schemas, proof.spoilt = turns, self.schemas, self.spoilt
        proof.progress = progress or Progress(every_s=math.inf)
        try:
            yield proof
        finally:
            proof.seat.close()
            neighbour.close()
            self.planter.connection.close()

    def _neighbour(self) -> Connection:
        """A session of A's beside the attacker's, whose last statement looks for what is A's."""
        connection = connect(self.target)
        mark = next((t for t, readers in self.world.entitled.items() if readers == {"A"}), "")
        connection.execute(f"select {literal(mark)}".encode())
        return connection

    def _ledger(self) -> Ledger:
        awake = "set local session_replication_role = origin"
        lines = [(name, f"{s}; {awake}" if ASLEEP in s else s) for name, s in self.planter.script]
        return Ledger(script=Script(self.catalog, self.planter.shape, lines))


def prove(config: Config, schemas: tuple[str, ...], shop: Workshop, *, mutate: bool = False) -> Proof:
    """Plant two tenants in a clone of the database and attack. Raises BadInput and Untried."""
    target, progress = shop.clone(), Progress()
    with connect(target) as connection:
        catalog = read(connection, schemas)
        shape = tenancies(catalog, config)
        check(config, catalog, schemas)
    with hired(helpful(len(catalog.relations) + len(catalog.routines))) as crew:
        with connect(target) as connection:
            connection.execute("set statement_timeout = '20s'")
            planter = Planter(connection, catalog, config, shape)
            planter.plant(progress)
            world = observe(connection, planter)
        task = _task(shop, config, schemas, target, world, planter)
        pristine = shop.clone(target) if mutate else ""
        for number in range(len(crew)):
            crew.begin(number, replace(task, target=shop.clone(target), bare=shop.clone(task.bare)))
        with task.proof(Turns(crew.counter if crew else None), progress) as proof:
            attack(proof)
            for found in crew.reports():
                proof.take(found)
            _unplanted(proof)
            if mutate:
                from isolation.mutation.score import score

                proof.mutation = score(proof, shop, pristine)
    return proof


def tenancies(catalog: Catalog, config: Config) -> Shape:
    """Whose each relation's rows are. Raises BadInput where there is no tenant at all."""
    shape = infer(catalog, config)
    if all(t.kind == "none" for n, t in shape.of.items() if n != shape.users):
        raise BadInput('no relation with a tenant was found: name each under [tenancy], as "schema.table" = "column"')
    return shape


def _task(
    shop: Workshop, config: Config, schemas: tuple[str, ...], target: str, world: World, planter: Planter
) -> Task:
    """Everything that attacks need, with clones of what was planted."""
    catalog, cast = world.catalog, Cast(world.catalog, config, planter.tenants | {"M": planter.tenants["A"]})
    cast.held = world.identifier
    spoilt = shop.clone(target) if notifications.speaks(catalog) else ""
    bare = shop.clone(target)
    roles = [r for r in dict.fromkeys((cast.member, config.member, config.anonymous)) if r in catalog.roles]
    unprotect(bare, world, [str(r) for r in roles])
    return Task(catalog, config, schemas, planter, world, cast, target, bare, spoilt)


def attack(proof: Proof) -> None:
    """Everything that falls to this process."""
    for stage, probe in STAGES.items():
        proof.progress.at(stage)
        probe(proof)


def _unplanted(proof: Proof) -> None:
    planted = {r.relation for r in proof.world.rows.values()}
    for failed in proof.planter.unplanted:
        if failed.relation not in planted:
            proof.ledger.mark("A", failed.relation, "PLANT", "unproven", failed.why)
