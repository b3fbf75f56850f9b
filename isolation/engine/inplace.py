"""In place: where nothing may be cloned, all is tried in one transaction of the database itself, and rolled back.

Others stay connected and see nothing of it: nothing is committed, no lock is waited for longer than a second, and
what was planted is gone with the transaction. What a rollback does not undo is not tried, and is unproven.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import psycopg

from isolation.actors.cast import Actor, Cast
from isolation.advice.rules import advise
from isolation.attempts.cell_log import Ledger
from isolation.attempts.changes import Digest, Digester
from isolation.attempts.session import Arena, Outcome
from isolation.attempts.witness import Script
from isolation.config.check import check
from isolation.config.model import Config
from isolation.database.clones import Connection, connect, refuse_powerless
from isolation.database.pipeline import Result, Wire
from isolation.engine.prove import Proof, tenancies
from isolation.errors import Untried
from isolation.introspection.catalog import read
from isolation.model.catalog import Catalog
from isolation.planting.planter import Planter
from isolation.planting.world import World, observe
from isolation.probes import (
    cascades,
    existence,
    interference,
    leaky_predicates,
    own_rows,
    privileges,
    routines,
    search_path,
    statements,
    two_steps,
)

BASE = "isolation_base"
LIMITS = "set local lock_timeout = '1s'; set local statement_timeout = '5s'; set local client_min_messages = notice"
STAYS = re.compile(r"\b(setval|dblink\w*|pg_advisory_lock\w*|http_\w+|net\.http\w*|pg_logical_emit_message)\b", re.I)
_ENDS = re.compile(r"(?:^|;)\s*(?:begin|commit|rollback)\s*(?:;|$)", re.I)
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


class _Wire(Wire):
    """Runs scripts that take themselves for transactions: each begins and ends where planting ended."""

    def send(self, script: str) -> list[Result]:
        """Run a script, and stay within the transaction."""
        script = re.sub(r"^begin\b", f"rollback to {BASE}", script)
        return super().send(_kept_open(re.sub(r"\brollback$", f"rollback to {BASE}", script)))


class _Planting(Wire):
    """Runs the scripts that plant: each in a savepoint."""

    def send(self, script: str) -> list[Result]:
        """Run a script; what it set for its transaction, the next one sets anew."""
        script = re.sub(r"^begin\b", "savepoint planting", script)
        script = re.sub(r"\bcommit$", "set local session_replication_role = origin; release planting", script)
        results = super().send(_kept_open(re.sub(r"^rollback$", "rollback to planting", script)))
        return results if results[-1].state or len(results) < 3 else [*results[:-2], results[-1]]


def _kept_open(script: str) -> str:
    """The script itself. Raises AssertionError for one that would end the transaction and make it last."""
    if _ENDS.search(script):
        raise AssertionError("a script would have committed in place")
    return script


class _Arena(Arena):
    """An arena in somebody else's transaction."""

    def __init__(self, connection: Nested, world: World) -> None:
        self.world, self.dsn, self.attempts, self.connection = world, "", 0, connection
        self.unset, self._other = True, None  # there is but this connection
        self.wire, self._digester = _Wire(connection), Digester(connection, world)

    def reopened(self) -> bool:
        """Whatever ends the connection ends the proof: what was planted is gone with it."""
        if self.connection.closed:
            raise Untried("the connection was ended, and what was planted in its transaction with it: prove a copy")
        return False

    def digest(self, result: Result) -> Digest:
        """What was written since planting."""
        digest = super().digest(result)
        for name, rows in digest.made.items():
            digest.made[name] = [(place, body) for place, body in rows if (name, place) not in self.world.rows]
        return digest


class _Control(_Arena):
    """The same actions as the superuser: no grant is missing and no policy applies, without touching either."""

    def each(
        self,
        actor: Actor | None,
        tries: Sequence[Sequence[str]],
        *,
        before: str = "",
        given: Sequence[str] = (),
        look: bool = True,
    ) -> list[Outcome]:
        """Act with the actor's claims in the role that we connect as."""
        bare = replace(actor, role=self.connection.info.user) if actor else None
        return super().each(bare, tries, before=before, given=given, look=look)


