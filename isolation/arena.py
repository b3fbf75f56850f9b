"""Where attempts are made: each in a transaction of its own that is rolled back, everything that comes back kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg

from isolation.actors import Actor
from isolation.clone import Connection, connect
from isolation.values import TOKEN
from isolation.world import Row, World, flat

DENIED = "42501"
MARK = "the attempt begins here"


@dataclass(slots=True)
class Outcome:
    """What an attempt brought: error, rows, what was said, and which rows it touched or made."""

    state: str | None = None
    error: str = ""
    rows: int = 0
    affected: int = 0
    text: str = ""
    touched: list[Row] = field(default_factory=list)
    made: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)

    @property
    def tokens(self) -> list[str]:
        """Every canary in the answer."""
        return list(dict.fromkeys(TOKEN.findall(self.text)))


class Arena:
    """One connection to a planted clone."""

    def __init__(self, dsn: str, world: World) -> None:
        self.world, self.dsn = world, dsn
        self.connection: Connection = connect(dsn)
        self.connection.execute(
            "set statement_timeout = '5s'; set lock_timeout = '1s'; set client_min_messages = notice"
        )
        self._notices: list[str] = []
        self.connection.add_notice_handler(
            lambda d: self._notices.append(f"{d.message_primary} {d.message_detail or ''}")
        )
        parts = [f"select {r.oid} o, ctid::text || '/' || xmin::text p from only {r.sql}" for r in world.stored]
        self.connection.execute(f"prepare digest as {' union all '.join(parts) or 'select 0, null'}")
        self._by_oid = {str(r.oid): r for r in world.stored}
        self.attempts = 0

    def attempt(
        self, actor: Actor | None, statements: Sequence[str], *, before: str = "", look: bool = True
    ) -> Outcome:
        """Act and roll back. ``before`` is run as the superuser first."""
        self.attempts += 1
        outcome = Outcome()
        self._notices.clear()
        steps = [
            "begin",
            *([before] if before else []),
            *([actor.sql] if actor else []),
            f"select '{MARK}'",
            *statements,
        ]
        cursor = self.connection.cursor()
        try:
            cursor.execute(
                ";\n".join([*steps, "reset session authorization", "select pg_current_xact_id_if_assigned()"]).encode()
            )
            wrote = self._collect(cursor, outcome)
            if wrote and look:
                self._look(outcome)
        except psycopg.Error as error:
            diag = error.diag
            outcome.state, outcome.error = error.sqlstate or "XX000", str(diag.message_primary or error)
            outcome.text += " ".join(filter(None, (str(error), diag.message_detail, diag.message_hint, diag.context)))
        finally:
            self._restore()
        outcome.text += " ".join(self._notices)
        return outcome

    def _restore(self) -> None:
        if self.connection.closed:
            self.__init__(self.dsn, self.world)  # type: ignore[misc]
        else:
            self.connection.execute("rollback")

    @staticmethod
    def _collect(cursor: psycopg.Cursor[tuple[object, ...]], outcome: Outcome) -> bool:
        """Keep what came back after the mark; whether the transaction wrote anything."""
        results = []
        while True:
            if (result := cursor.pgresult) is not None:
                cells = [result.get_value(i, j) for i in range(result.ntuples) for j in range(result.nfields)]
                results.append(((result.command_status or b"").split(), cells, result.ntuples))
            if not cursor.nextset():
                break
        mark = next(i for i, r in enumerate(results) if r[1] == [MARK.encode()])
        for tag, cells, rows in results[mark + 1 : -2]:
            outcome.text += "\n".join(c.decode(errors="replace") for c in cells if c) + "\n"
            outcome.rows = rows
            if tag and tag[0] in (b"INSERT", b"UPDATE", b"DELETE", b"MERGE"):
                outcome.affected = int(tag[-1])
        return bool(results[-1][1][0])

    def _look(self, outcome: Outcome) -> None:
        now = {(self._by_oid[str(o)].name, str(p)) for o, p in self.connection.execute("execute digest")}
        outcome.touched = [row for key, row in self.world.rows.items() if key not in now]
        new = now - self.world.rows.keys()
        for name in {n for n, _ in new}:
            relation = self.world.catalog.relations[name]
            query = f"select ctid::text || '/' || xmin::text, to_jsonb(t)::text from only {relation.sql} t"
            for place, body in self.connection.execute(query):
                if (name, place) in new:
                    outcome.made.append((name, flat(body)))

    def close(self) -> None:
        """End the connection."""
        self.connection.close()


def unprotect(dsn: str, world: World, roles: Sequence[str]) -> None:
    """Take every protection of a clone away: row security off, everything granted."""
    names = ", ".join(f'"{r}"' for r in roles)
    schemas = {r.schema for r in world.catalog.relations.values()} | {r.schema for r in world.catalog.routines}
    with connect(dsn) as connection:
        for relation in world.catalog.relations.values():
            if relation.kind in "rp":
                connection.execute(
                    f"alter table {relation.sql} disable row level security, no force row level security".encode()
                )
        for schema in sorted(schemas) if names else ():
            connection.execute(f'grant usage on schema "{schema}" to {names}'.encode())
            for what in ("tables", "sequences", "routines"):
                connection.execute(f'grant all on all {what} in schema "{schema}" to {names}'.encode())
