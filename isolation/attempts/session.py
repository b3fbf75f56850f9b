"""Where attempts are made: each is undone by itself, everything that comes back is kept."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from psycopg.pq import ConnStatus, TransactionStatus

from isolation.actors.cast import Actor
from isolation.attempts.changes import CALL, Digest, Digester
from isolation.database.clones import Connection, connect
from isolation.database.pipeline import Result, Wire
from isolation.model.sql import Values
from isolation.planting.values import TOKEN
from isolation.planting.world import Row, World

DENIED = "42501"
SYNTAX = "42601"
BACK = "rollback to here"
TOGETHER, FEW = 48, 4


@dataclass
class Outcome:
    """What an attempt brought: error, rows, what was said, and which rows it touched or made."""

    state: str | None = None
    error: str = ""
    rows: int = 0
    affected: int = 0
    text: str = ""
    touched: list[Row] = field(default_factory=list)
    made: list[tuple[str, Values]] = field(default_factory=list)

    @cached_property
    def tokens(self) -> list[str]:
        """Every canary in the answer."""
        return list(dict.fromkeys(TOKEN.findall(self.text)))

    @property
    def silent(self) -> Outcome:
        """The same failure of another statement: what was said quotes the first one."""
        return Outcome(self.state, self.error)


class Arena:
    """One connection to a planted clone."""

    def __init__(self, dsn: str, world: World, *, unset: bool = False) -> None:
        self.world, self.dsn, self.attempts, self.unset = world, dsn, 0, unset
        self._other: Arena | None = None
        self._open()

    def _never_set(self) -> Arena:
        """A connection on which nobody has been told to the database yet: what was set once is empty ever after."""
        if self._other is None:
            self._other = Arena(self.dsn, self.world, unset=True)
        return self._other

    def _open(self) -> None:
        self.connection: Connection = connect(self.dsn)
        self.connection.execute(
            "set statement_timeout = '5s'; set lock_timeout = '1s'; set client_min_messages = notice"
        )
        self._digester = Digester(self.connection, self.world)
        self.wire = Wire(self.connection)

    def attempt(
        self, actor: Actor | None, statements: Sequence[str], *, before: str = "", look: bool = True
    ) -> Outcome:
        """Act and roll back. ``before`` is run as the superuser first."""
        return self.each(actor, [statements], before=before, look=look)[0]

    def each(
        self,
        actor: Actor | None,
        tries: Sequence[Sequence[str]],
        *,
        before: str = "",
        given: Sequence[str] = (),
        look: bool = True,
    ) -> list[Outcome]:
        """Act in each of these ways, every time from where ``before`` and the actor's ``given`` statements lead."""
        if actor and not before and not actor.enter and not actor.begin and not self.unset:
            return self._never_set().each(actor, tries, given=given, look=look)
        self.attempts += len(tries)
        start = f"begin; {before}; savepoint here; {CALL}" if before else "begin"
        opening = ";\n".join([start, *([actor.sql] if actor else []), *given, "savepoint here"])
        found: list[Outcome] = []
        for first in range(0, len(tries), self._together):
            found += _Batch(self, opening, tries[first : first + self._together], look, bool(before)).outcomes()
        return found

    @cached_property
    def _together(self) -> int:
        """How many tries share a message: but one where the database shows the message itself."""
        return 1 if "pg_stat_activity" in self.world.catalog.texts else TOGETHER

    def reopened(self) -> bool:
        """Whether an attempt had ended the connection, so that there is a new one."""
        if self.connection.pgconn.status == ConnStatus.OK:
            return False
        self.connection.close()
        self._open()
        return True

    def digest(self, result: Result) -> Digest:
        """What the digest's call said."""
        return self._digester.read(result.cells)

    def close(self) -> None:
        """End the connection."""
        self.connection.close()
        if self._other is not None:
            self._other.close()


