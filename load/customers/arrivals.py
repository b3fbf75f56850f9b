"""Who comes in, and when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from time import monotonic as now

import gevent
from gevent.queue import Queue

from load.coordination.plan import Plan

_LOOK_S = 0.02
PROBE = 20
"""So many customers show what the system can bear, of whom so many are inside at once."""
PROBE_INSIDE = 10
SHARE_OF_CAPACITY = 0.49
"""Arrivals stay below half of what was measured."""


class Arrivals:
    """Numbers of the customers that arrive at this process: each number comes to one process only.

    `rate` is this process's share of the rate, in customers a second; None while it is not known.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._random = Random(f"{plan.seed}:arrivals:{plan.index}")  # noqa: S311  (a simulation, no secret)
        self._next = plan.index
        self._waiting: Queue[int] = Queue()
        self._inside = 0
        self.left = 0
        self.shut = False
        """Set from without: nobody is let in any more."""
        self.rate = plan.shape.rate / plan.processes if plan.shape.rate else None

    @property
    def closed(self) -> bool:
        """Whether nobody is let in any more."""
        return self.shut or self._plan.halt.exists()

    @property
    def warming_up(self) -> bool:
        """Whether those who come in now show what the system can bear, and are no trials."""
        return self._plan.shape.kind != "closed" and self.rate is None

    @property
    def idle(self) -> bool:
        """Whether nobody is let in any more, and nobody is inside."""
        return self.closed and self._inside == 0 and self._waiting.empty()

    def run(self) -> None:
        """Let customers in until the run is halted: at random moments, or as those inside leave their seats."""
        if self._plan.shape.kind == "closed":
            self._refill()
            return
        self.rate = self.rate or self._capacity() * SHARE_OF_CAPACITY
        shape, began = self._plan.shape, now()
        while not self.closed:
            # Thinning: moments are drawn at the peak's rate, and kept as often as the present rate is of the peak's.
            if self._random.random() * shape.peak < shape.multiple(now() - began):
                self._admit()
            gevent.sleep(self._random.expovariate(self.rate * shape.peak))

    @contextmanager
    def visit(self) -> Iterator[int]:
        """The number of the next customer, when one comes; inside until this ends."""
        number: int = self._waiting.get()
        self._inside += 1
        try:
            yield number
        finally:
            self._inside -= 1
            self.left += 1

    def _capacity(self) -> float:
        """Customers a second that leave while as many come in: what the system can bear. A positive number."""
        began = now()
        while not self.closed and self.left < PROBE:
            if self._inside + self._waiting.qsize() < PROBE_INSIDE:
                self._admit()
            else:
                gevent.sleep(_LOOK_S)
        return max(self.left, 1) / (now() - began)

    def _refill(self) -> None:
        """Keep one customer at the door, for the next free seat."""
        while not self.closed:
            if self._waiting.empty():
                self._admit()
            else:
                gevent.sleep(_LOOK_S)

    def _admit(self) -> None:
        self._waiting.put(self._next)
        self._next += self._plan.processes
