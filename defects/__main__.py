"""`python -m defects`: breaks the contract's rules one at a time; a test that names the requirement must notice."""

from __future__ import annotations

from core import caller

if __name__ == "__main__":
    caller.enter("defects")  # before anything is imported that it might lead astray

import argparse
import os
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from core.arguments import whole
from core.exits import BAD_INPUT, FAILED, INTERRUPTED, NO_EVIDENCE, PASSED
from core.requirements import CatalogueError, requirements
from defects import application
from defects.defect import FOLDER, ROOT, BadCatalogueError, Defect, catalogue
from defects.runner import Bench, Result, control_all, seed_all
from defects.session import LIMIT_S
from evidence import BrokenEvidenceError, Run
from stack.errors import ServiceFailedError, UnavailableError

RUNS = ROOT / "reports" / "out" / "runs"


def main(argv: Sequence[str] | None = None) -> int:
    """Exit codes: 0 all noticed, 1 some survived, 2 bad input, 4 something broke, 130 interrupted."""
    options = _arguments(argv)
    try:
        everything = catalogue(options.catalogue)
        chosen = _chosen(everything, options)
        if isinstance(chosen, str):
            print(f"defects: {chosen}", file=sys.stderr)
            return BAD_INPUT
        if options.list:
            return _list(chosen)
        application.check(everything)
        return _seed(chosen, options.jobs, options.limit)
    except (BadCatalogueError, CatalogueError, BrokenEvidenceError) as error:
        print(f"defects: {error}", file=sys.stderr)
        return NO_EVIDENCE
    except (UnavailableError, ServiceFailedError) as error:
        print(f"defects: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("defects: interrupted", file=sys.stderr)
        return INTERRUPTED


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m defects", description=__doc__)
    parser.add_argument("--list", action="store_true", help="say which defects there are, and seed none")
    parser.add_argument("--catalogue", type=Path, default=FOLDER, metavar="DIR", help="defects of another folder")
    parser.add_argument("--only", action="extend", nargs="+", default=[], metavar="ID", help="seed just these")
    parser.add_argument("--requirement", action="append", default=[], metavar="ID", help="those of a requirement")
    parser.add_argument("--sample", type=whole(1, 64), metavar="N", help="N of each requirement, chosen by the seed")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which ones --sample chooses (0)")
    parser.add_argument("--jobs", type=whole(1, 64), default=max(2, os.cpu_count() or 2), metavar="N", help="at a time")
    limit = "seconds that a session may take"
    parser.add_argument("--limit", type=whole(1, 7200), default=int(LIMIT_S), metavar="S", help=limit)
    return parser.parse_args(argv)


def _chosen(everything: Sequence[Defect], options: argparse.Namespace) -> list[Defect] | str:
    """Return the defects that were asked for, or a line that says what is wrong with what was asked."""
    known = {defect.id for defect in everything}
    if strange := [name for name in options.only if name not in known]:
        return f"--only: there is no defect {strange[0]}; --list says which there are"
    if strange := [name for name in options.requirement if name not in requirements()]:
        return f"--requirement: {strange[0]} is unknown; use one of {', '.join(requirements())}"
    chosen = [
        defect
        for defect in everything
        if (not options.only or defect.id in options.only)
        and (not options.requirement or defect.requirement in options.requirement)
    ]
    if not chosen:
        return "--only and --requirement: no defect is of both"
    return _sampled(chosen, options.sample, options.seed) if options.sample else chosen


def _sampled(defects: Sequence[Defect], most: int, seed: int) -> list[Defect]:
    chance = random.Random(seed)  # noqa: S311
    groups = [[each for each in defects if each.requirement == name] for name in requirements()]
    return [each for group in groups for each in chance.sample(group, min(most, len(group)))]


def _list(defects: Sequence[Defect]) -> int:
    for defect in defects:
        print(f"{defect.requirement:8} {defect.id:44} {defect.rule}")
    print(f"{len(defects)} defects")
    return PASSED


def _seed(defects: Sequence[Defect], jobs: int, limit_s: int) -> int:
    run = Run.current() or Run.create(RUNS)
    began, jobs = time.monotonic(), min(jobs, len(defects))
    print(f"{len(defects)} defects, {jobs} at a time", flush=True)
    with Bench.of(jobs, limit_s) as bench:
        results = seed_all(bench, defects, jobs, _tell)
        wrong = control_all(bench, results, jobs)
    _record(run, results)
    for line in wrong:
        print(f"control   {line}", flush=True)
    print(_summary(results, wrong, time.monotonic() - began, run.directory), flush=True)
    return _code(results, wrong)


def _tell(result: Result) -> None:
    defect, verdict = result.defect, result.verdict
    end = verdict.by if verdict.outcome == "detected" else f"{defect.rule}\n          {verdict.by} {verdict.why}"
    print(f"{verdict.outcome:9} {defect.requirement:8} {defect.id:44} {result.seconds:5.1f} s  {end}", flush=True)


def _record(run: Run, results: Sequence[Result]) -> None:
    """Leave out what broke: it proves nothing in either direction, and is no record."""
    recorder = run.recorder("defects")
    for result in results:
        if result.verdict.outcome != "broke":
            told = {"requirement": result.defect.requirement, "defect": result.defect.id, "rule": result.defect.rule}
            found = {"detected": result.verdict.outcome == "detected", "by": result.verdict.by}
            recorder.write("defects", {**told, **found, "why": result.verdict.why})
    recorder.close()


def _summary(results: Sequence[Result], wrong: Sequence[str], seconds: float, directory: Path) -> str:
    counts = {
        name: sum(result.verdict.outcome == name for result in results) for name in ("detected", "survived", "broke")
    }
    said = ", ".join(f"{number} {name}" for name, number in counts.items())
    control = "the control failed" if wrong else "what noticed passes without them"
    return f"{len(results)} defects in {seconds:.0f} s: {said}; {control}. Evidence: {directory}"


def _code(results: Sequence[Result], wrong: Sequence[str]) -> int:
    outcomes = {result.verdict.outcome for result in results}
    if wrong or "broke" in outcomes:
        return NO_EVIDENCE
    return FAILED if "survived" in outcomes else PASSED


if __name__ == "__main__":
    sys.exit(main())
