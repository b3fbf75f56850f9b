"""One generating process: which customers it serves, and what it records of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import gevent

from evidence import Run
from load.coordination.plan import Plan
from load.coordination.records import Writer
from load.coordination.saturation import Window, watch
from load.customers.arrivals import Arrivals
from load.customers.operations import Operations
from load.customers.visit import Visit
from load.population import webhook_conditions
from load.population.intent import draw
from load.population.population import read

SOURCE = "load"
_LOOK_S = 0.1
_FLUSH_EVERY_S = 0.05


class Generator:
    """Plays its share of the population; `plan` says which. Records go to the run, or to where `writer` sends them."""

    def __init__(self, plan: Plan, writer: Writer | None = None) -> None:
        """Prepare; `start` lets customers in."""
        self.plan = plan
        self.arrivals = Arrivals(plan)
        self._population = read(plan.population)
        self._writer = writer or Run(plan.run).recorder(SOURCE)
        self.operations = Operations(self._writer)
        self._parent = os.getppid()
        self.webhook_conditions = webhook_conditions.of(plan.system)

    def start(self) -> None:
        """Begin to measure and to let customers in."""
        gevent.spawn(watch, lambda window: self.record("generator", self._window(window)))
        gevent.spawn(self.arrivals.run)
        self.keep()

    def keep(self) -> None:
        """Begin to keep the requests that are noted, a few times a second."""
        gevent.spawn(self._flush)

    def _window(self, window: Window) -> dict[str, Any]:
        return {**asdict(window), "index": self.plan.index, "rate": self.arrivals.rate}

    def wait(self, shut: Callable[[], bool] = lambda: False) -> None:
        """Wait until nobody is let in any more and the last customer has left, or the parent process is gone.

        `shut` says whether the run was ended elsewhere.
        """
        while not self.arrivals.idle and os.getppid() == self._parent:
            self.arrivals.shut = self.arrivals.shut or shut()
            gevent.sleep(_LOOK_S)
        self.operations.flush()

    def _flush(self) -> None:
        while True:
            self.operations.flush()
            gevent.sleep(_FLUSH_EVERY_S)

    @contextmanager
    def visit(self) -> Iterator[Visit]:
        """The next customer's visit, for as long as it lasts."""
        with self.arrivals.visit() as number:
            intent = draw(self._population, self.plan.seed, number)
            yield Visit(self, intent, warming_up=self.arrivals.warming_up)

    def record(self, kind: str, record: Mapping[str, Any]) -> None:
        """Keep a record of that kind, and before it the requests that led to it."""
        self.operations.flush()
        self._writer.write(kind, record)
