"""`python -m defects.mutants`: seeds a random sample of mechanical changes; a test of RaptorFlow must notice each."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace

from scipy.stats import beta

from core.arguments import whole
from core.exits import BAD_INPUT, FAILED, INTERRUPTED, PASSED
from defects.__main__ import RUNS
from defects.defect import ROOT
from defects.mutants.mutant import Mutant
from defects.mutants.sample import changed, everything, sampled
from defects.runner import Bench
from evidence import Run
from stack.errors import ServiceFailedError, UnavailableError

FOLDERS = ("auth", "workspaces", "payments", "onboarding", "context", "service", "model", "journeys", "migrations")
FIRST: dict[str, str] = {"bcm": "context", "features": "context", "web": "service", "demo": "service"}
"""Where a part's own tests are, when its folder is called otherwise."""
OUTCOMES = ("noticed", "survived", "stillborn", "undecided")
STILLBORN = ("ServiceFailedError", "stack.errors.", "UnavailableError:")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant: noticed, survived, stillborn (it keeps the application from starting), or undecided."""

    mutant: Mutant
    outcome: str
    by: str
    seconds: float


def main(argv: Sequence[str] | None = None) -> int:
    """Exit codes: 0 all noticed, 1 some survived, 2 bad input, 3 or 4 no stack, 130 interrupted."""
    options = _arguments(argv)
    mutants = everything()
    if options.changed:
        mutants = changed(mutants, options.changed)
    if options.only:
        mutants = [each for each in mutants if each.id in options.only]
    chosen = sampled(mutants, options.sample, options.seed)
    if not chosen:
        print("defects.mutants: there is nothing to change; name another commit or id", file=sys.stderr)
        return BAD_INPUT
    if options.list:
        print("\n".join(f"{each.id} {each.says}" for each in chosen))
        return PASSED
    try:
        return _seed(chosen, len(mutants), options.jobs, options.limit)
    except (UnavailableError, ServiceFailedError) as error:
        print(f"defects.mutants: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("defects.mutants: interrupted", file=sys.stderr)
        return INTERRUPTED


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m defects.mutants", description=__doc__)
    parser.add_argument("--list", action="store_true", help="say which would be seeded, and seed none")
    parser.add_argument("--sample", type=whole(1, 100_000), default=200, metavar="N", help="how many, at random (200)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which ones (0)")
    parser.add_argument(
        "--changed", nargs="?", const="main", metavar="COMMIT", help="of lines that differ from it (main)"
    )
    parser.add_argument("--only", action="extend", nargs="+", default=[], metavar="ID", help="seed just these")
    parser.add_argument("--jobs", type=whole(1, 64), default=2, metavar="N", help="so many at a time (2)")
    parser.add_argument("--limit", type=whole(1, 7200), default=900, metavar="S", help="seconds for each (900)")
    return parser.parse_args(argv)


def _seed(mutants: Sequence[Mutant], of: int, jobs: int, limit_s: int) -> int:
    run = Run.current() or Run.create(RUNS)
    recorder, began, outcomes = run.recorder("mutants"), time.monotonic(), list[Outcome]()
    print(f"{len(mutants)} of {of} mutants, {jobs} at a time", flush=True)
    with Bench.of(min(jobs, len(mutants)), limit_s) as bench, ThreadPoolExecutor(jobs) as threads:
        waiting = [threads.submit(_ask, bench, each) for each in mutants]
        try:
            for done in as_completed(waiting):
                told = done.result()
                outcomes.append(told)
                print(
                    f"{told.outcome:9} {told.seconds:6.1f} s  {told.mutant.id} {told.mutant.says}  {told.by}",
                    flush=True,
                )
        except BaseException:
            for task in waiting:
                task.cancel()
            raise
        outcomes = _controlled(bench, outcomes)
    for ended in outcomes:
        recorder.write("mutants", {"mutant": ended.mutant.id, "says": ended.mutant.says, "outcome": ended.outcome})
    recorder.close()
    print(_summary(outcomes, time.monotonic() - began), flush=True)
    return FAILED if any(each.outcome == "survived" for each in outcomes) else PASSED


def _ask(bench: Bench, mutant: Mutant) -> Outcome:
    """Ask the tests of the mutant's own part first, then all others, until one notices."""
    began = time.monotonic()
    defect = mutant.as_defect((ROOT / mutant.file).read_text(encoding="utf-8"))
    part = mutant.file.split("/")[1]
    first = FIRST.get(part, part if part in FOLDERS else "service")
    folders = [f"tests/{name}" for name in (first, *(each for each in FOLDERS if each != first))]
    try:
        code, run, _ = bench.hold(defect, ("-x", *folders))
    except ServiceFailedError as error:
        return Outcome(mutant, "stillborn", " ".join(str(error).split())[:120], time.monotonic() - began)
    wrong = [test for test in run.records("tests") if test["outcome"] in ("failed", "error")]
    took = time.monotonic() - began
    if not wrong:
        why = "no end within --limit" if code is None else f"pytest ended with {code}"
        return Outcome(mutant, "survived" if code == 0 else "undecided", "" if code == 0 else why, took)
    dead = any(word in str(wrong[0].get("why", "")) for word in STILLBORN)
    return Outcome(mutant, "stillborn" if dead else "noticed", str(wrong[0]["nodeid"]), took)


def _controlled(bench: Bench, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Ask what noticed about the application as it is: a test that fails then has noticed something else."""
    noticed = sorted({each.by for each in outcomes if each.outcome == "noticed"})
    wrong = bench.control(noticed) if noticed else []
    for line in wrong:
        print(f"control   {line}", flush=True)
    unsure = {name for name in noticed if any(line.startswith(f"{name}:") for line in wrong)}
    return [replace(each, outcome="undecided") if each.by in unsure else each for each in outcomes]


def _summary(outcomes: Sequence[Outcome], seconds: float) -> str:
    counted = {name: sum(each.outcome == name for each in outcomes) for name in OUTCOMES}
    born = counted["noticed"] + counted["survived"]
    low, high = exact(counted["noticed"], born)
    rate = f"{counted['noticed']} of {born} noticed ({low:.0%} to {high:.0%} at 95 %)" if born else "none was born"
    rest = f"{counted['stillborn']} did not start, {counted['undecided']} undecided"
    return f"{rate}; {counted['survived']} survived, {rest}; {seconds:.0f} s"


def exact(successes: int, trials: int) -> tuple[float, float]:
    """Return the two-sided 95 % bounds of a rate, by Clopper and Pearson."""
    if not trials:
        return 0.0, 1.0
    low = float(beta.ppf(0.025, successes, trials - successes + 1)) if successes else 0.0
    high = float(beta.ppf(0.975, successes + 1, trials - successes)) if successes < trials else 1.0
    return low, high


if __name__ == "__main__":
    sys.exit(main())
