"""The background work that makes money right with nobody's help: due events, due payments, due refunds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from raptorflow.database import Row, rows
from raptorflow.payments import sql, webhooks
from raptorflow.payments.settlement import settle_order, settle_refund
from raptorflow.resources import Resources

log = logging.getLogger("raptorflow.payments.reconcile")
MOST = 32
HOURLY = 3600.0


class Reconciler:
    """Wakes at each tick, or when kicked. What it leases and does not finish is due again after the lease.

    Two processes share the work; a process that is killed loses none of it.
    """

    def __init__(self, held: Resources) -> None:
        self._held = held
        self._kicked = asyncio.Event()
        self._intervals = held.settings.reconcile_intervals
        self._tick = min(held.settings.reconcile_poll_seconds, min(self._intervals) / 2)
        self._lease = timedelta(seconds=2 * held.settings.phonepe_timeout_seconds + 10)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin in the background, with what the last process left."""
        self._task = asyncio.create_task(self._run(), name="payments-reconcile")

    def kick(self) -> None:
        """There is something to do now."""
        self._kicked.set()

    async def close(self) -> None:
        """Stop; unfinished work stays due."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            self._kicked.clear()
            try:
                busy = await self._round()
            except Exception as error:
                busy = False
                log.warning("a round failed, trying again", extra={"error": type(error).__name__})
            if not busy:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._kicked.wait(), self._tick)

    async def _round(self) -> bool:
        """Do what is due. True when there may be more."""
        counts = await asyncio.gather(
            self._each(sql.LEASE_WEBHOOKS, lambda row: webhooks.process(self._held, row)),
            self._each(sql.LEASE_PAYMENTS, self._ask_about_payment),
            self._each(sql.LEASE_REFUNDS, self._ask_about_refund),
        )
        return max(counts) == MOST

    async def _each(self, lease: str, work: Callable[[Row], Awaitable[None]]) -> int:
        now = self._held.clock.now()
        async with self._held.database.worker() as connection:
            due = await rows(connection, lease, {"now": now, "until": now + self._lease, "most": MOST})
        for result in await asyncio.gather(*(work(row) for row in due), return_exceptions=True):
            if isinstance(result, BaseException):
                log.error("background work failed", exc_info=result)
        return len(due)

    async def _ask_about_payment(self, payment: Row) -> None:
        await settle_order(self._held, payment)
        await self._schedule(sql.SCHEDULE, payment)

    async def _ask_about_refund(self, refund: Row) -> None:
        await settle_refund(self._held, refund)
        await self._schedule(sql.SCHEDULE_REFUND, refund)

    async def _schedule(self, statement: str, row: Row) -> None:
        """The next question, by how many there were: PhonePe's schedule, then hourly until the end is known."""
        asked = row["checks"]
        wait = self._intervals[asked] if asked < len(self._intervals) else HOURLY
        next_check = self._held.clock.now() + timedelta(seconds=wait)
        async with self._held.database.worker() as connection:
            await connection.execute(statement, {"id": row["id"], "next": next_check})
