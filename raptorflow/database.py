"""PostgreSQL: two pools, and transactions that carry an identity which ends with them.

`Database.session(claims)` is the application's way in: `SET LOCAL ROLE authenticated` plus the claims, so RLS decides.
`Database.anonymous()` reads what is public. `Database.worker()` may only call the named functions of schema `private`.
Rows are dictionaries. Statements take the present moment as a parameter; none says `now()`.
"""

from __future__ import annotations

import json
import select
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection
from psycopg.pq import Escaping
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from raptorflow.settings import Settings

Row = DictRow
Connection = AsyncConnection[DictRow]
_IDENTIFY = b"begin; select set_config('role', %b, true), set_config('request.jwt.claims', %b, true)"


class Database:
    """The application's pool and the worker's pool. Open with `open()`, end with `close()`."""

    def __init__(self, settings: Settings) -> None:
        patience = settings.database_timeout_seconds
        self._app = _pool(settings.database_url.get_secret_value(), settings.database_pool_size, "app", patience)
        self._worker = _pool(
            settings.worker_database_url.get_secret_value(), settings.worker_pool_size, "worker", patience
        )

    async def open(self) -> None:
        """Start both pools; they connect in the background: a server that is down does not stop the start."""
        await self._app.open(wait=False)
        await self._worker.open(wait=False)

    async def close(self) -> None:
        """End both pools and their connections."""
        await self._app.close()
        await self._worker.close()

    @asynccontextmanager
    async def session(self, claims: Mapping[str, Any]) -> AsyncIterator[Connection]:
        """One transaction as `authenticated` with these JWT claims; committed at the end, rolled back on an error."""
        async with self._app.connection() as connection, _as(connection, "authenticated", claims):
            yield connection

    @asynccontextmanager
    async def anonymous(self) -> AsyncIterator[Connection]:
        """One transaction as `anon`, with no claims."""
        async with self._app.connection() as connection, _as(connection, "anon", {}):
            yield connection

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Connection]:
        """One transaction as `raptorflow_worker`, which can execute the worker's functions and nothing else."""
        async with self._worker.connection() as connection, connection.transaction():
            yield connection

    async def ping(self) -> None:
        """Raise unless both roles can reach the server."""
        async with self.anonymous() as connection:
            await connection.execute("select 1")
        async with self.worker() as connection:
            await connection.execute("select 1")


@asynccontextmanager
async def _as(connection: Connection, role: str, claims: Mapping[str, Any]) -> AsyncIterator[None]:
    """A transaction that begins with its identity, in one round trip."""
    quote = Escaping(connection.pgconn).escape_literal
    await connection.execute(_IDENTIFY % (quote(role.encode()), quote(json.dumps(claims).encode())))
    try:
        yield
    except BaseException:
        if not connection.closed:
            await connection.rollback()
        raise
    await connection.commit()


async def _check(connection: Connection) -> None:
    """Ask the server only when the socket has something to say: an idle one is silent unless it has been cut off."""
    if select.select([connection.fileno()], [], [], 0)[0]:
        await AsyncConnectionPool.check_connection(connection)


def _pool(dsn: str, size: int, name: str, timeout_s: float) -> AsyncConnectionPool[Connection]:
    return AsyncConnectionPool(
        dsn,
        connection_class=AsyncConnection[DictRow],
        kwargs={"row_factory": dict_row, "autocommit": True, "application_name": f"raptorflow-{name}"},
        min_size=1,
        max_size=size,
        timeout=timeout_s,
        check=_check,
        reconnect_timeout=float("inf"),
        open=False,
        name=name,
    )


async def one(connection: Connection, query: str, parameters: Mapping[str, Any] | None = None) -> Row | None:
    """The first row, or None."""
    cursor = await connection.execute(query, parameters)
    return await cursor.fetchone()


async def the(connection: Connection, query: str, parameters: Mapping[str, Any] | None = None) -> Row:
    """The first row of a statement that always gives one. Raises LookupError otherwise."""
    row = await one(connection, query, parameters)
    if row is None:
        raise LookupError("the statement gave no row")
    return row


async def rows(connection: Connection, query: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
    """All rows."""
    cursor = await connection.execute(query, parameters)
    return await cursor.fetchall()
