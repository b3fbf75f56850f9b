"""Where a generating process finds its plan: in the file that `python -m load` left, else in Locust's own options."""

from __future__ import annotations

import argparse
import atexit
import os
from contextlib import ExitStack
from pathlib import Path

from core.files import replace
from evidence import Run
from load.coordination.plan import VARIABLE, Plan, read
from load.population import webhook_conditions
from load.population.population import DEFAULT
from load.population.shapes import Shape

RUNS = Path(__file__).resolve().parents[2] / "reports" / "out" / "runs"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Locust's command line, with what a plan needs besides, as text and numbers: a master sends them to workers."""
    add = parser.add_argument_group("RaptorFlow").add_argument
    add("--target", metavar="FILE.toml", help="a disposable target; else its own stack")
    add("--population", default=str(DEFAULT), metavar="FILE.toml", help="who the customers are")
    add("--seed", type=int, default=0, help="plays the same population again (0)")


def given() -> Plan | None:
    """The plan that `python -m load` left for this process, if it started it."""
    file = os.environ.get(VARIABLE)
    return read(Path(file)) if file else None


def plan(options: argparse.Namespace) -> Plan:
    """The plan of `python -m load`, else one in which Locust says how many are inside."""
    return given() or _own(options, processes=1)


def shared(options: argparse.Namespace) -> tuple[Plan, int]:
    """The plan of a master, and how many of its processes have theirs already: those that `python -m load` starts."""
    known = given()
    return (known, known.local) if known else (_own(options, processes=options.expect_workers), 0)


def tell_port(plan: Plan, port: int) -> None:
    """Leave word where a master listens, all at once."""
    replace(plan.port, str(port))


def _own(options: argparse.Namespace, processes: int) -> Plan:
    from load.coordination import target  # what brings a stack up is nothing for a process that is given its plan

    opened = ExitStack()
    atexit.register(opened.close)
    site = opened.enter_context(target.at(Path(options.target) if options.target else None))
    run = Run.current() or Run.create(RUNS, seed=options.seed, target=site.system.name)
    made = Plan(
        system=site.system,
        run=run.directory,
        folder=site.folder,
        population=Path(options.population),
        seed=options.seed,
        users=1,
        shape=Shape("closed"),
        processes=processes,
        schedule=site.schedule,
    )
    if gateway := webhook_conditions.of(made.system):
        gateway.reset()
        gateway.close()
    return made
