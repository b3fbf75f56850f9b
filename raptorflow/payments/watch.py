"""Who waits for a payment to change: one listening connection a process, outside the pool (PAY-8).

A notification carries the SHA-256 of the payment's id and nothing else; whoever was woken reads the row under their own
rights. After a lost connection everybody is woken: what was missed shows in the row.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from raptorflow.pools import NETWORK, deadline
from raptorflow.settings import Settings

log = logging.getLogger("raptorflow.payments.watch")
RETRY_SECONDS = 0.5
QUIET_S, ANSWER_S = 5.0, 2.0


class Watch:
    """Wakes the watchers of a payment. `start()` in a running loop, `close()` to end all of it."""

    def __init__(self, settings: Settings) -> None:
        self._dsn = settings.database_url.get_secret_value()
        self._watchers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self.closing = False

    def start(self) -> None:
        """Begin to listen in the background."""
        self._task = asyncio.create_task(self._listen(), name="payments-watch")

    async def close(self) -> None:
        """Stop listening, and let every watcher go."""
        self.release()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def release(self) -> None:
        """Tell every watcher that the process is ending."""
        self.closing = True
        self._wake_all()

    @contextmanager
    def watching(self, payment_id: UUID) -> Iterator[asyncio.Event]:
        """An event that is set whenever the payment may have changed; clear it before you look."""
        digest = hashlib.sha256(str(payment_id).encode()).hexdigest()
        event = asyncio.Event()
        self._watchers[digest].add(event)
        try:
            yield event
        finally:
            self._watchers[digest].discard(event)
            if not self._watchers[digest]:
                del self._watchers[digest]

    async def _listen(self) -> None:
        while True:
            try:
                await self._follow()
            except Exception as error:
                log.warning("listening failed, trying again", extra={"error": type(error).__name__})
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._dsn, autocommit=True, application_name="raptorflow-watch", **NETWORK
        )
        async with connection:
            await self._ask(connection, "listen payments")
            self._wake_all()
            while True:
                async for notification in connection.notifies(timeout=QUIET_S):
                    for event in self._watchers.get(notification.payload, ()):
                        event.set()
                await self._ask(connection, "select 1")

    async def _ask(self, connection: psycopg.AsyncConnection[Any], statement: LiteralString) -> None:
        """A line that is silent and one that is dead look the same until something is asked."""
        with deadline(connection, ANSWER_S):
            await connection.execute(statement)

    def _wake_all(self) -> None:
        for events in self._watchers.values():
            for event in events:
                event.set()
