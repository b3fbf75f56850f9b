"""The end of a process: what was begun is finished, or answered; what comes new is sent elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from raptorflow.problems import Problem

LOOK_EVERY_S = 0.02


class Drain:
    """The requests that this process has begun, and whether it takes any more."""

    def __init__(self) -> None:
        self.closing = False
        self._begun: set[asyncio.Task[object]] = set()

    @contextmanager
    def request(self) -> Iterator[None]:
        """A request that is being answered."""
        task = asyncio.current_task()
        assert task is not None
        self._begun.add(task)
        try:
            yield
        finally:
            self._begun.discard(task)

    async def finish(self, seconds: float, impatient: Callable[[], bool]) -> None:
        """Take no more, wait for what was begun, and after `seconds`, or when `impatient`, cancel what is left."""
        self.closing = True
        ends = monotonic() + seconds
        while self._begun and monotonic() < ends and not impatient():
            await asyncio.sleep(LOOK_EVERY_S)
        for task in self._begun:
            task.cancel("the process ends")


def refused() -> Problem:
    """What a request is told that comes when the process is about to end."""
    detail = "We are restarting. Please try again in a moment."
    return Problem(503, "RESTARTING", detail, headers={"Retry-After": "2", "Connection": "close"})


def interrupted() -> Problem:
    """What a request is told that could not be finished: it may have been done, and asking again is safe."""
    detail = "We are restarting, and could not finish this in time. Please try again in a moment, with the same key."
    return Problem(503, "RESTARTING", detail, headers={"Retry-After": "2", "Connection": "close"})
