"""The proof of one database: plant, attack, compare with the control, and write down what came of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from ..actors.factory import ActorFactory
from ..advice.rules import Advice, advise
from ..attempts.cell_log import CellLog
from ..attempts.controls import ControlPair
from ..attempts.session import Session
from ..attempts.witness import Script
from ..config.check import check
from ..config.model import Config
from ..database.clones import CloneFactory, Connection, connect
from ..database.unprotected import unprotect
from ..errors import BadInput
from ..introspection.catalog import read
from ..introspection.tenancy import Shape, TenancyKind, infer, policy_texts
from ..introspection.texts import asks_caller
from ..model.catalog import Catalog, Relation
from ..model.cell import Control, Deed, Evidence, Operation
from ..model.sql import literal
from ..planting.dataset import Dataset, observe
from ..planting.inserter import ASLEEP, AWAKE
from ..planting.planter import Planter
from ..probes import notifications
from ..probes.base import Probe
from ..probes.registry import PROBES, channels
from .context import ProofContext
from .progress import Progress
from .turns import Turns
from .workers import worker_pool, workers_worth_starting

PLANT, TENANCY = Operation("PLANT", Deed.READS), Operation("TENANCY", Deed.READS)


@dataclass
class Proof:
    """What came of a database, and the context that it was tried in, which is open for as long as the proof is."""

    context: ProofContext
    log: CellLog
    pristine: str = ""
    """A clone that was planted, and that nothing was tried in."""
    advice: list[Advice] = field(default_factory=list)
    channels: list[str] = field(default_factory=channels)


@dataclass(frozen=True)
class Task:
    """What a process needs to try things out; it can be handed to another one."""

    catalog: Catalog
    config: Config
    planter: Planter
    world: Dataset
    factory: ActorFactory
    target: str
    bare: str
    spoilt: str
    """The clones: planted, the same unprotected, and one to commit to, if anything is said that has to be committed."""

    @contextmanager
    def context(self, turns: Turns, progress: Progress | None = None) -> Iterator[ProofContext]:
        """At connections of this process's own."""
        self.planter.use(connect(self.target))
        neighbour = self._neighbour()
        sessions = Session(self.target, self.world), Session(self.bare, self.world)
        pair = ControlPair(*sessions, self.factory.owner())
        context = ProofContext(self.catalog, self.config, self.planter, self.world, self.factory, pair, turns)
        context.progress, context.spoilt = progress or Progress(every_s=math.inf), self.spoilt
        try:
            yield context
        finally:
            pair.close()
            neighbour.close()
            self.planter.connection.close()

    def _neighbour(self) -> Connection:
        """A session of A's beside the attacker's, whose last statement looks for what is A's."""
        connection = connect(self.target)
        canary = next((t for t, readers in self.world.entitled.items() if readers == {"A"}), "")
        connection.execute(f"select {literal(canary)}".encode())
        return connection

    def log(self) -> CellLog:
        """An empty one, that knows how to plant what a witness needs."""
        lines = [(name, f"{s}; {AWAKE}" if ASLEEP in s else s) for name, s in self.planter.script]
        return CellLog(script=Script(self.catalog, self.planter.shape, lines))


@contextmanager
def proved(
    config: Config, schemas: tuple[str, ...], clones: CloneFactory, *, keep_pristine: bool = False
) -> Iterator[Proof]:
    """Plant two tenants in a clone of the database and attack. Raises BadInput and Untried."""
    target, progress = clones.clone(), Progress()
    with connect(target) as connection:
        catalog = read(connection, schemas)
        check(config, catalog, schemas)
        shape = tenancies(catalog, config)
    with worker_pool(workers_worth_starting(len(catalog.relations) + len(catalog.routines))) as pool:
        with connect(target) as connection:
            connection.execute("set statement_timeout = '20s'")
            planter = Planter(connection, catalog, config, shape)
            planter.plant(lambda done, of: progress.at("planting rows", done, of))
            world = observe(connection, planter)
        task = _task(clones, config, target, world, planter)
        pristine = clones.clone(target) if keep_pristine else ""
        for number in range(len(pool)):
            pool.begin(number, replace(task, target=clones.clone(target), bare=clones.clone(task.bare)))
        with task.context(Turns(pool.counter if pool else None), progress) as context:
            proof = Proof(context, attack(context, task.log()), pristine)
            order = [*catalog.relations, *(r.signature for r in catalog.routines)]
            for log in pool.reports():
                proof.log.merge(log, order)
            for evidence in (*unplanted(context), *undetermined(context)):
                proof.log.add(evidence)
            progress.at("asking for advice")
            proof.advice = advise(context.pair.session.connection, catalog, schemas)
            yield proof


