"""Where a generating process finds its plan: in the file that `python -m load` left, else in Locust's own options."""

from __future__ import annotations

import argparse
import atexit
import os
from contextlib import ExitStack
from pathlib import Path

from evidence import Run
from load import target, weather
from load.plan import VARIABLE, Plan, read
from load.population import DEFAULT
from load.shapes import Shape

RUNS = Path(__file__).resolve().parent.parent / "reports" / "out" / "runs"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Locust's command line, with what a plan needs besides."""
    add = parser.add_argument_group("RaptorFlow").add_argument
    add("--target", type=Path, metavar="FILE.toml", help="a disposable target; else its own stack")
    add("--population", type=Path, default=DEFAULT, metavar="FILE.toml", help="who the customers are")
    add("--seed", type=int, default=0, help="plays the same population again (0)")


def plan(options: argparse.Namespace) -> Plan:
    """The plan of `python -m load`, else one in which Locust says how many are inside."""
    file = os.environ.get(VARIABLE)
    return read(Path(file)) if file else _own(options)


def _own(options: argparse.Namespace) -> Plan:
    opened = ExitStack()
    atexit.register(opened.close)
    site = opened.enter_context(target.at(options.target))
    run = Run.current() or Run.create(RUNS, seed=options.seed, target=site.system.name)
    made = Plan(site.system, run.directory, site.folder, options.population, options.seed, 1, Shape("closed"))
    if gateway := weather.at(made):
        gateway.settle()
    return made
