"""The background work that makes money right with nobody's help: due events, due payments, due refunds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

from raptorflow import compartments
from raptorflow.database import Row, rows
from raptorflow.payments import sql, webhooks
from raptorflow.payments.settlement import settle_order, settle_refund
from raptorflow.resources import Resources

log = logging.getLogger("raptorflow.payments.reconcile")
Result = TypeVar("Result")
MOST = 32
HOURLY = 3600.0
ROUND_S = 12.0
"""A round only leases, in three transactions beside each other: longer than they and a release may take."""
ENDING_S = 2.0
SOONEST_S, LATEST_S = 0.5, 30.0
"""How long an event waits that could not be acted on: twice as long with each time."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of due work: how it is leased, done, and put off after an error."""

    lease: str
    work: Callable[[Row], Coroutine[Any, Any, None]]
    put_off: Callable[[Row], Coroutine[Any, Any, None]]
    in_flight: set[UUID] = field(default_factory=set)


class Reconciler:
    """Wakes at each tick, or when kicked, leases what is due and works on it beside its rounds.

    Rounds and items have deadlines: one that hangs holds nothing up. What is leased and not finished is due again after
    an error, at the end of the process, and at the latest when the lease is over. Two processes share the work; a
    process that is killed loses none of it.
    """

    def __init__(self, held: Resources) -> None:
        self._held = held
        self._kicked = asyncio.Event()
        self._intervals = held.settings.reconcile_intervals
        self._tick = min(held.settings.reconcile_poll_seconds, min(self._intervals) / 2)
        self._item_s = 2 * held.settings.phonepe_timeout_seconds + 10
        self._lease = timedelta(seconds=self._item_s)
        self._slots = asyncio.Semaphore(max(1, held.settings.phonepe_threads - 2))
        self._task: asyncio.Task[None] | None = None
        self._items: set[asyncio.Task[None]] = set()
        self._good = monotonic()
        self._unsure = False
        self._kinds = (
            Kind(sql.LEASE_WEBHOOKS, self._look_into_event, self._put_event_off),
            Kind(sql.LEASE_PAYMENTS, self._ask_about_payment, self._schedule_payment),
            Kind(sql.LEASE_REFUNDS, self._ask_about_refund, self._schedule_refund),
        )

    @property
    def age_s(self) -> float:
        """Seconds since the last good round began: all three kinds of work were looked for."""
        return monotonic() - self._good

    @property
    def in_flight(self) -> int:
        """How many items are worked on."""
        return len(self._items)

    def start(self) -> None:
        """Begin in the background, with what the last process left."""
        self._good = monotonic()
        with compartments.within(compartments.RECONCILER):
            self._task = asyncio.create_task(self._run(), name="payments-reconcile")

    def kick(self) -> None:
        """There is something to do now."""
        self._kicked.set()

    async def close(self) -> None:
        """Stop; unfinished work is due at once, for whoever comes next."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        for item in self._items:
            item.cancel()
        with compartments.within(compartments.RECONCILER):
            await within(ENDING_S, self._end())

    async def _end(self) -> None:
        if self._items:
            await asyncio.wait(self._items)
        await self._release()

    async def _run(self) -> None:
        while True:
            self._kicked.clear()
            began, busy = monotonic(), False
            try:
                busy = await within(ROUND_S, self._round())
                self._good = began
            except Exception as error:
                self._unsure = True
                log.warning("a round failed, trying again", extra={"error": type(error).__name__})
            if not busy:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._kicked.wait(), self._tick)

    async def _round(self) -> bool:
        """Lease what is due and begin with it. True when there may be more, and room for it."""
        if self._unsure:
            await self._release()
            self._unsure = False
        outcomes = await asyncio.gather(*(self._each(kind) for kind in self._kinds), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return any(outcomes)

    async def _each(self, kind: Kind) -> bool:
        room = MOST - len(kind.in_flight)
        if room <= 0:
            return False
        now = self._held.clock.now()
        wanted = {"now": now, "until": now + self._lease, "most": room, "process": self._held.process}
        async with self._held.database.worker() as connection:
            due = await rows(connection, kind.lease, wanted)
        for row in due:
            if row["id"] not in kind.in_flight:
                self._begin(kind, row)
        return len(due) == room and len(kind.in_flight) < MOST

    def _begin(self, kind: Kind, row: Row) -> None:
        kind.in_flight.add(row["id"])
        task = asyncio.create_task(self._item(kind, row))
        self._items.add(task)
        task.add_done_callback(self._items.discard)

    async def _item(self, kind: Kind, row: Row) -> None:
        try:
            async with self._slots:
                await within(self._item_s, kind.work(row))
        except Exception as error:
            log.error("background work failed", exc_info=error)
            await self._put_off(kind, row)
        finally:
            if len(kind.in_flight) == MOST:
                self.kick()
            kind.in_flight.discard(row["id"])

    async def _put_off(self, kind: Kind, row: Row) -> None:
        try:
            await kind.put_off(row)
        except Exception as error:
            self._unsure = True
            log.warning("a lease could not be given back", extra={"error": type(error).__name__})

    async def _release(self) -> None:
        """Make due what this process has leased and does not work on."""
        kept = [one for kind in self._kinds for one in kind.in_flight]
        wanted = {"process": self._held.process, "kept": kept, "now": self._held.clock.now()}
        async with self._held.database.worker() as connection:
            await connection.execute(sql.RELEASE, wanted)

    async def _look_into_event(self, event: Row) -> None:
        if not await webhooks.process(self._held, event):
            await self._put_event_off(event)

    async def _put_event_off(self, event: Row) -> None:
        wait = min(LATEST_S, SOONEST_S * 2 ** min(event["checks"], 10))
        next_attempt = self._held.clock.now() + timedelta(seconds=wait)
        async with self._held.database.worker() as connection:
            await connection.execute(sql.RETRY_WEBHOOK, {"id": event["id"], "next": next_attempt})

    async def _ask_about_payment(self, payment: Row) -> None:
        await settle_order(self._held, payment)
        await self._schedule_payment(payment)

    async def _schedule_payment(self, payment: Row) -> None:
        await self._schedule(sql.SCHEDULE, payment)

    async def _ask_about_refund(self, refund: Row) -> None:
        await settle_refund(self._held, refund)
        await self._schedule_refund(refund)

    async def _schedule_refund(self, refund: Row) -> None:
        await self._schedule(sql.SCHEDULE_REFUND, refund)

    async def _schedule(self, statement: str, row: Row) -> None:
        """The next question, by how many there were: PhonePe's schedule, then hourly until the end is known.

        Orders that were closed are asked about hourly for 48 h: the database knows which.
        """
        asked, now = row["checks"], self._held.clock.now()
        wait = self._intervals[asked] if asked < len(self._intervals) else HOURLY
        async with self._held.database.worker() as connection:
            await connection.execute(statement, {"id": row["id"], "next": now + timedelta(seconds=wait), "now": now})


async def within(seconds: float, work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` gives in `seconds`, else TimeoutError: it is cancelled then, and not waited for."""
    task = asyncio.create_task(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not done:
        task.cancel()
        raise TimeoutError(f"not done within {seconds:g} s")
    return task.result()
