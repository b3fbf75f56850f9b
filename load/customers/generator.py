"""One generating process: who is inside, what they hear, and what is recorded of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import gevent

from drivers.transport import Request, Response
from evidence import Run, mask
from load.coordination.plan import Plan
from load.coordination.records import Writer
from load.coordination.saturation import Window, watch
from load.customers.arrivals import Arrivals
from load.customers.canaries import canary, foreign
from load.customers.claim_log import KIND, Stand
from load.customers.operations import Operations, operation
from load.population import webhook_conditions
from load.population.intent import Intent, draw
from load.population.population import Passage, read

SOURCE = "load"
_LOOK_S = 0.1
_FLUSH_EVERY_S = 0.05


class Generator:
    """Plays its share of the population; `plan` says which. Records go to the run, or to where `writer` sends them."""

    def __init__(self, plan: Plan, writer: Writer | None = None) -> None:
        self.plan = plan
        self.arrivals = Arrivals(plan)
        self._population = read(plan.population)
        self._writer = writer or Run(plan.run).recorder(SOURCE)
        self.operations = Operations(self._writer)
        self._parent = os.getppid()
        self.weather = webhook_conditions.at(plan)

    def start(self) -> None:
        """Begin to measure and to let customers in."""
        gevent.spawn(watch, lambda window: self.record("generator", self._told(window)))
        gevent.spawn(self.arrivals.run)
        self.keep()

    def keep(self) -> None:
        """Begin to keep the requests that are noted, a few times a second."""
        gevent.spawn(self._flush)

    def _told(self, window: Window) -> dict[str, Any]:
        return {**asdict(window), "index": self.plan.index, "rate": self.arrivals.rate}

    def wait(self, shut: Callable[[], bool] = lambda: False) -> None:
        """Until the doors are closed and the last customer has left, or whoever started this process is gone.

        `shut` says whether somebody elsewhere has closed the doors.
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
    def customer(self) -> Iterator[Guest]:
        """The next customer, for as long as it is inside."""
        with self.arrivals.visit() as number:
            intent = draw(self._population, self.plan.seed, number)
            yield Guest(self, intent, warming_up=self.arrivals.warming_up)

    def record(self, kind: str, record: Mapping[str, Any]) -> None:
        """Keep a record of that kind, and before it the requests that led to it."""
        self.operations.flush()
        self._writer.write(kind, record)


class Guest:
    """A customer inside; keeps `journey.Guest`."""

    def __init__(self, generator: Generator, intent: Intent, *, warming_up: bool) -> None:
        self.intent = intent
        self.mark = canary(generator.plan.run.name, generator.plan.seed, intent.number)
        name = f"customer-{intent.number}"
        self.stand = Stand(name, lambda claim: generator.record(KIND, claim), warming_up=warming_up)
        self.heard: list[str] = []
        self._standing = {"user": name, **({"warm_up": True} if warming_up else {})}
        self._system = generator.plan.system.base_url
        self._operations = generator.operations
        self._generator = generator

    def record(self, kind: str, record: Mapping[str, Any]) -> None:
        """Keep a record of that kind."""
        self._generator.record(kind, record)

    def forecast(self, order: str, passage: Passage) -> None:
        """The gateway's messages about an order shall travel so, where the gateway is the harness's own."""
        if gateway := self._generator.weather:
            gateway.over(order, passage)

    def hear(
        self, request: Request, response: Response | None, started_at: float, duration_s: float, error: str = ""
    ) -> None:
        """Note a request as an operation, and whether the system's answer carries another tenant's canary."""
        told = operation(request, response, started_at, duration_s)
        told |= self._standing
        if error:
            told["error"] = mask(error)
        if told["request_id"]:
            self.heard.append(told["request_id"])
        if response and request.url.startswith(self._system):
            told["foreign"] = foreign(response.body, self.mark)
        self._operations.note(told)
        if told.get("foreign"):
            self._operations.flush()  # a leak is never lost
