"""Whether PostgreSQL answers and takes writes, asked on connections of its own: a pool that is full says nothing."""

from __future__ import annotations

import asyncio
from typing import Any

from psycopg import AsyncConnection, OperationalError

from raptorflow.pools import NETWORK, deadline, shut
from raptorflow.settings import Settings

ANSWER_S = 1.5
_ASK = "select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean"


class ReadOnlyError(Exception):
    """PostgreSQL answers, and takes no writes."""


class Probe:
    """One kept connection for each of the two roles that log in."""

    def __init__(self, settings: Settings) -> None:
        dsns = (settings.database_url, settings.worker_database_url)
        self._lines = [_Line(dsn.get_secret_value()) for dsn in dsns]

    async def ask(self) -> None:
        """Raise unless both roles get an answer, and may write. Raises psycopg's errors, `ReadOnlyError`."""
        await asyncio.gather(*(line.ask() for line in self._lines))

    async def close(self) -> None:
        """End the connections."""
        for line in self._lines:
            await line.drop()


class _Line:
    """A connection that is kept while it answers."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._kept: AsyncConnection[Any] | None = None
        self._turn = asyncio.Lock()

    async def ask(self) -> None:
        async with self._turn:
            kept = self._kept is not None
            try:
                row = await self._answer()
            except OperationalError:
                await self.drop()
                if not kept:
                    raise
                row = await self._answer()  # the server has restarted since
            except BaseException:
                await self.drop()
                raise
        if row[0]:
            raise ReadOnlyError

    async def _answer(self) -> Any:
        if self._kept is None:
            self._kept = await AsyncConnection.connect(
                self._dsn, autocommit=True, application_name="raptorflow-health", **NETWORK
            )
        with deadline(self._kept, ANSWER_S):
            return await (await self._kept.execute(_ASK)).fetchone()

    async def drop(self) -> None:
        """Let the connection go, without a word to a server that may not listen."""
        kept, self._kept = self._kept, None
        if kept is not None:
            shut(kept)
            await kept.close()
