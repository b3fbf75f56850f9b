"""`python -m reports verify`: the parts in their order, the scorecard, the report, and the exit code by the verdict."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from core.arguments import Shard
from core.exits import BAD_INPUT, FAILED, INTERRUPTED, NO_EVIDENCE, PASSED, UNDECIDED
from evidence import BrokenEvidenceError, Run, manifest
from reports.catalogue.parts import PARTS
from reports.commands import publish
from reports.commands.parts import Ended, Part, log_of, perform
from reports.views import allure_report, allure_results, terminal
from reports.views.allure_report import AllureFailedError, AllureUnavailableError

PLAN = "verify.json"
STACK = "RAPTORFLOW_STACK_KIND"
"""What `stack.choice` reads, in every part."""
ROOT = Path(__file__).parents[2]
INVENTORY, ALL_THERE_ARE = "inventory", "--continue-on-collection-errors"
INTENT = ROOT / "tests" / "isolation" / "raptorflow.toml"
"""Whose RaptorFlow's rows are: what the prover cannot infer."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for. `run_time` is as `python -m load` reads it; no `target` means the embedded stack.

    With `record_only` nothing is judged: `merge` does that elsewhere.
    `stack` is what every part's "auto" means; with a target too, its databases are the target's neighbours.
    """

    workers: int
    seed: int
    run_time: str
    target: Path | None = None
    parts: tuple[str, ...] = PARTS
    allure: bool = True
    shard: Shard | None = None
    record_only: bool = False
    stack: str | None = None


def parts(options: Options, run: Run) -> list[Part]:
    """Return the commands of the parts that were asked for."""
    python, seed = sys.executable, str(options.seed)
    target = ["--target", str(options.target.resolve())] if options.target else []
    results = str(run.directory / allure_results.RESULTS)
    document = str(run.directory / "isolation.json")
    pytest = ["--must-run", "-n", str(options.workers), "--seed", seed, "--alluredir", results]
    junit = [
        "--junitxml",
        str(run.directory / "junit.xml"),
        *(["--shard", str(options.shard)] if options.shard else []),
    ]
    load = ["--until-decided", "--run-time", options.run_time, "--seed", seed]
    prove = [python, "-m", "isolation", "{dsn}", "--config", str(INTENT), "--json", document]
    collect = ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}", str(ROOT / "tests")]
    asked = {*options.parts, *([INVENTORY] if "pytest" in options.parts else [])}
    known = {
        INVENTORY: [python, "-m", "pytest", "-q", "--collect-only", "--inventory", ALL_THERE_ARE, *collect],
        "pytest": [python, "-m", "pytest", *pytest, *junit, *target],
        "isolation": [
            python,
            "-m",
            "stack",
            "run",
            "--",
            python,
            "-m",
            "reports.commands.apart",
            "{database_dsn}",
            *prove,
        ]
        if not options.target or options.stack
        else [python, "-m", "isolation", f"env:{_dsn_of(options.target)}", *prove[4:], *_in_place(options.target)],
        "load": [python, "-m", "load", *load, *target],
        "defects": [python, "-m", "defects", "--sample", "1", "--seed", seed],
    }
    return [Part(name, known[name]) for name in (INVENTORY, *PARTS) if name in asked]


def _dsn_of(target: Path) -> str:
    """Return the variable that a target's DSN comes from; empty where it offers no database."""
    return str(tomllib.loads(target.read_text(encoding="utf-8")).get("database", {}).get("dsn_env", ""))


def _in_place(target: Path) -> list[str]:
    """Others use a target's database; only one that may be written to freely is proved in place, among them."""
    return ["--in-place"] if tomllib.loads(target.read_text(encoding="utf-8"))["target"].get("disposable") else []


def left_out(part: Part, options: Options) -> str | None:
    """Why a part cannot be tried here, if it cannot."""
    if part.name == "isolation" and options.target and not (options.stack or _dsn_of(options.target)):
        return f"{options.target} offers no database to look into: [database] dsn_env names the variable with its DSN"
    if part.name == "defects" and options.target and not options.stack:
        return "defects are seeded into the code of this checkout, not into a target"
    if part.name == "isolation" and importlib.util.find_spec("isolation.__main__") is None:
        return "this checkout has no prover"
    return None


