"""`python -m reports soak`: the whole suite, each time with a seed of its own, until so many are green in a row.

Each finished run is a line of `soak.jsonl`: a soak that was stopped goes on where it was, and adds up. A run that is
not green ends the soak and the row; what it left is kept. Runs of another commit, or of changed files, do not count.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.exits import NO_EVIDENCE
from evidence import Run
from evidence.code import Code
from reports.commands.parts import Part, perform

BOOK = "soak.jsonl"
CHANGED = "+changes"
GREEN, NOT_GREEN = 0, 1
RULE_OF_THREE = 3.0
"""With no failure among n trials, the chance of one is below 3/n with 95 % confidence."""


@dataclass(frozen=True, slots=True)
class Soaked:
    """A finished run: how it ended, and how many tests it executed (those that were skipped proved nothing)."""

    commit: str
    run_id: str
    seed: int
    exit_status: int
    executed: int
    flaky: int
    duration_s: float
    arguments: Sequence[str] = ()

    @property
    def green(self) -> bool:
        """Whether it passed, with no test that somebody has to answer for."""
        return self.exit_status == 0 and self.flaky == 0 and self.executed > 0


@dataclass(frozen=True, slots=True)
class Soak:
    """What was asked for: `runs` green in a row, each `pytest` with `arguments`."""

    runs: int
    workers: int
    arguments: Sequence[str] = ()

    def part(self, seed: int) -> Part:
        """Return the command of one run."""
        return Part(
            "pytest",
            [
                sys.executable,
                "-m",
                "pytest",
                "--must-run",
                "-n",
                str(self.workers),
                "--seed",
                str(seed),
                "-q",
                *self.arguments,
            ],
        )


def soak(asked: Soak, out: Path, say: Callable[[str], None] = print) -> int:
    """Run until enough are green in a row (0), or one is not (1); Ctrl-C loses the run that is on, and no other."""
    commit, digest = code_here()
    if commit.endswith(CHANGED):
        say("files differ from the commit: runs of an earlier soak do not count, and nothing can be added to these")
    row = [] if commit.endswith(CHANGED) else in_a_row(read(out), commit, asked.arguments)
    while len(row) < asked.runs:
        done = _run_once(asked, out, commit, digest)
        say(_line(done, len(row) + done.green, asked.runs))
        if done.exit_status == NO_EVIDENCE and code_here() != (commit, digest):
            say("files changed while a run was on: it is of no commit")
        if not done.green:
            say(f"what it left is in {out / 'soak' / done.run_id}")
            return NOT_GREEN
        row.append(done)
    say(verdict(row))
    return GREEN


def code_here() -> tuple[str, str]:
    """Return the checkout's commit, and the digest of its files."""
    code = Code.here()
    return code.commit or "unknown", code.digest


def read(out: Path) -> list[Soaked]:
    """Every finished run, oldest first; a line that was torn by a crash is none."""
    file = out / BOOK
    lines = file.read_text().splitlines() if file.exists() else []
    return [Soaked(**told) for line in lines if (told := _parsed(line))]


def in_a_row(done: Sequence[Soaked], commit: str, arguments: Sequence[str] = ()) -> list[Soaked]:
    """Return the green runs of a commit since its last that was not; runs of other arguments are of other tests."""
    row: list[Soaked] = []
    for each in done:
        if each.commit == commit and list(each.arguments) == list(arguments):
            row = [*row, each] if each.green else []
    return row


def verdict(row: Sequence[Soaked]) -> str:
    """Return what so many green runs prove."""
    n = sum(each.executed for each in row)
    return (
        f"{len(row)} runs green in a row: {n} test executions and no failure, so that a test fails by itself "
        f"less often than once in {n / RULE_OF_THREE:.0f} (3/n = {RULE_OF_THREE / n:.2g}, 95 % confidence)"
    )


def _run_once(asked: Soak, out: Path, commit: str, digest: str) -> Soaked:
    seed = secrets.randbelow(2**31)
    run = Run.create(out / "soak", seed=seed, commit=commit)
    ended = perform(asked.part(seed), run)
    status = ended.exit_status if code_here() == (commit, digest) else NO_EVIDENCE
    sessions = run.records("sessions")
    executed = sum(session["executed"] for session in sessions)
    flaky = sum(session.get("flaky", 0) for session in sessions)
    done = Soaked(commit, run.directory.name, seed, status, executed, flaky, ended.duration_s, asked.arguments)
    with (out / BOOK).open("a") as book:
        book.write(json.dumps(asdict(done)) + "\n")
    if done.green:
        shutil.rmtree(run.directory)
    return done


def _line(done: Soaked, number: int, runs: int) -> str:
    how = f"green, {number} of {runs} in a row" if done.green else f"not green (exit status {done.exit_status})"
    return f"seed {done.seed}: {done.executed} tests in {done.duration_s:.0f} s: {how}"


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