def tenancies(catalog: Catalog, config: Config) -> Shape:
    """Whose each relation's rows are. Raises BadInput where there is no tenant at all."""
    shape = infer(catalog, config)
    declared = {r.name for n in config.tenancy if (r := catalog.find(n))}
    if all(t.kind is TenancyKind.NONE for n, t in shape.of.items() if n != shape.users or n in declared):
        raise BadInput('no relation with a tenant was found: name each under [tenancy], as "schema.table" = "column"')
    return shape


def actor_factory(config: Config, planter: Planter, world: Dataset) -> ActorFactory:
    """Actors of the tenants that were planted."""
    factory = ActorFactory(world.catalog, config, planter.tenants | {"M": planter.tenants["A"]})
    factory.identifying, factory.removed = world.identifier, planter.removed
    return factory


def _task(clones: CloneFactory, config: Config, target: str, world: Dataset, planter: Planter) -> Task:
    """Everything that attacks need, with clones of what was planted."""
    catalog, factory = world.catalog, actor_factory(config, planter, world)
    spoilt = clones.clone(target) if notifications.speaks(catalog) else ""
    bare = clones.clone(target)
    roles = [r for r in dict.fromkeys((factory.member, config.member, config.anonymous)) if r in catalog.roles]
    unprotect(bare, catalog, [str(r) for r in roles])
    return Task(catalog, config, planter, world, factory, target, bare, spoilt)


def attack(context: ProofContext, log: CellLog, probes: Iterable[Probe] = PROBES) -> CellLog:
    """Run every probe, as far as it falls to this process, and write down what it saw."""
    for probe in probes:
        context.progress.at(probe.stage)
        for evidence in probe.run(context):
            log.add(evidence)
    return log


def undetermined(context: ProofContext) -> Iterator[Evidence]:
    """Relations whose policies ask who calls, while nothing tells whose a row is."""
    why = "a policy asks who calls, and nothing tells whose a row is: name it under [tenancy], or declare it"
    for relation in _ownerless(context):
        if any(asks_caller(text) for text in policy_texts(relation)):
            yield Evidence(context.owner(), relation.name, TENANCY, "", Control(False, why), ())


def assumed(context: ProofContext) -> list[str]:
    """What was taken for granted, by name, for people to contradict."""
    shape, world = context.world.shape, context.world
    lines = []
    for relation in _ownerless(context):
        taken = "what everybody may know, since everybody may read it" if relation.name in world.reference else "secret"
        lines.append(f"{relation.name}: no tenant was found; what it holds is taken for {taken}")
    if shape.membership and not any(context.catalog.find(n) is context.catalog.find(shape.membership)
                                    for n in context.config.tenancy):  # fmt: skip
        lines.append(f"{shape.membership}: taken for the table of memberships")
    for name, tenancy in shape.of.items():
        declared = any(context.catalog.find(n) is context.catalog.relations[name] for n in context.config.tenancy)
        if tenancy.kind in (TenancyKind.USER, TenancyKind.TENANT, TenancyKind.PATTERN) and not declared:
            within = f"{tenancy.column} ->> {tenancy.key}" if tenancy.key else tenancy.column
            lines.append(f"{name}: {within} is taken for what names its {tenancy.kind}")
    return lines


def _ownerless(context: ProofContext) -> list[Relation]:
    """Relations of the application that hold rows, of which nobody said or told whose they are."""
    public = [context.catalog.find(p.relation) for p in context.config.public]
    return [
        r
        for r in context.world.stored
        if context.world.shape.kind(r.name) is TenancyKind.NONE
        and r.name not in context.world.service_tables
        and r not in public
        and not r.platform
    ]


def unplanted(context: ProofContext) -> Iterator[Evidence]:
    """What holds no row, so that nothing could be tried there."""
    planted = {r.relation for r in context.world.rows.values()}
    for failed in context.planter.unplanted:
        if failed.relation not in planted:
            yield Evidence(context.owner(), failed.relation, PLANT, "", Control(False, failed.why), ())
