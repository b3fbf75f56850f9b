"""Defective systems, and a few customers who play the load run against one without any generating process."""

from __future__ import annotations

import threading
import time
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from defects import application
from defects.defect import ROOT, Defect
from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.transport import Request, Response
from evidence import Run
from load.coordination.plan import Plan
from load.coordination.target import RECONCILE_SCHEDULE
from load.customers.journey import Journey
from load.customers.operations import Operations
from load.customers.visit import Visit
from load.judging.witnesses import Witnesses
from load.population import webhook_conditions
from load.population.intent import Attempt, Intent
from load.population.population import DEFAULT
from load.population.shapes import Shape
from load.running.load_run import Limits, LoadRun
from stack.system import System
from witness.database import DatabaseWitness
from witness.ledger import LedgerWitness
from witness.redis import RedisWitness

FOLDER = ROOT / "defects" / "load"
PAYS = Attempt("success", None, "prompt", redirect_lost=False, returns="soon")
MIND = Intent(0, "glide", "monthly", False, (PAYS,), None, False, False, True, (0.0,) * 27)
"""A customer who mistypes the password once, pays, stays away for a while and completes the onboarding."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """A system with a defect: `share` of the metric's trials fail."""

    metric: str
    share: float
    defect: Defect

    def copy(self, folder: Path) -> Path:
        """The application with its defect, in a new folder."""
        return application.copy(folder, self.defect)


def catalogue(name: str) -> list[Seeded]:
    """The systems of one file of `defects/load/`."""
    entries: list[dict[str, Any]] = tomllib.loads((FOLDER / f"{name}.toml").read_text())["defect"]
    return [
        Seeded(entry.pop("metric"), entry.pop("share", 1.0), TypeAdapter(Defect).validate_python(entry))
        for entry in entries
    ]


class Transport:
    """httpx as a transport that a visit notes."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._client = HttpxTransport()

    def send(self, request: Request) -> Response:
        """Send it, and have it noted."""
        began = time.time()
        response = self._client.send(request)
        self._visit.note(request, response, began, response.elapsed_s)
        return response

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


@dataclass
class Threads:
    """Generators that are threads: one for each customer."""

    plan: Plan
    intents: Iterable[Intent]
    operations: Operations = field(init=False)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._recorder = Run(self.plan.run).recorder("load")
        self.operations = Operations(self._recorder)
        self.webhook_conditions = webhook_conditions.of(self.plan.system)

    def record(self, kind: str, record: Mapping[str, Any]) -> None:
        with self._lock:
            self.operations.flush()
            self._recorder.write(kind, record)

    def start(self) -> None:
        self._threads = [threading.Thread(target=self._visit, args=(intent,), daemon=True) for intent in self.intents]
        for thread in self._threads:
            thread.start()

    def _visit(self, intent: Intent) -> None:
        visit = Visit(self, intent, warming_up=False)
        transport, system = Transport(visit), self.plan.system
        try:
            Journey(visit, HttpCustomer(transport, system.base_url, system.routes)).make()
        finally:
            transport.close()
            if self.webhook_conditions:
                self.webhook_conditions.close()

    def running(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def halt(self) -> None:
        """Those who are there finish."""

    def close(self) -> None:
        for thread in self._threads:
            thread.join()

    def broken(self) -> list[str]:
        return []


def play(system: System, folder: Path, intents: Iterable[Intent], schedule: str = RECONCILE_SCHEDULE) -> LoadRun:
    """Have these customers visit a system, all at once; returns the judged run."""
    run = Run.create(folder)
    numbered = [replace(intent, number=number) for number, intent in enumerate(intents)]
    plan = Plan(system, run.directory, folder, DEFAULT, 1, len(numbered), Shape("closed"), schedule=schedule)
    database = DatabaseWitness(str(system.database_dsn), system.tables)
    with (
        closing(LedgerWitness(str(system.gateway_admin_url), str(system.merchant_id))) as ledger,
        RedisWitness(str(system.redis_url)) as redis,
    ):
        witnesses = Witnesses(database, ledger, redis, None, schedule)
        return _judged(run, Threads(plan, numbered), witnesses)


def _judged(run: Run, customers: Threads, witnesses: Witnesses) -> LoadRun:
    load_run = LoadRun(run, customers, witnesses, Limits(lambda _: False, 300, 10**6))  # type: ignore[arg-type]
    load_run.follow(lambda _: None)
    return load_run
