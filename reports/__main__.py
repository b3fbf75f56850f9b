"""`python -m reports`: verifies a release, and draws, judges and opens what a run recorded."""

from __future__ import annotations

from core import caller

if __name__ == "__main__":
    caller.enter("reports")  # before anything is imported that it might lead astray

import argparse
import os
import secrets
import sys
from pathlib import Path

from rich.console import Console

from core.arguments import LARGEST_SEED, seconds, shard, whole
from core.exits import BAD_INPUT, INTERRUPTED, NO_EVIDENCE
from evidence import BrokenEvidenceError, Run
from reports.catalogue.parts import PARTS
from reports.commands import gate, publish, serve, soak
from reports.commands.merge import UnmergeableError, merge
from reports.commands.verify import Options, conclude, verify
from reports.views import allure_report, terminal

STACKS = ("embedded", "containers", "compose")
CODES = "Exit codes: 0 go, 1 no-go, 2 bad input, 3 undecided, 4 no evidence, 130 Ctrl-C."


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    given = _parser().parse_args(argv)
    try:
        code: int = given.action(given)
    except (allure_report.AllureUnavailableError, NoRunError, UnmergeableError) as error:
        return _say(str(error), BAD_INPUT)
    except (allure_report.AllureFailedError, BrokenEvidenceError, OSError) as error:
        return _say(str(error), NO_EVIDENCE)
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


class NoRunError(Exception):
    """There is no run where one was looked for."""


def verify_(given: argparse.Namespace) -> int:
    """everything a release needs: tests, isolation proof, load, scorecard, report"""
    names = ("workers", "seed", "run_time", "target", "parts", "allure", "shard", "record_only", "stack")
    return verify(Options(**{name: getattr(given, name) for name in names}))


def scorecard(given: argparse.Namespace) -> int:
    """draw a run's scorecard (json, md, html), print it, and exit by its verdict"""
    published = publish.write(given.run)
    terminal.show(published.card)
    code: int = published.card["exit_code"]
    return code


def judge(given: argparse.Namespace) -> int:
    """judge a run, or an archive of one, again from what it recorded"""
    outcome = gate.judge(given.run, given.commit)
    for line in outcome.judged:
        print(f"judged: {line}")
    for reason in outcome.reasons:
        print(f"- {reason}")
    print(outcome.verdict)
    return outcome.exit_code


def allure(given: argparse.Namespace) -> int:
    """draw a run's Allure report (and its scorecard, which is the report's first page)"""
    publish.write(given.run)
    print(allure_report.draw_single_file(given.run) if given.single_file else allure_report.draw(given.run))
    return 0


def merge_(given: argparse.Namespace) -> int:
    """join the runs of several machines (shards of the tests, isolation, load, defects) to one, and judge that"""
    return conclude(merge(given.runs, publish.OUT / "runs"), publish.OUT, Console(), allure=given.allure)


def report(given: argparse.Namespace) -> int:
    """draw every view of the last run again, and put them into reports/out unless it is a partial one"""
    run = _last()
    code = conclude(run, publish.OUT, Console(), allure=given.allure)
    folder = run.directory if run.document("scorecard.json")["partial"] else publish.OUT
    return serve.serve(folder, _page(folder), 0) if given.open else code


def soak_(given: argparse.Namespace) -> int:
    """run the whole suite with random seeds until N runs in a row are green; goes on where it was stopped"""
    return soak.soak(soak.Soak(given.runs, given.workers, given.arguments), publish.OUT)


def open_(given: argparse.Namespace) -> int:
    """serve the last report on a free port of this machine, until Ctrl-C"""
    page = _page(publish.OUT)
    if older := publish.older(publish.OUT, Run.last(publish.OUT / "runs")):
        print(f"reports: {older}", file=sys.stderr)
    return serve.serve(publish.OUT, page, given.port)


def _parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m reports", description=__doc__, epilog=CODES, allow_abbrev=False)
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, action: object) -> argparse.ArgumentParser:
        text = str(action.__doc__)
        sub = commands.add_parser(name, help=text, description=text, epilog=CODES, allow_abbrev=False)
        sub.set_defaults(action=action)
        return sub

    _verify_options(add("verify", verify_))
    for name, action in (("scorecard", scorecard), ("gate", judge), ("allure", allure)):
        sub = add(name, action)
        sub.add_argument("run", type=_run, metavar="DIR", help="a run's directory, as reports/out/runs/…")
        if name == "allure":
            sub.add_argument("--single-file", action="store_true", help="the tests alone, as one file to send around")
        if name == "gate":
            sub.add_argument("--commit", help="evidence of any other commit is stale")
    joining = add("merge", merge_)
    joining.add_argument("runs", type=_run, nargs="+", metavar="DIR", help="the runs' directories, one a machine")
    joining.add_argument("--no-allure", dest="allure", action="store_false", help="the scorecard alone")
    again = add("report", report)
    again.add_argument("--no-allure", dest="allure", action="store_false", help="the scorecard alone")
    again.add_argument("--open", action="store_true", help="then serve them on a free port, until Ctrl-C")
    _soak_options(add("soak", soak_))
    add("open", open_).add_argument("--port", type=whole(0, 65_535), default=0, help="0: any free one (0)")
    return root


def _verify_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    workers = max(2, os.cpu_count() or 2)
    add("--workers", type=whole(1, 256), default=workers, metavar="N", help=f"processes of pytest ({workers})")
    add(
        "--seed",
        type=whole(0, LARGEST_SEED),
        default=secrets.randbelow(LARGEST_SEED + 1),
        metavar="N",
        help="plays a run again",
    )
    add("--run-time", type=_time, default="180s", metavar="T", help="the longest load, as 90s or 3m (180s)")
    add("--target", type=_file, metavar="FILE.toml", help="a RaptorFlow that is up already")
    add("--stack", choices=STACKS, help="who brings RaptorFlow up; with a target: the services beside it (embedded)")
    add("--parts", type=_parts, default=PARTS, metavar=",".join(PARTS), help="only these; the others stay unmeasured")
    add("--no-allure", dest="allure", action="store_false", help="the scorecard alone")
    add("--shard", type=shard, metavar="K/N", help="the K-th of N parts of the tests; merge joins them")
    add("--record-only", action="store_true", help="leave the judging to merge; exits by how the parts ended")


def _soak_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=whole(1, 100_000), default=25, metavar="N", help="green runs in a row (25)")
    parser.add_argument("--workers", type=whole(0, 256), default=2, metavar="N", help="processes of pytest (2)")
    parser.add_argument("arguments", nargs="*", metavar="-- ARGUMENT", help="handed to pytest, as tests/auth")


def _run(text: str) -> Run:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is no directory; runs lie in reports/out/runs")
    return Run(Path(text).resolve())


def _file(text: str) -> Path:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"{text!r} is no file; docs/stack.md shows a target file")
    return Path(text)


def _time(text: str) -> str:
    seconds(text)
    return text


def _parts(text: str) -> tuple[str, ...]:
    chosen = tuple(text.split(","))
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is no part; choose of {', '.join(PARTS)}")
    return chosen


def _last() -> Run:
    run = Run.last(publish.OUT / "runs")
    if run is None:
        raise NoRunError("there is no run yet: make verify makes one")
    return run


def _page(folder: Path) -> str:
    for page in ("allure/index.html", "scorecard.html"):
        if (folder / page).exists():
            return page
    raise NoRunError("there is no report yet: make verify, or make report after any run")


def _say(what: str, code: int) -> int:
    print(f"reports: {what}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
