"""A pool of connections to PostgreSQL in which nothing waits without end.

The server is told how long a lock and a statement may take. A server that says nothing at all is not asked to cancel:
when a transaction's time is over the socket is shut down under it, and the statement fails as if the server had gone.
"""

from __future__ import annotations

import asyncio
import logging
import os
import select
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from time import monotonic
from typing import Any

from psycopg import AsyncConnection, Error, OperationalError
from psycopg.pq import Escaping
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from raptorflow import compartments
from raptorflow.compartments import Compartment, Patience

log = logging.getLogger("raptorflow.pools")
Connection = AsyncConnection[DictRow]
NETWORK: Mapping[str, Any] = {
    "connect_timeout": 2,
    "tcp_user_timeout": 5_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
"""A peer that vanished is noticed by the kernel as well: data unacknowledged for 5 s, an idle line after 11 s."""
RECONNECT_S = 5.0
"""A server that is away is tried at once, then after 1, 3 and 5 s, then by the next request: the pauses do not grow."""
CHECK_S = 1.0
DRAIN_EVERY_S = 5.0
_BEGIN = (
    b"begin; select set_config('timezone', 'UTC', true),"
    b" set_config('lock_timeout', %b, true), set_config('statement_timeout', %b, true),"
    b" set_config('idle_in_transaction_session_timeout', %b, true)"
)
"""Moments are told in UTC, whatever zone the server or the process takes for the local one."""
_IDENTIFY = b", set_config('role', %b, true), set_config('request.jwt.claims', %b, true)"


class Pool:
    """Transactions on pooled connections; `name` is what PostgreSQL and the log call them."""

    def __init__(self, dsn: str, size: int, name: str, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._share = -(-size // 2)
        self._rooms: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(self._share))
        self._drained = float("-inf")
        self._tasks: set[asyncio.Task[None]] = set()
        self._pool = AsyncConnectionPool(
            dsn,
            connection_class=AsyncConnection[DictRow],
            kwargs={"row_factory": dict_row, "autocommit": True, "application_name": f"raptorflow-{name}", **NETWORK},
            min_size=1,
            max_size=size,
            check=_check,
            reconnect_timeout=RECONNECT_S,
            open=False,
            name=name,
        )

    async def open(self) -> None:
        """Start to connect in the background: a server that is down does not stop the start."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """End the connections."""
        await self._pool.close()

    def stats(self) -> Mapping[str, int]:
        """The pool's counters."""
        return self._pool.get_stats()

    @asynccontextmanager
    async def transaction(self, identity: tuple[str, bytes] | None = None) -> AsyncIterator[Connection]:
        """One transaction: committed at the end, rolled back on an error. `identity` is a role and its claims as JSON.

        Raises psycopg's errors: `PoolTimeout` when no connection is to be had in time, `LockNotAvailable`,
        `QueryCanceled`, `OperationalError` when the server does not answer.
        """
        compartment = compartments.present()
        patience = compartment.patience(self._timeout_s)
        async with (
            self._admitted(compartment, patience.connection) as left_s,
            self._pool.connection(timeout=left_s) as connection,
        ):
            with deadline(connection, patience.transaction, self._silent):
                async with _begun(connection, patience, identity):
                    yield connection

    @asynccontextmanager
    async def _admitted(self, compartment: Compartment, seconds: float) -> AsyncIterator[float]:
        """One of the compartment's share; yields the seconds that are left to wait for its connection."""
        room, ends = self._rooms[compartment.name], monotonic() + seconds
        try:
            async with asyncio.timeout(seconds):
                await room.acquire()
        except TimeoutError:
            raise PoolTimeout(f"{compartment.name} has its share of the connections in use") from None
        try:
            yield max(0.01, ends - monotonic())
        finally:
            room.release()

    def _silent(self) -> None:
        """A connection fell silent: those that are idle may have, too, and are made anew."""
        if monotonic() - self._drained > DRAIN_EVERY_S:
            self._drained = monotonic()
            log.warning("a connection fell silent, making all anew", extra={"pool": self._pool.name})
            task = asyncio.create_task(self._pool.drain())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


@contextmanager
def deadline(connection: AsyncConnection[Any], seconds: float, told: Any = None) -> Iterator[None]:
    """After `seconds` the connection's socket is shut down, so that whoever waits for it gets an `OperationalError`."""

    def cut() -> None:
        shut(connection)
        if told is not None:
            told()

    timer = asyncio.get_running_loop().call_later(seconds, cut)
    try:
        yield
    finally:
        timer.cancel()


def shut(connection: AsyncConnection[Any]) -> None:
    """Shut the socket down; the connection notices as if the server had hung up."""
    with suppress(OperationalError, OSError), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


@asynccontextmanager
async def _begun(connection: Connection, patience: Patience, identity: tuple[str, bytes] | None) -> AsyncIterator[None]:
    """A transaction that begins with its limits and its identity, in one round trip."""
    quote = Escaping(connection.pgconn).escape_literal
    limits = (patience.lock, patience.statement, 2 * patience.transaction)
    begin = _BEGIN % tuple(quote(str(int(seconds * 1000)).encode()) for seconds in limits)
    if identity is not None:
        begin += _IDENTIFY % (quote(identity[0].encode()), quote(identity[1]))
    await connection.execute(begin)
    try:
        yield
    except BaseException:
        if not connection.closed:
            with suppress(Error):
                await connection.rollback()
        raise
    await connection.commit()


async def _check(connection: Connection) -> None:
    """Ask the server only when the socket has something to say: an idle one is silent unless it has been cut off."""
    if select.select([connection.fileno()], [], [], 0)[0]:
        with deadline(connection, CHECK_S):
            await AsyncConnectionPool.check_connection(connection)