def prove(config: Config, schemas: tuple[str, ...], dsn: str) -> Proof:
    """Plant and attack in one transaction that is rolled back. Raises BadInput and Untried."""
    connect(dsn).close()  # says what is wrong with it
    with Nested.connect(dsn, autocommit=True, prepare_threshold=None, application_name="isolation") as connection:
        refuse_powerless(connection)
        connection.outermost(f"begin isolation level repeatable read; {LIMITS}")
        try:
            return _prove(config, schemas, connection)
        finally:
            if not connection.closed:
                connection.outermost("rollback")


def _prove(config: Config, schemas: tuple[str, ...], connection: Nested) -> Proof:
    catalog = read(connection, schemas)
    shape = tenancies(catalog, config)
    check(config, catalog, schemas)
    untrusted = dict(connection.execute(_UNTRUSTED).fetchall())
    _refuse_triggers(catalog, untrusted)
    planter = Planter(connection, catalog, config, shape)
    planter._wire = _Planting(connection)
    planter.plant()
    identities = ("request.jwt.claims", *config.settings)
    connection.outermost("; ".join(["set constraints all immediate", *(f"reset {name}" for name in identities)]))
    world = observe(connection, planter)
    cast = Cast(catalog, config, planter.tenants | {"M": planter.tenants["A"]})
    cast.held = world.identifier
    arena, control = _Arena(connection, world), _Control(connection, world)
    connection.outermost(f"savepoint {BASE}")
    ledger = Ledger(script=Script(planter.catalog, planter.shape, planter.script))
    proof = Proof(_undone(catalog, untrusted), config, planter, world, cast, arena, control, ledger)
    proof.advice = advise(connection, catalog, schemas)
    _leave_out(proof, catalog)
    for part in (
        statements,
        routines,
        two_steps,
        existence,
        interference,
        leaky_predicates,
        privileges,
        search_path,
        cascades,
        own_rows,
    ):
        part.probe(proof)
    planted = {r.relation for r in world.rows.values()}
    for failed in planter.unplanted:
        if failed.relation not in planted:
            ledger.mark("A", failed.relation, "PLANT", "unproven", failed.why)
    return proof


def _refuse_triggers(catalog: Catalog, untrusted: dict[int, str]) -> None:
    """Planting fires triggers: where one does what cannot be undone, nothing is planted at all."""
    for relation in catalog.relations.values():
        if any(STAYS.search(source) for source in relation.triggers) or relation.name in untrusted.values():
            raise Untried(
                f"{relation.name} has a trigger whose effects a rollback does not undo: prove a copy of the database"
            )


def _undone(catalog: Catalog, untrusted: dict[int, str]) -> Catalog:
    """The catalog without what a rollback does not undo."""
    return replace(
        catalog,
        relations={n: r for n, r in catalog.relations.items() if r.kind != "f"},
        routines=tuple(r for r in catalog.routines if r.oid not in untrusted and not STAYS.search(r.source)),
        sequences=(),
    )


def _leave_out(proof: Proof, whole: Catalog) -> None:
    """Say what was not tried."""
    why = "a rollback does not undo it, and nothing could be cloned: prove a copy"
    for relation in whole.relations.values():
        if relation.kind == "f":
            proof.ledger.mark("B", relation.name, "FOREIGN TABLE", "unproven", why)
    for routine in whole.routines:
        if routine not in proof.catalog.routines:
            proof.ledger.mark("B", routine.signature, "CALL", "unproven", why)
    for sequence in whole.sequences:
        proof.ledger.mark("B", sequence.name, "SETVAL", "unproven", why)
    told = "what one request commits, the next must not see: nothing is committed in place"
    proof.ledger.mark("B", "every relation", "SELECT on a reused connection", "unproven", told)
    proof.ledger.mark("B", "every channel", "LISTEN", "unproven", told)
