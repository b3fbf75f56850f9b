"""One load run: generators on one side, the judge on the other, until all is decided or the time is up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from evidence import Recorder, Run
from load.coordination.processes import Generators
from load.coordination.records import Tail
from load.coordination.saturation import Window
from load.judging.judge import Judge
from load.judging.thresholds import Operation
from load.judging.witnesses import Witnesses
from load.population import webhook_conditions
from load.results.memory import Memory
from load.trials.claims import KIND, ORDERS, Claim, Ordered
from load.trials.trials import TrialLog

KINDS = (KIND, ORDERS, "visits", "operations", "generator", "workers")
JUDGED = ("name", "started_at", "duration_s", "status", "request_id")
"""What thresholds and latencies need of an operation; the rest stays in its file."""
TICK_S = 0.25
SETTLE_EVERY_S = 3.0
DRAIN_S = 45.0
"""After nobody is let in any more, so long may those inside take, and what they began may take effect."""
ENDED = "the run ended before it did"


@dataclass(slots=True)
class Limits:
    """When nobody is let in any more: `enough` says so, or after `run_time_s` seconds, or after `most_trials`.

    `intolerable` says which breach of a threshold, so many seconds into the run, ends it at once; "" for none.
    """

    enough: Callable[[TrialLog], bool]
    run_time_s: float
    most_trials: int
    intolerable: Callable[[Sequence[Operation], float], str] = lambda _operations, _after_s: ""


@dataclass(slots=True)
class LoadRun:
    """A run under way. `requests` counts all; `operations` are those after the warm-up, in order of their reading."""

    run: Run
    generators: Generators
    witnesses: Witnesses
    limits: Limits
    trials: TrialLog = field(init=False)
    judge: Judge = field(init=False)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    visits: list[dict[str, Any]] = field(default_factory=list)
    operations: list[dict[str, Any]] = field(default_factory=list)
    requests: int = 0
    memory: Memory = field(default_factory=Memory)
    duration_s: float = 0.0
    why_ended: str = ""
    _recorder: Recorder = field(init=False)
    _tails: dict[str, Tail] = field(init=False)
    _settled_at: float = 0.0
    _warm_up_s: float = 0.0
    _rates: dict[int, float | None] = field(default_factory=dict)
    _workers: dict[str, dict[str, Any]] = field(default_factory=dict)
    _gaps: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the gateway."""
        self._recorder = self.run.recorder("load-judge")
        self.trials = TrialLog(self._recorder.write)
        self.judge = Judge(self.trials, self.witnesses)
        self._tails = {kind: Tail(self.run.directory, kind) for kind in KINDS}

    def follow(self, tell: Callable[[LoadRun], None]) -> None:
        """Follow it to its end: customers come, until the last one has left; what is open then is unknown.

        `tell` is called a few times a second, to show how it goes.
        """
        began = time.monotonic()
        if gateway := webhook_conditions.of(self.generators.plan.system):
            gateway.reset()
            gateway.close()
        self.generators.start()
        up = False
        while not (why := self._why_end(time.monotonic() - began)):
            self._tick(tell)
            if not up and self._rates:  # the run's time begins with the generators, however long they took to start
                up, began = True, time.monotonic()
        self.why_ended, self.duration_s = why, time.monotonic() - began
        self.generators.halt()
        self._drain(tell)
        self.trials.abandon(ENDED)
        tell(self)

    def rate(self) -> float | None:
        """Arrivals a second, of all generators together; None for a closed shape, and while it is being measured."""
        known = [rate for rate in self._rates.values() if rate is not None]
        return round(sum(known), 3) if known else None

    def lost(self) -> list[str]:
        """For each worker that joined and never took leave, or whose records have a gap, one line."""
        gone = [told for told in self._workers.values() if told["state"] == "joined"]
        return [f"worker {told['index']} was lost: what it had begun is unknown" for told in gone] + self._gaps

    def _hear(self, told: dict[str, Any]) -> None:
        """What the master says of a worker."""
        if told["state"] == "gap":
            self._gaps.append(f"worker {told['index']} sent records that never came")
        elif told["state"] != "refused":
            self._workers[told["worker"]] = told

    def _why_end(self, elapsed_s: float) -> str:
        if not self.generators.running():
            return "the generators ended"
        if self.limits.enough(self.trials):
            return "all is decided"
        if elapsed_s > self.limits.run_time_s:
            return f"{self.limits.run_time_s:g} s are over"
        if self.trials.closed >= self.limits.most_trials:
            return "enough trials"
        if self.requests and not self.operations:  # the warm-up, which no threshold counts, however long it takes
            self._warm_up_s = elapsed_s
            return ""
        return self.limits.intolerable(self.operations, elapsed_s - self._warm_up_s)

    def _drain(self, tell: Callable[[LoadRun], None]) -> None:
        deadline = time.monotonic() + DRAIN_S
        while self.generators.running() and time.monotonic() < deadline:
            self._tick(tell)
        self.generators.close()
        self._read()
        self.judge.forsake(ENDED)
        self.judge.settle(last=True)
        while self.trials.pending and time.monotonic() < deadline:
            time.sleep(TICK_S)
            self.judge.settle(last=True)

    def _tick(self, tell: Callable[[LoadRun], None]) -> None:
        time.sleep(TICK_S)
        self._read()
        if self.judge.busy and time.monotonic() - self._settled_at > SETTLE_EVERY_S:
            self.judge.settle()
            self._settled_at = time.monotonic()
        tell(self)

    def _read(self) -> None:
        visits = list(self._tails["visits"].new())  # first: whoever has left is then heard out below
        for window in self._tails["generator"].new():
            self._rates[window["index"]] = window["rate"]
            self.judge.saturation.add(window["index"], Window(**{name: window[name] for name in Window.__slots__}))
            self.memory.add(window["index"], window)
        for told in self._tails["workers"].new():
            self._hear(told)
        for order in self._tails[ORDERS].new():
            self.orders[order["merchant_order_id"]] = order
            self.judge.bought(Ordered.of(order))
        for operation in self._tails["operations"].new():
            self.requests += 1
            if "foreign" in operation:
                self.judge.answered(operation)
            if not operation.get("warm_up"):
                self.operations.append({name: operation[name] for name in JUDGED if name in operation})
        for claim in self._tails[KIND].new():
            self.judge.claimed(Claim(**{name: claim[name] for name in Claim.__slots__}))
        for visit in visits:
            self.visits.append(visit)
            self.judge.left(visit["customer"])
