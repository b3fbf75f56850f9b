"""In place: where nothing may be cloned, all is tried in one transaction of the database itself, and rolled back.

Others stay connected and see nothing of it: nothing is committed, no lock is waited for longer than a second, and
what was planted is gone with the transaction. What a rollback does not undo is not tried, and is unproven.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg

from ..advice.rules import advise
from ..attempts.cell_log import CellLog
from ..attempts.changes import Digest
from ..attempts.controls import ControlPair
from ..attempts.session import Session
from ..attempts.witness import Script
from ..config.check import check
from ..config.model import Config
from ..database.clones import Connection, connect, refuse_powerless
from ..database.pipeline import Result, Wire
from ..errors import Untried
from ..introspection.catalog import read
from ..model.actors import USERS, Actor
from ..model.catalog import Catalog, RelationKind
from ..model.cell import Control, Deed, Evidence, Operation
from ..model.outcome import Outcome
from ..planting.dataset import Dataset, observe, snapshot
from ..planting.inserter import AWAKE, Bracket
from ..planting.planter import Planter
from ..probes.registry import PROBES
from ..probes.routines import CALL
from ..probes.sequences import MOVE
from .context import ProofContext
from .prove import Proof, actor_factory, attack, tenancies, undetermined, unplanted

BASE = "isolation_base"
LIMITS = "set local lock_timeout = '1s'; set local statement_timeout = '5s'; set local client_min_messages = notice"
PLANTING = Bracket("savepoint planting", (AWAKE, "release planting"), "rollback to planting")
FORGET = "reset all; " + LIMITS
"""What was told to the database while planting, such as whose request it was, is told no more."""
STAYS = re.compile(r"\b(setval|dblink\w*|pg_advisory_lock\w*|http_\w+|net\.http\w*|pg_logical_emit_message)\b", re.I)
FOREIGN = Operation("FOREIGN TABLE", Deed.READS)
_ENDS = re.compile(r"(?:^|;)\s*(?:begin|commit|rollback)\s*(?:;|$)", re.I)
_NOT_UNDONE = "a rollback does not undo it, and nothing could be cloned: prove a copy"
_NOT_COMMITTED = "what one request commits, the next must not see: nothing is committed in place"
_UNTRUSTED = """
select p.oid::int8, coalesce((select min(t.tgrelid::regclass::text) from pg_trigger t where t.tgfoid = p.oid
  and not t.tgisinternal), '')
from pg_proc p join pg_language l on l.oid = p.prolang join pg_namespace n on n.oid = p.pronamespace
where not l.lanpltrusted and l.lanname not in ('internal', 'sql') and n.nspname !~ '^(pg_|information_schema)'
  and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
"""


class Nested(Connection):
    """A connection whose every statement has a savepoint of its own: an error does not end the transaction."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run one statement; if it fails, all is as before it."""
        with self.transaction():
            return super().execute(query, params, **more)

    def outermost(self, script: str) -> None:
        """Run a script as it stands."""
        super().execute(script.encode())


class NestedWire(Wire):
    """Runs scripts within somebody's transaction, and none that would end it."""

    def send(self, script: str) -> list[Result]:
        """Run a script. Raises AssertionError for one that would end the transaction and make it last."""
        if _ENDS.search(script):
            raise AssertionError("a script would have committed in place")
        return super().send(script)


class NestedSession(Session):
    """A session in somebody else's transaction: what it does begins and ends where planting ended."""

    opens = ends = f"rollback to {BASE}"

    def __init__(self, connection: Nested, world: Dataset) -> None:
        self._known: set[tuple[str, str]] = set()
        self.world, self.dsn = world, ""
        self.unset, self._other = True, None  # there is but this connection
        self._use(connection)
        self.wire = NestedWire(connection)

    def settle(self, connection: Connection) -> None:
        """Take note of the rows that are there before anything is tried: of planting, and of triggers beside it."""
        self._known = {at for relation in self.world.stored for at in snapshot(connection, relation)}

    @property
    def busy(self) -> bool:
        """A transaction is always open, and what was tried in it is undone."""
        return True

    def reopened(self) -> bool:
        """Whatever ends the connection ends the proof: what was planted is gone with it. Raises Untried."""
        if self.connection.closed:
            raise Untried("the connection was ended, and what was planted in its transaction with it: prove a copy")
        return False

    def digest(self, result: Result) -> Digest:
        """What was written since planting."""
        digest = super().digest(result)
        for name, rows in digest.made.items():
            digest.made[name] = [(place, body) for place, body in rows if (name, place) not in self._known]
        return digest