def verify(options: Options, root: Path = publish.OUT, console: Console | None = None) -> int:
    """Verify, print, publish; returns the exit code. Ctrl-C and SIGTERM end everything first and return 130."""
    console = console or Console()
    target = options.target.stem if options.target else options.stack or "embedded"
    if options.stack:
        os.environ[STACK] = options.stack
    run = Run.create(root / "runs", seed=options.seed, target=target)
    planned = [part.name for part in parts(options, run) if not left_out(part, options)]
    run.write(PLAN, {"parts": planned, "stopped": None})
    _say_what_was_asked(options, run)
    console.print(f"run {run.directory.name}, seed {options.seed}", highlight=False)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _verify(options, run, root, console)
    except KeyboardInterrupt:
        console.print("interrupted: every part was ended")
        _stop(run, root, console, "it was interrupted")
        return INTERRUPTED
    except Exception as error:
        _stop(run, root, console, f"{type(error).__name__}: {error}")
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _say_what_was_asked(options: Options, run: Run) -> None:
    """Record what the gate holds the run to: the parts that were to end, and those that cannot be tried here."""
    found = {part.name: left_out(part, options) for part in parts(options, run)}
    reasons = {name: why for name, why in found.items() if why}
    run.write("run.json", {**run.document("run.json"), "asked": list(options.parts), "left_out": reasons})


def _verify(options: Options, run: Run, root: Path, console: Console) -> int:
    statuses = [PASSED]
    for part in parts(options, run):
        if why := left_out(part, options):
            console.print(f"{part.name:10} left out: {why}", highlight=False)
            continue
        ended = _watched(part, run, console)
        _tell(ended, run, console)
        if ended.exit_status == BAD_INPUT:
            _stop(run, root, console, f"{part.name} was given bad input (exit status {BAD_INPUT}): see {ended.log}")
            return BAD_INPUT
        statuses.append(ended.exit_status)
    manifest.seal(run)
    if len(statuses) == 1:
        console.print("every part was left out: nothing was tried, and that is no evidence", highlight=False)
        statuses.append(NO_EVIDENCE)
    if options.record_only:
        console.print(f"recorded, and not judged: python -m reports merge {run.directory}", highlight=False)
        return _gravest(statuses)
    return conclude(run, root, console, allure=options.allure)


def _stop(run: Run, root: Path, console: Console, why: str) -> None:
    """Draw what was recorded until a verification stopped, in the run's own folder, and name what is older now."""
    try:
        run.write(PLAN, {**run.document(PLAN), "stopped": why})
        card = publish.write(run).card
    except (BrokenEvidenceError, OSError) as error:
        console.print(f"what was recorded so far lies in {run.directory}, and cannot be drawn: {error}", soft_wrap=True)
        return
    page = _short(run.directory / "scorecard.html")
    console.print(f"what was recorded so far is drawn in {page}: {card['verdict']}", highlight=False, soft_wrap=True)
    if older := publish.older(root, run):
        console.print(older, highlight=False, soft_wrap=True)


def _gravest(statuses: Sequence[int]) -> int:
    """Return the exit code that speaks for all: what ended otherwise than with a verdict broke."""
    known = (PASSED, UNDECIDED, FAILED)
    broke = [status for status in statuses if status not in known]
    return NO_EVIDENCE if broke else max(statuses, key=known.index)


def conclude(run: Run, root: Path, console: Console, *, allure: bool = True) -> int:
    """Draw every view of a run that has ended, publish them unless it is a partial one, and return the exit code."""
    published = publish.write(run)
    drawn = not allure or _draw_allure(run, console)
    terminal.show(published.card, console)
    if published.card["partial"]:
        console.print("a partial run: what was published, and the history, stay as they are; its own report:")
        root = run.directory
    else:
        publish.promote(run, root)
    for path in _paths(root):
        console.print(f"  {path}", highlight=False, soft_wrap=True)
    code: int = published.card["exit_code"]
    return code if drawn else NO_EVIDENCE


def _draw_allure(run: Run, console: Console) -> bool:
    try:
        with console.status("allure …"):
            allure_report.draw(run)
    except (AllureUnavailableError, AllureFailedError) as error:
        console.print(f"the Allure report could not be drawn: {error}", highlight=False)
        return False
    return True


def _watched(part: Part, run: Run, console: Console) -> Ended:
    """Perform a part; who waits is told what for, and where its words go."""
    told = f"{part.name:10} at work; its words go to {_short(run.directory / log_of(part))}"
    if not console.is_terminal:
        console.print(told, highlight=False, soft_wrap=True)
    with console.status(told):
        return perform(part, run)


def _tell(ended: Ended, run: Run, console: Console) -> None:
    console.print(f"{ended.part.name:10} exit {ended.exit_status} after {ended.duration_s:.1f} s", highlight=False)
    if ended.exit_status:
        console.print(ended.tail(run), style="dim", markup=False, highlight=False)


def _paths(root: Path) -> Sequence[Path]:
    found = [root / name for name in (*publish.VIEWS, "allure/index.html")]
    return [_short(path) for path in found if path.exists()]


def _short(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
