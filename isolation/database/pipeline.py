"""Scripts over one connection: many statements in one message, every result kept, up to the first error."""

from __future__ import annotations

import select
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from ..model.states import GONE
from .clones import Connection

_FAILED = (ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE)


@dataclass(slots=True)
class Result:
    """What one statement brought: its command tag, its cells, and what was said while it ran."""

    tag: bytes
    rows: int
    cells: list[bytes]
    notices: list[str] = field(default_factory=list)
    state: str | None = None
    error: str = ""
    told: str = ""
    constraint: str = ""
    column: str = ""
    table: str = ""


class Wire:
    """Sends scripts on a connection that does nothing else meanwhile."""

    def __init__(self, connection: Connection) -> None:
        self._pg, self._notices = connection.pgconn, list[str]()
        connection.add_notice_handler(
            lambda d: self._notices.append(f"{d.message_primary} {d.message_detail or ''}"),
        )

    def send(self, script: str) -> list[Result]:
        """Run a script; the last result bears the error, if there was one."""
        self._notices.clear()
        self._pg.send_query(script.encode())
        results = []
        while (found := self._next()) is not None:
            results.append(self._kept(found))
        return results

    def segments(self, scripts: Sequence[Sequence[str]]) -> list[list[Result]]:
        """Run lists of single statements, all in one round trip; an error ends only the list that it is in."""
        self._notices.clear()
        self._pg.enter_pipeline_mode()
        for script in scripts:
            for statement in script:
                self._pg.send_query_params(statement.encode(), None)
            self._pg.pipeline_sync()
        told: list[list[Result]] = [[]]
        while len(told) <= len(scripts) and self._pg.status == ConnStatus.OK:
            found = self._next()
            if found is not None and found.status == ExecStatus.PIPELINE_SYNC:
                told.append([])
            elif found is not None and found.status != ExecStatus.PIPELINE_ABORTED:
                told[-1].append(self._kept(found))
        if self._pg.status == ConnStatus.OK:
            self._pg.exit_pipeline_mode()
        return told[: len(scripts)]

    def _next(self) -> PGresult | None:
        """The next result, waited for where other threads may go on."""
        pg = self._pg
        while pg.status == ConnStatus.OK and (unsent := pg.flush() or 0) + pg.is_busy():
            select.select([pg.socket], [pg.socket] if unsent else [], [])
            pg.consume_input()
        return pg.get_result()

    def _kept(self, found: PGresult) -> Result:
        result = _result(found)
        if found.status == ExecStatus.COPY_OUT:
            result.cells = list(self._copied())
        result.notices.extend(self._notices)
        self._notices.clear()
        return result

    def _copied(self) -> Iterator[bytes]:
        size, data = self._pg.get_copy_data(0)
        while size > 0:
            yield bytes(data)
            size, data = self._pg.get_copy_data(0)


def _result(found: PGresult) -> Result:
    if found.status in _FAILED:
        return _error(found)
    width, rows = range(found.nfields), found.ntuples
    cells = [c for i in range(rows) for j in width if (c := found.get_value(i, j))]
    return Result(found.command_status or b"", rows, cells)


def _error(found: PGresult) -> Result:
    def part(name: DiagnosticField) -> str:
        return (found.error_field(name) or b"").decode(errors="replace")

    whole = found.error_message.decode(errors="replace")
    more = (DiagnosticField.MESSAGE_DETAIL, DiagnosticField.MESSAGE_HINT, DiagnosticField.CONTEXT)
    return Result(
        b"",
        0,
        [],
        state=part(DiagnosticField.SQLSTATE) or GONE,
        error=part(DiagnosticField.MESSAGE_PRIMARY) or whole,
        told=" ".join(filter(None, (whole, *map(part, more)))),
        constraint=part(DiagnosticField.CONSTRAINT_NAME),
        column=part(DiagnosticField.COLUMN_NAME),
        table=part(DiagnosticField.TABLE_NAME),
    )