class UnprotectedSession(NestedSession):
    """The same actions as the superuser: no grant is missing and no policy applies, without touching either."""

    def each(
        self,
        actor: Actor | None,
        tries: Sequence[Sequence[str]],
        *,
        before: str = "",
        first: Sequence[str] = (),
        look: bool = True,
    ) -> list[Outcome]:
        """Act with the actor's claims in the role that we connect as."""
        bare = replace(actor, role=self.connection.info.user) if actor else None
        return super().each(bare, tries, before=before, first=first, look=look)


@contextmanager
def proved(config: Config, schemas: tuple[str, ...], dsn: str) -> Iterator[Proof]:
    """Plant and attack in one transaction that is rolled back. Raises BadInput and Untried."""
    connect(dsn).close()  # says what is wrong with it
    with Nested.connect(dsn, autocommit=True, prepare_threshold=None, application_name="isolation") as connection:
        refuse_powerless(connection)
        connection.outermost(f"begin isolation level repeatable read; {LIMITS}")
        try:
            yield _proof(config, schemas, connection)
        finally:
            if not connection.closed:
                connection.outermost("rollback")


def _proof(config: Config, schemas: tuple[str, ...], connection: Nested) -> Proof:
    catalog = read(connection, schemas)
    check(config, catalog, schemas)
    shape = tenancies(catalog, config)
    untrusted = dict(connection.execute(_UNTRUSTED).fetchall())
    _refuse_triggers(catalog, untrusted)
    planter = Planter(connection, catalog, config, shape, PLANTING)
    planter.plant()
    connection.outermost(f"set constraints all immediate; {FORGET}")
    world = observe(connection, planter)
    factory = actor_factory(config, planter, world)
    sessions = NestedSession(connection, world), UnprotectedSession(connection, world)
    pair = ControlPair(*sessions, factory.owner())
    for session in sessions:
        session.settle(connection)
    connection.outermost(f"savepoint {BASE}")  # after what the sessions need was made
    context = ProofContext(_undone(catalog, untrusted), config, planter, world, factory, pair, alters=False)
    log = CellLog(script=Script(catalog, shape, planter.script))
    advice = advise(connection, catalog, schemas)
    for evidence in _left_out(context, catalog):
        log.add(evidence)
    attack(context, log, [p for p in PROBES if not p.commits])
    for evidence in (*unplanted(context), *undetermined(context)):
        log.add(evidence)
    return Proof(context, log, advice=advice)


def _refuse_triggers(catalog: Catalog, untrusted: dict[int, str]) -> None:
    """Planting fires triggers: where one does what cannot be undone, nothing is planted at all. Raises Untried."""
    for relation in catalog.relations.values():
        if any(STAYS.search(source) for source in relation.triggers) or relation.name in untrusted.values():
            raise Untried(
                f"{relation.name} has a trigger whose effects a rollback does not undo: prove a copy of the database"
            )


def _undone(catalog: Catalog, untrusted: dict[int, str]) -> Catalog:
    """The catalog without what a rollback does not undo."""
    return replace(
        catalog,
        relations={n: r for n, r in catalog.relations.items() if r.kind is not RelationKind.FOREIGN},
        routines=tuple(r for r in catalog.routines if r.oid not in untrusted and not STAYS.search(r.source)),
        sequences=(),
    )


def _left_out(context: ProofContext, whole: Catalog) -> Iterator[Evidence]:
    """What was not tried, and why."""
    actor = context.user(USERS["B"])
    undone, committed = Control(False, _NOT_UNDONE), Control(False, _NOT_COMMITTED)
    for relation in whole.relations.values():
        if relation.kind is RelationKind.FOREIGN:
            yield Evidence(actor, relation.name, FOREIGN, "", undone, ())
    for routine in whole.routines:
        if routine not in context.catalog.routines:
            yield Evidence(actor, routine.signature, CALL, "", undone, ())
    for sequence in whole.sequences:
        yield Evidence(actor, sequence.name, MOVE, "", undone, ())
    for probe in PROBES:
        if probe.commits:
            target, operation = probe.commits
            yield Evidence(actor, target, operation, "", committed, ())
