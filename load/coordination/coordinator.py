"""One run, many machines: Locust's master hands its workers the plan, and keeps what they record, each record once.

Workers of the master's own machine have the plan from a file, and write their records themselves. Those from elsewhere
say hello, get the plan without its secrets, and send each record with its number, so that none is lost or kept twice
unseen. Who joined and never took leave was lost; what such a worker had begun stays open, and ends as unknown.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import gevent
from gevent.event import AsyncResult

from evidence import Run, mask_value
from load.coordination.plan import Plan
from load.coordination.records import Writer

if TYPE_CHECKING:  # Locust patches the process that imports it
    from locust.rpc.protocol import Message
    from locust.runners import MasterRunner, WorkerRunner

HELLO, PLAN, RECORDS, HALT, LEAVE = (f"raptorflow-{name}" for name in ("hello", "plan", "records", "halt", "leave"))
KIND = "workers"
"""Records of who joined the run and who took leave: `{worker, index, state: joined | left | refused | gap}`."""
SOURCE = "load"
_LOOK_S = 0.1
_SHIP_EVERY_S = 0.05


class Coordinator:
    """The master's half: greets workers, keeps their records, and ends the run when it is halted."""

    def __init__(self, runner: MasterRunner, plan: Plan, local: int) -> None:
        """`local` workers have the plan already; the plan's other processes are expected from elsewhere."""
        self._runner, self._plan = runner, plan
        self._recorder = Run(plan.run).recorder(SOURCE)
        self._free = list(range(local, plan.processes))
        self._index: dict[str, int] = {}
        self._expected: dict[str, int] = {}
        self._left: set[str] = set()
        self._parent = os.getppid()
        for kind, hear in ((HELLO, self._greet), (RECORDS, self._keep), (LEAVE, self._part)):
            runner.register_message(kind, hear)

    def follow(self) -> None:
        """Wait until the run is halted, then until everyone has taken leave, or is gone. Ends the run."""
        while not self._plan.halt.exists() and os.getppid() == self._parent:
            gevent.sleep(_LOOK_S)
        self._runner.send_message(HALT)
        while self._present():
            gevent.sleep(_LOOK_S)
        self._runner.quit()

    def _present(self) -> bool:
        clients = self._runner.clients
        here = {node.id for node in (*clients.ready, *clients.spawning, *clients.running)}
        return bool((self._index.keys() & here) - self._left) and os.getppid() == self._parent

    def _greet(self, msg: Message, **_: Any) -> None:
        worker, given = msg.node_id, msg.data["index"]
        if given is None and worker not in self._index:
            given = self._free.pop(0) if self._free else None
            if given is None:
                self._tell(worker, -1, "refused")
                logging.error("a worker more than --workers says came, and was turned away: %s", worker)
                return
            self._runner.send_message(PLAN, _portable(self._plan, given), client_id=worker)
        self._index[worker] = given
        self._tell(worker, given, "joined")

    def _keep(self, msg: Message, **_: Any) -> None:
        worker, first = msg.node_id, int(msg.data["first"])
        expected = self._expected.get(worker, 0)
        if first > expected:
            self._tell(worker, self._index.get(worker, -1), "gap")
        for number, (kind, record) in enumerate(msg.data["records"], start=first):
            if number >= expected:
                self._recorder.write(kind, record)
        self._expected[worker] = max(expected, first + len(msg.data["records"]))

    def _part(self, msg: Message, **_: Any) -> None:
        self._left.add(msg.node_id)
        self._tell(msg.node_id, self._index.get(msg.node_id, -1), "left")

    def _tell(self, worker: str, index: int, state: str) -> None:
        self._recorder.write(KIND, {"worker": worker, "index": index, "state": state})


class WorkerLink:
    """A worker's half. `plan` resolves when the worker has one."""

    def __init__(self, runner: WorkerRunner, plan: Plan | None) -> None:
        """`plan` is a local worker's own; without one, the master is asked for it."""
        self.plan: AsyncResult[Plan] = AsyncResult()
        self.halted = False
        self._runner = runner
        self._folder = TemporaryDirectory(prefix="raptorflow-worker-") if plan is None else None
        self._waiting: list[tuple[str, Mapping[str, Any]]] = []
        self._sent = 0
        runner.register_message(PLAN, self._told)
        runner.register_message(HALT, self._halt)
        if plan is not None:
            self.plan.set(plan)
        runner.send_message(HELLO, {"index": plan.index if plan else None})

    @property
    def writer(self) -> Writer | None:
        """Where records go: None where this worker writes them itself."""
        return self if self._folder else None

    def write(self, kind: str, record: Mapping[str, Any]) -> None:
        """Send a record, masked; at once if it announces a trial: who is killed now leaves a trace of what it began."""
        self._waiting.append((kind, mask_value(record)))
        if record.get("phase") == "opened":
            self.flush()

    def write_all(self, kind: str, records: Iterable[Mapping[str, Any]]) -> None:
        """Send many records that hold nothing to be masked."""
        self._waiting += [(kind, record) for record in records]

    def ship(self) -> None:
        """Send what waits, a few times a second, for as long as the worker lives."""
        while True:
            self.flush()
            gevent.sleep(_SHIP_EVERY_S)

    def flush(self) -> None:
        """Send what waits, at once."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._runner.send_message(RECORDS, {"first": self._sent, "records": waiting})
            self._sent += len(waiting)

    def leave(self) -> None:
        """Take leave: everything that was begun has ended, and everything is sent."""
        self.flush()
        self._runner.send_message(LEAVE)

    def _told(self, msg: Message, **_: Any) -> None:
        assert self._folder is not None
        self.plan.set(_unpacked(msg.data, Path(self._folder.name)))

    def _halt(self, **_: Any) -> None:
        self.halted = True


def _portable(plan: Plan, index: int) -> dict[str, Any]:
    """A plan for another machine: what customers need to know, no password, and the population itself."""
    system = plan.system
    known = {
        name: getattr(system, name) for name in ("name", "base_url", "gateway_url", "gateway_admin_url", "merchant_id")
    }
    told = {"schedule": plan.schedule, "payers_stay_away": plan.payers_stay_away}
    told |= {"run": str(plan.run), "seed": plan.seed, "users": plan.users, "processes": plan.processes, "index": index}
    shape = {"kind": plan.shape.kind, "rate": plan.shape.rate, "points": plan.shape.points}
    text = plan.population.read_text()
    return {"system": {**known, "routes": dict(system.routes)}, "shape": shape, "population": text, **told}


def _unpacked(told: Mapping[str, Any], folder: Path) -> Plan:
    population = folder / "population.toml"
    population.write_text(told["population"])
    text = json.dumps({**told, "population": str(population), "folder": str(folder)})
    return Plan.from_json(text.encode())
