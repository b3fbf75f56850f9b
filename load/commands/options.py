"""The command's options, each checked where it is given."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.arguments import LARGEST_SEED, number, seconds, whole
from load.population import shapes
from load.population.population import DEFAULT
from load.population.shapes import Shape

THRESHOLDS = DEFAULT.with_name("thresholds.toml")
RUN_TIME_S, SOAK_S = 180.0, 600.0
MOST_TRIALS, ENDLESS = 20_000, 10**7

rate = number(0.01, 1000, "arrival rate")
"""Reads how many customers arrive in a second."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `python -m load` was asked for. Times are seconds; no `target` means a stack of its own.

    `processes` generate on this machine; so many `workers` more are expected from elsewhere, at `bind`.
    """

    users: int
    shape: Shape
    run_time_s: float
    until_decided: bool
    most_trials: int
    processes: int
    workers: int
    bind: tuple[str, int]
    seed: int
    population: Path
    thresholds: Path
    target: Path | None


def parse(argv: Sequence[str]) -> Options:
    """Read the command line. Ends the program with exit code 2 and one line when an option is wrong."""
    parser = _parser()
    given = parser.parse_args(argv)
    if given.stages and given.rate is not None:
        parser.error("--rate: the stages have rates of their own; leave out one of the two")
    if not given.processes + given.workers:
        parser.error("--processes: 0 leaves nobody to generate; let it be 1, or expect --workers from elsewhere")
    run_time = given.run_time or (SOAK_S if given.shape == "soak" else RUN_TIME_S)
    return Options(
        users=given.users,
        shape=shapes.staged(given.stages) if given.stages else shapes.preset(given.shape, given.rate, run_time),
        run_time_s=run_time,
        until_decided=given.shape != "soak" if given.until_decided is None else given.until_decided,
        most_trials=given.max_trials or (ENDLESS if given.shape == "soak" else MOST_TRIALS),
        processes=given.processes,
        workers=given.workers,
        bind=(given.master_bind_host, given.master_bind_port),
        seed=secrets.randbelow(LARGEST_SEED + 1) if given.seed is None else given.seed,
        population=given.population,
        thresholds=given.thresholds,
        target=given.target,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m load",
        description="Simulated customers, each of whose steps is a trial, until every metric within reach is decided.",
        epilog="Exit codes: 0 all met and reconciled, 1 missed, 2 bad input, 3 undecided, 4 no evidence, 130 Ctrl-C.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--users", type=whole(1, 10_000), default=50, help="most customers inside at once (50)")
    shape = parser.add_mutually_exclusive_group().add_argument
    shape("--shape", choices=shapes.KINDS, default="open", help="open: so many a second; closed: as others leave; …")
    shape("--stages", type=_stages, metavar="T:R,…", help="in T the rate moves to R a second, as 30s:5,1m:5,10s:0")
    add("--rate", type=rate, default=None, help="arrivals a second; by default half of the measured capacity")
    add("--run-time", type=seconds, help="longest run: 90, 60s, 3m (180s; a soak: 10m)")
    add(
        "--until-decided", action=argparse.BooleanOptionalAction, help="stop as soon as all are decided (not in a soak)"
    )
    add("--max-trials", type=whole(1, ENDLESS), help="stop after so many trials (20000; a soak does not)")
    add("--processes", type=whole(0, 64), default=1, help="generating processes here (1): Locust's workers")
    add("--workers", type=whole(0, 1000), default=0, help="workers more, from elsewhere: load --worker there (0)")
    add("--master-bind-host", default="127.0.0.1", metavar="HOST", help="where workers find us (127.0.0.1)")
    add(
        "--master-bind-port",
        type=whole(0, 65_535),
        default=0,
        metavar="PORT",
        help="0: any free one, which is said (0)",
    )
    add("--seed", type=whole(0, LARGEST_SEED), default=None, help="plays the same population again (random)")
    add("--population", type=Path, default=DEFAULT, metavar="FILE.toml", help="who the customers are")
    add("--thresholds", type=Path, default=THRESHOLDS, metavar="FILE.toml", help="limits for each endpoint")
    add("--target", type=Path, default=None, metavar="FILE.toml", help="a disposable target; else its own stack")
    return parser


def _stages(text: str) -> tuple[tuple[float, float], ...]:
    stages = tuple(
        (seconds(time), _arrivals(each)) for time, _, each in (part.partition(":") for part in text.split(","))
    )
    if not any(each for _, each in stages):
        raise argparse.ArgumentTypeError(f"{text!r} lets nobody in; write at least one rate above 0, as 30s:5")
    return stages


def _arrivals(text: str) -> float:
    return 0.0 if text == "0" else rate(text)
