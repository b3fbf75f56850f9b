"""A load run: when it ends, and what becomes of what nobody finished."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

import pytest

from evidence import Run
from load.coordination.plan import Plan
from load.coordination.records import Tail
from load.judging.metric_status import all_decided
from load.judging.thresholds import Operation
from load.judging.witnesses import Witnesses
from load.population.population import DEFAULT
from load.population.shapes import Shape
from load.running.load_run import Limits, LoadRun
from load.trials.claims import KIND, Claim
from load.trials.trials import METRICS, Outcome, TrialLog
from stack.system import System

ALONE = Witnesses(None, None, None, None, "22x1")


@dataclass
class Idle:
    """Generators that generate nothing."""

    plan: Plan
    up: bool = True

    def start(self) -> None:
        pass

    def running(self) -> bool:
        return self.up

    def halt(self) -> None:
        self.up = False

    def close(self) -> None:
        self.up = False


def _course(tmp_path: Path, limits: Limits, *, up: bool = True) -> LoadRun:
    run = Run.create(tmp_path)
    system = System(name="nowhere", base_url="http://127.0.0.1:9")
    plan = Plan(system, run.directory, tmp_path, DEFAULT, 1, 1, Shape())
    return LoadRun(run, Idle(plan, up), ALONE, limits)  # type: ignore[arg-type]


def _never(_: TrialLog) -> bool:
    return False


@pytest.mark.parametrize(
    ("limits", "up", "why"),
    [
        (Limits(lambda _: True, 60, 10), True, "all is decided"),
        (Limits(_never, 0, 10), True, "0 s are over"),
        (Limits(_never, 60, 0), True, "enough trials"),
        (Limits(_never, 60, 10, lambda _operations, _after_s: "p(95)<1"), True, "p(95)<1"),
        (Limits(_never, 60, 10), False, "the generators ended"),
    ],
)
def test_run__ends_for_a_reason(tmp_path: Path, limits: Limits, up: bool, why: str) -> None:
    """A run ends when all is decided, at a limit, at an intolerable breach, or when nobody generates."""
    load_run = _course(tmp_path, limits, up=up)
    load_run.follow(lambda _: None)

    assert load_run.why_ended == why


def test_killed_generator__its_trials_unknown(tmp_path: Path) -> None:
    """What a killed process had begun is listed as unknown: neither success nor failure."""
    load_run = _course(tmp_path, Limits(_never, 60, 10), up=False)
    claim = Claim("auth.login", "auth.login:customer-1:1", "customer-1", 0, "opened", 0.0, 0.0)
    load_run.run.recorder("load").write(KIND, asdict(claim))
    load_run.follow(lambda _: None)

    trials = load_run.run.records("trials")

    assert [(trial["trial"], trial["outcome"]) for trial in trials] == [("auth.login:customer-1:1", "unknown")]


def test_warm_up__out_of_the_latencies(tmp_path: Path) -> None:
    """Requests that drive the system to its limit are counted, and neither limited nor averaged."""
    load_run = _course(tmp_path, Limits(_never, 60, 10), up=False)
    recorder = load_run.run.recorder("load")
    recorder.write("operations", {"name": "log in", "warm_up": True})
    recorder.write("operations", {"name": "log in"})
    load_run.follow(lambda _: None)

    assert (load_run.requests, len(load_run.operations)) == (2, 1)


def test_warm_up__however_long_breaches_nothing(tmp_path: Path) -> None:
    """Thresholds look at a run, and their delays begin, once the warm-up is over."""
    looks: list[tuple[int, int, float]] = []

    def breached(operations: Sequence[Operation], after_s: float) -> str:
        looks.append((load_run.requests, len(operations), after_s))
        return "p(95)<1" if operations else ""

    load_run = _course(tmp_path, Limits(_never, 60, 10, breached))
    recorder, ticks = load_run.run.recorder("load"), count(1)
    recorder.write("operations", {"name": "log in", "warm_up": True})

    def fourth(_: LoadRun) -> None:
        if next(ticks) == 4:
            recorder.write("operations", {"name": "log in"})

    load_run.follow(fourth)

    assert load_run.why_ended == "p(95)<1"
    assert [look for look in looks if look[0] and not look[1]] == []
    assert looks[-1][2] < load_run.duration_s / 2


def test_torn_line__read_when_whole(tmp_path: Path) -> None:
    """A line that its writer has not finished yet is read once it is whole, and once only."""
    folder = tmp_path / "claims"
    folder.mkdir()
    tail, line = Tail(tmp_path, "claims"), json.dumps({"n": 1})
    with (folder / "load-1.jsonl").open("w") as file:
        file.write(line[:4])
        file.flush()
        torn = list(tail.new())
        file.write(line[4:] + "\n")

    assert (torn, list(tail.new()), list(tail.new())) == ([], [{"n": 1}], [])


def _ended(outcome: Outcome, times: int) -> Counter[Outcome]:
    return Counter({outcome: times})


def test_enough__when_every_metric_is_decided() -> None:
    """A run goes on until the last metric is decided, and no further."""
    trials = TrialLog(lambda _kind, _record: None)
    trials.counts = {metric: _ended("success", 1000) for metric in METRICS}

    assert all_decided(trials)

    trials.counts["context.storage"] = _ended("success", 100)

    assert not all_decided(trials)

    trials.counts["context.storage"] = _ended("failure", 100)

    assert all_decided(trials)
