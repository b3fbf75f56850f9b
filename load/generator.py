"""One generating process: who is inside, what they hear, and what is recorded of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import gevent

from evidence import Run, mask
from load import weather
from load.arrivals import Arrivals
from load.canaries import canary, foreign
from load.claims import KIND, Stand
from load.intent import Intent, draw
from load.plan import Plan
from load.population import Passage, read
from load.records import Write
from load.saturation import Window, watch
from load.transport import Exchange

SOURCE = "load"


_LOOK_S = 0.1


class Generator:
    """Plays its share of the population; `plan` says which. Records go to the run, or to where `write` sends them."""

    def __init__(self, plan: Plan, write: Write | None = None) -> None:
        self.plan = plan
        self.arrivals = Arrivals(plan)
        self._population = read(plan.population)
        self._write = write or Run(plan.run).recorder(SOURCE).write
        self._parent = os.getppid()
        self.weather = weather.at(plan)

    def start(self) -> None:
        """Begin to measure and to let customers in."""
        gevent.spawn(watch, lambda window: self.record("generator", self._told(window)))
        gevent.spawn(self.arrivals.run)

    def _told(self, window: Window) -> dict[str, Any]:
        return {**asdict(window), "index": self.plan.index, "rate": self.arrivals.rate}

    def wait(self, shut: Callable[[], bool] = lambda: False) -> None:
        """Until the doors are closed and the last customer has left, or whoever started this process is gone.

        `shut` says whether somebody elsewhere has closed the doors.
        """
        while not self.arrivals.idle and os.getppid() == self._parent:
            self.arrivals.shut = self.arrivals.shut or shut()
            gevent.sleep(_LOOK_S)

    @contextmanager
    def customer(self) -> Iterator[Guest]:
        """The next customer, for as long as it is inside."""
        with self.arrivals.visit() as number:
            intent = draw(self._population, self.plan.seed, number)
            yield Guest(self, intent, warming_up=self.arrivals.warming_up)

    def record(self, kind: str, record: Mapping[str, Any], *, clean: bool = False) -> None:
        """Keep a record of that kind; `clean` as `evidence.Recorder.write` has it."""
        self._write(kind, record, clean=clean)


class Guest:
    """A customer inside; keeps `journey.Guest`."""

    def __init__(self, generator: Generator, intent: Intent, *, warming_up: bool) -> None:
        self.intent = intent
        self.mark = canary(generator.plan.run.name, generator.plan.seed, intent.number)
        name = f"customer-{intent.number}"
        self.stand = Stand(name, lambda claim: generator.record(KIND, claim), warming_up=warming_up)
        self.heard: list[str] = []
        self._standing = {"warm_up": True} if warming_up else {}
        self._generator = generator

    def record(self, kind: str, record: Mapping[str, Any]) -> None:
        """Keep a record of that kind."""
        self._generator.record(kind, record)

    def around(self, passage: Passage) -> AbstractContextManager[None]:
        """While this lasts, the gateway's messages travel so, where the gateway is the harness's own."""
        gateway = self._generator.weather
        return gateway.around(passage) if gateway else nullcontext()

    def hear(self, exchange: Exchange) -> None:
        """Record a request as an operation, and whether the system's answer carries another tenant's canary."""
        response = exchange.response
        told = operation(exchange, self.stand.customer) | self._standing
        if response:
            if response.request_id:
                self.heard.append(response.request_id)
            if exchange.request.url.startswith(self._generator.plan.system.base_url):
                told["foreign"] = foreign(response.body, self.mark)
        self._generator.record("operations", told, clean=True)


def operation(exchange: Exchange, user: str) -> dict[str, Any]:
    """An exchange as `operations/*.jsonl` holds it."""
    response = exchange.response
    told = {
        "name": exchange.request.name,
        "started_at": datetime.fromtimestamp(exchange.started_at, UTC).isoformat(timespec="milliseconds"),
        "duration_s": round(exchange.duration_s, 6),
        "status": response.status if response else 0,
        "request_id": response.request_id if response else "",
        "user": user,
    }
    return told | ({"error": mask(exchange.error)} if exchange.error else {})
