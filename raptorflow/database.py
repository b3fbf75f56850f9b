"""PostgreSQL: two pools, and transactions that carry an identity which ends with them.

`Database.session(claims)` is the application's way in: `SET LOCAL ROLE authenticated` plus the claims, so RLS decides.
`Database.anonymous()` reads what is public. `Database.worker()` may only call the named functions of schema `private`.
Rows are dictionaries. Statements take the present moment as a parameter; none says `now()`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from psycopg.rows import DictRow

from raptorflow.pools import Connection, Pool
from raptorflow.settings import Settings

__all__ = ["Connection", "Database", "Row", "one", "rows", "the"]
Row = DictRow


class Database:
    """The application's pool and the worker's pool. Open with `open()`, end with `close()`."""

    def __init__(self, settings: Settings) -> None:
        patience = settings.database_timeout_seconds
        self._app = Pool(settings.database_url.get_secret_value(), settings.database_pool_size, "app", patience)
        self._worker = Pool(
            settings.worker_database_url.get_secret_value(), settings.worker_pool_size, "worker", patience
        )

    async def open(self) -> None:
        """Start both pools; they connect in the background: a server that is down does not stop the start."""
        await self._app.open()
        await self._worker.open()

    async def close(self) -> None:
        """End both pools and their connections."""
        await self._app.close()
        await self._worker.close()

    def session(self, claims: Mapping[str, Any]) -> AbstractAsyncContextManager[Connection]:
        """One transaction as `authenticated` with these JWT claims; committed at the end, rolled back on an error."""
        return self._app.transaction(("authenticated", json.dumps(claims).encode()))

    def anonymous(self) -> AbstractAsyncContextManager[Connection]:
        """One transaction as `anon`, with no claims."""
        return self._app.transaction(("anon", b"{}"))

    def worker(self) -> AbstractAsyncContextManager[Connection]:
        """One transaction as `raptorflow_worker`, which can execute the worker's functions and nothing else."""
        return self._worker.transaction()

    def stats(self) -> dict[str, Mapping[str, int]]:
        """The counters of both pools."""
        return {"app": self._app.stats(), "worker": self._worker.stats()}


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
