"""`python -m load capacity`: how much a RaptorFlow bears on this machine, and what more processes would bring."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from core.arguments import LARGEST_SEED, seconds, whole
from core.exits import BAD_INPUT, INTERRUPTED, NO_EVIDENCE, PASSED, UNDECIDED
from core.files import replace
from evidence import Run
from load.capacity import capacity
from load.capacity.capacity import Climb, Step
from load.capacity.picture import draw
from load.capacity.scalability import Law
from load.commands.options import rate
from load.coordination.plan import Plan
from load.coordination.plan_source import RUNS
from load.coordination.target import RECONCILE_SCHEDULE
from load.judging import thresholds
from load.population import population
from load.population.shapes import Shape
from stack.choice import start
from stack.errors import ServiceFailedError, UnavailableError


def main(argv: Sequence[str]) -> int:
    """Climb, draw and say; returns the exit code: 0 every knee was found, 3 one was not."""
    parser = _parser()
    given = parser.parse_args(argv)
    if given.most_rate < given.first_rate:
        parser.error(f"--most-rate: {given.most_rate:g} is below --first-rate {given.first_rate:g}; raise it")
    try:
        how = Climb(given.first_rate, given.most_rate, given.step_time, thresholds.read(given.thresholds))
        population.read(given.population)
        return _measure(given, how)
    except (population.PopulationError, thresholds.ThresholdsError, UnavailableError) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except ServiceFailedError as error:
        print(f"the measurement broke: {error}", file=sys.stderr)
        return NO_EVIDENCE
    except KeyboardInterrupt:
        return INTERRUPTED


def _measure(given: argparse.Namespace, how: Climb) -> int:
    run = Run.current() or Run.create(RUNS, seed=given.seed)
    steps: list[Step] = []
    for processes in range(1, given.application_processes + 1):
        steps += _climbed(given, how, run, processes)
        _leave(run, steps)
    _say(run, steps)
    ended = {step.processes for step in steps if step.broken}
    return PASSED if len(ended) == given.application_processes else UNDECIDED


def _climbed(given: argparse.Namespace, how: Climb, run: Run, processes: int) -> list[Step]:
    """All steps of one number of application processes, on a stack of their own."""
    found: list[Step] = []
    with ExitStack() as opened:
        stack = opened.enter_context(start())
        settings = {"RECONCILE_SCHEDULE": RECONCILE_SCHEDULE}
        own = opened.enter_context(stack.slice("capacity", environment=settings))
        opened.enter_context(own.more_processes(processes - 1))
        private = Path(stack.handle()["folder"]) / "load"
        private.mkdir(mode=0o700)
        plan = Plan(own.system, run.directory, private, given.population.resolve(), given.seed, 10, Shape())
        for step in capacity.climb(plan, processes, how):
            print(_line(step), flush=True)
            found.append(step)
    return found


def _leave(run: Run, steps: Sequence[Step]) -> None:
    """`capacity.json` and `capacity.svg`, anew after each number of processes."""
    told = capacity.document(steps)
    run.write("capacity.json", told)
    law = Law(**told["law"]) if told["law"] else None
    samples = {step.processes: step.samples for step in sorted(steps, key=lambda step: step.requests)}
    replace(run.directory / "capacity.svg", draw(steps, law, samples).encode())


def _line(step: Step) -> str:
    held = f"broke: {'; '.join(step.broken)}" if step.broken else "held"
    return (
        f"{step.processes} process(es), {step.arrivals:6.2f} customers/s: {step.requests:7.1f} requests/s"
        f" ({step.requests_low:.0f} to {step.requests_high:.0f}), p95 {step.p95_ms:.0f} ms; {held}"
    )


def _say(run: Run, steps: Sequence[Step]) -> None:
    told = capacity.document(steps)
    for processes, found in told["knees"].items():
        bears = (
            f"{found['arrivals']:g} customers a second, {found['requests']:.0f} requests" if found else "not even that"
        )
        print(f"{processes} process(es) bear {bears}")
    if told["law"]:
        law, peak = told["law"], told["peak_processes"]
        most = f"more than {peak:.0f} processes bear less" if peak else "no peak in sight"
        print(f"law: γ {law['gamma']:.0f} requests/s, σ {law['sigma']:.3f}, κ {law['kappa']:.4f}; {most}")
    print(run.directory / "capacity.svg")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m load capacity",
        description=__doc__,
        epilog="Exit codes: 0 every knee found, 2 bad input, 3 one not found, 4 it broke, 130 Ctrl-C.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--application-processes", type=whole(1, 32), default=3, metavar="N", help="measured with 1, 2, … N (3)")
    add("--first-rate", type=rate, default=1.0, metavar="R", help="customers a second to begin with (1)")
    add("--most-rate", type=rate, default=200.0, metavar="R", help="climb no further (200)")
    add("--step-time", type=seconds, default=15.0, metavar="T", help="how long each rate is kept (15s)")
    add("--seed", type=whole(0, LARGEST_SEED), default=0, help="plays the same customers again (0)")
    add("--population", type=Path, default=population.DEFAULT, metavar="FILE.toml", help="who the customers are")
    add("--thresholds", type=Path, default=thresholds.DEFAULT, metavar="FILE.toml", help="what ends the climb")
    return parser