class _Batch:
    """Tries that share one transaction; each is undone before the next, whatever became of it."""

    def __init__(self, arena: Arena, opening: str, tries: Sequence[Sequence[str]], look: bool, prepared: bool) -> None:
        self._arena, self._opening, self._tries = arena, opening, tries
        self._look, self._prepared = look, prepared
        self._before, self._found = Digest(), list[Outcome]()

    def outcomes(self) -> list[Outcome]:
        """Run all, in one message if nothing fails: an error ends a message."""
        self._found = self._message(self._opening, self._tries)
        while rest := self._tries[len(self._found) :]:
            if self._arena.reopened():
                self._found += self._message(self._opening, rest)
            elif len(rest) < FEW or any(s.lstrip().lower().startswith("copy") for t in rest for s in t):
                self._found += self._message(BACK, rest)
            else:
                self._found += self._segments(rest)
        if not self._arena.reopened() and self._arena.connection.pgconn.transaction_status != TransactionStatus.IDLE:
            self._arena.wire.send("rollback")
        return self._found

    def _message(self, opening: str, rest: Sequence[Sequence[str]]) -> list[Outcome]:
        """The outcomes up to the first error."""
        undone = [f"{';'.join(self._script(t))};\n{BACK}" for t in rest]
        results = self._arena.wire.send(";\n".join([opening, *undone, "rollback"]))
        if results[0].state == SYNTAX and len(rest) > 1:
            return self._one_by_one(rest)
        start = self._opened(results, resumed=opening == BACK)
        if start is None:
            return [_failed(results) for _ in rest]
        found, pending = list[Outcome](), list[Result]()
        for result in results[start:]:
            if len(found) == len(rest):
                break
            if result.state is not None or result.tag == b"ROLLBACK":
                found.append(self._outcome([*pending, result] if result.state else pending))
                pending = []
            else:
                pending.append(result)
        return found

    def _segments(self, rest: Sequence[Sequence[str]]) -> list[Outcome]:
        """The outcomes of all, where errors are to be expected."""
        told = self._arena.wire.segments([[BACK, *self._script(t)] for t in rest])
        return [
            self._one_by_one([tried])[0] if results[-1].state == SYNTAX else self._outcome(results[1:])
            for tried, results in zip(rest, told, strict=False)
            if results
        ]

    def _one_by_one(self, rest: Sequence[Sequence[str]]) -> list[Outcome]:
        """The server parses a message before it runs any of it: one try with bad syntax must not stop the others."""
        self._arena.wire.send("rollback")
        alone = [_Batch(self._arena, self._opening, [t], self._look, self._prepared) for t in rest]
        return [outcome for batch in alone for outcome in batch.outcomes()]

    def _script(self, statements: Sequence[str]) -> list[str]:
        return [*statements, *(("reset session authorization", CALL) if self._look else ())]

    def _opened(self, results: Sequence[Result], *, resumed: bool) -> int | None:
        """Where the tries' results start; None where not even the opening went through."""
        start = 0
        for mark in [b"ROLLBACK"] if resumed else [b"SAVEPOINT"] * (1 + self._prepared):
            found = next((i for i in range(start, len(results)) if results[i].tag == mark), None)
            if found is None:
                return None
            if self._prepared and not resumed and not start:
                self._before = self._arena.digest(results[found + 1])
            start = found + 1
        return start

    def _outcome(self, results: Sequence[Result]) -> Outcome:
        if results[-1].state is not None:
            return _failed(results)
        outcome, texts = Outcome(), list[str]()
        for result in results[:-2] if self._look else results:
            texts += [*map(_plain, result.cells), *result.notices]
            outcome.rows = result.rows
            tag = result.tag.split()
            if tag and tag[0] in (b"INSERT", b"UPDATE", b"DELETE", b"MERGE"):
                outcome.affected = int(tag[-1])
        outcome.text = "\n".join(texts)
        if self._look and results[-1].cells:
            world, digest = self._arena.world, self._arena.digest(results[-1])
            outcome.touched = [world.rows[k] for k in digest.touched(world, self._before)]
            outcome.made = digest.written(self._before)
        return outcome


def _plain(cell: bytes) -> str:
    """A cell as text; what PostgreSQL wrote as bytes in hex, as those bytes."""
    if cell.startswith(b"\\x") and len(cell) % 2 == 0:
        with suppress(ValueError):
            return bytes.fromhex(cell[2:].decode("ascii", "replace")).decode(errors="replace")
    return cell.decode(errors="replace")


def _failed(results: Sequence[Result]) -> Outcome:
    """The error, with everything that was said before it."""
    last = results[-1]
    return Outcome(last.state, last.error, text="\n".join([last.told, *(n for r in results for n in r.notices)]))


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
