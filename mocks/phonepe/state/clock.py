"""A clock that a test may set: time runs on by itself, and may be stepped."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime


def rfc3339(at_s: float) -> str:
    """Epoch seconds as RFC 3339 in UTC, to the millisecond."""
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True, order=True)
class Timer:
    """Something that happens once, at `due_s` of its clock's time."""

    due_s: float
    number: int
    action: Callable[[], None] | None = field(compare=False)

    def cancel(self) -> None:
        """Never run it."""
        self.action = None


class Clock:
    """Real time plus an offset, and what is to happen when.

    `settle` is awaited before, between and after the steps of `move_to`, so that what one timer began
    has come to rest before the next one fires. `goal_s` is the offset that a step under way leads to.
    """

    __slots__ = ("_handle", "_numbers", "_settle", "_timers", "goal_s", "offset_s")

    def __init__(self, settle: Callable[[], Awaitable[None]] | None = None) -> None:
        self.offset_s = 0.0
        self.goal_s = 0.0
        self._timers: list[Timer] = []
        self._numbers = itertools.count()
        self._handle: asyncio.TimerHandle | None = None
        self._settle = settle

    def now(self) -> float:
        """Epoch seconds."""
        return time.time() + self.offset_s

    def at(self, due_s: float, action: Callable[[], None]) -> Timer:
        """Run `action` at `due_s`, soon if that is past."""
        timer = Timer(due_s, next(self._numbers), action)
        heapq.heappush(self._timers, timer)
        if self._timers[0] is timer:
            self._arm()
        return timer

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Run `action` in `seconds` of this clock's time."""
        return self.at(self.now() + seconds, action)

    async def move_by(self, seconds: float) -> None:
        """Step on; steps that are taken at once add up."""
        await self.move_to(self.goal_s + seconds)

    async def move_to(self, offset_s: float) -> None:
        """Set the offset; a step forward stops at each timer on its way. The last one asked for has its way."""
        self.goal_s = offset_s
        await self._come_to_rest()
        while (due := self._next()) is not None and due.due_s <= time.time() + min(offset_s, self.goal_s):
            self.offset_s = max(self.offset_s, due.due_s - time.time())
            self._run_due()
            await self._come_to_rest()
        superseded = self.goal_s != offset_s
        self._set(max(self.offset_s, min(offset_s, self.goal_s)) if superseded else offset_s)
        await self._come_to_rest()

    def jump_to(self, offset_s: float) -> None:
        """Set the offset and let what is due happen when it may."""
        self.goal_s = offset_s
        self._set(offset_s)

    def _set(self, offset_s: float) -> None:
        self.offset_s = offset_s
        self._arm()

    def stop(self) -> None:
        """Forget all timers."""
        self._timers.clear()
        self._arm()

    async def _come_to_rest(self) -> None:
        if self._settle is not None:
            await self._settle()

    def _next(self) -> Timer | None:
        while self._timers and self._timers[0].action is None:
            heapq.heappop(self._timers)
        return self._timers[0] if self._timers else None

    def _run_due(self) -> None:
        while (timer := self._next()) is not None and timer.due_s <= self.now():
            heapq.heappop(self._timers)
            action, timer.action = timer.action, None
            if action is not None:
                action()
        self._arm()

    def _arm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if (timer := self._next()) is not None:
            wait = max(0.0, timer.due_s - self.now())
            self._handle = asyncio.get_running_loop().call_later(wait, self._run_due)
