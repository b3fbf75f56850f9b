"""How much a RaptorFlow bears: arrivals rise step by step until a threshold breaks, over one, two, … processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from math import floor
from typing import Any

import numpy as np

from evidence import Run
from load.capacity import scalability
from load.coordination.plan import PHONEPE_SCHEDULE, Plan
from load.coordination.processes import Generators
from load.judging import thresholds
from load.judging.thresholds import Operation, Threshold
from load.judging.witnesses import Witnesses
from load.population.shapes import Shape
from load.results.summary import MOST_SATURATED
from load.running.load_run import Limits, LoadRun

GROWTH = 1.5
BEHIND = 0.9
"""A system that sees fewer than this share of those who came off again, is full, whatever its latencies say."""
UNJUDGED = Witnesses(None, None, None, None, PHONEPE_SCHEDULE)


@dataclass(frozen=True, slots=True)
class Step:
    """What so many application processes made of so many arrivals a second. Rates are a second, latencies in ms.

    `broken` says what ended the climb: a threshold, customers piling up; the generator, where it was the slow one.
    """

    processes: int
    arrivals: float
    departures: float
    requests: float
    requests_low: float
    requests_high: float
    p50_ms: float
    p95_ms: float
    p95_low_ms: float
    p95_high_ms: float
    saturated: float
    broken: tuple[str, ...]
    samples: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Climb:
    """How far and how fast to climb: the first rate, the last, seconds for each step, and what must hold."""

    first: float
    most: float
    step_s: float
    limits: Sequence[Threshold]


def climb(plan: Plan, processes: int, how: Climb) -> Iterator[Step]:
    """Steps of a rising rate, up to and with the first that breaks. `processes` serve the plan's system."""
    rate = how.first
    while rate <= how.most:
        step = _step(plan, processes, rate, how)
        yield step
        if step.broken:
            return
        rate = round(rate * GROWTH, 2)


def knee(steps: Sequence[Step]) -> Step | None:
    """The last step that held; None where not even the first did."""
    held = [step for step in steps if not step.broken]
    return held[-1] if held else None


def document(steps: Sequence[Step]) -> dict[str, Any]:
    """`capacity.json`: every step, the knee of each number of processes, and the law where there are two numbers."""
    numbers = sorted({step.processes for step in steps})
    groups = {number: [step for step in steps if step.processes == number] for number in numbers}
    knees = {str(number): (asdict(found) if (found := knee(each)) else None) for number, each in groups.items()}
    most = {number: list(max(each, key=lambda step: step.requests).samples) for number, each in groups.items()}
    law = asdict(scalability.fit(most)) if len(most) > 1 and all(map(any, most.values())) else None
    peak = scalability.Law(**law).peak if law else None
    return {"steps": [asdict(step) for step in steps], "knees": knees, "law": law, "peak_processes": peak}


def _step(plan: Plan, processes: int, rate: float, how: Climb) -> Step:
    folder = plan.folder / f"step-{processes}-{rate:g}"
    folder.mkdir(mode=0o700)
    run = Run(plan.run / "capacity" / folder.name)
    run.directory.mkdir(parents=True)
    told = Plan(
        system=plan.system,
        run=run.directory,
        folder=folder,
        population=plan.population,
        seed=plan.seed + floor(rate * 1000) + processes,
        users=max(plan.users, floor(rate * how.step_s)),
        shape=Shape("open", rate),
        processes=plan.processes,
        local=plan.local,
        payers_stay_away=False,
    )
    limits = Limits(lambda _: False, how.step_s, 10**9)
    load_run = LoadRun(run, Generators(told), UNJUDGED, limits)
    load_run.follow(lambda _: None)
    return _measured(load_run, processes, rate, how)


def _measured(load_run: LoadRun, processes: int, rate: float, how: Climb) -> Step:
    """The step's figures, of the time in which customers were let in."""
    began = [datetime.fromisoformat(each["started_at"]).timestamp() for each in load_run.operations]
    start = min(began, default=0.0)
    open_s = max(1, floor(load_run.duration_s - 1))
    within = [each for each, at in zip(load_run.operations, began, strict=True) if at - start < open_s]
    seconds = Counter(int(at - start) for at in began if at - start < open_s)
    samples = tuple(float(seconds[second]) for second in range(open_s))
    times = [each["duration_s"] * 1000 for each in within] or [0.0]
    departures = len(load_run.visits) / (load_run.duration_s or 1.0)
    low, high = scalability.interval(samples)
    p95_low, p95_high = scalability.interval(times, 0.95)
    return Step(
        processes=processes,
        arrivals=rate,
        departures=round(departures, 2),
        requests=round(float(np.mean(samples)), 2),
        requests_low=round(low, 2),
        requests_high=round(high, 2),
        p50_ms=round(float(np.median(times)), 2),
        p95_ms=round(float(np.quantile(times, 0.95)), 2),
        p95_low_ms=round(p95_low, 2),
        p95_high_ms=round(p95_high, 2),
        saturated=round(load_run.judge.saturation.share, 3),
        broken=tuple(_broken(load_run, within, how)),
        samples=samples,
    )


def _broken(load_run: LoadRun, operations: Sequence[Operation], how: Climb) -> Iterator[str]:
    yield from map(str, thresholds.breaches(how.limits, operations, load_run.duration_s))
    drained = len(load_run.visits) / max(len(load_run.visits) + load_run.judge.inside, 1)
    if drained < BEHIND:
        yield f"{drained:.0%} of those who came were served"
    if load_run.judge.saturation.share > MOST_SATURATED:
        yield f"the generator was the slow one in {load_run.judge.saturation.share:.0%} of the time"
    yield from load_run.generators.broken()
