"""`python -m reports soak`: the whole suite, each time with a seed of its own, until so many are green in a row.

Each finished run is a line of `soak.jsonl`: a soak that was stopped goes on where it was, and adds up. A run that is
not green ends the soak and the row; what it left is kept. Only runs of equal files, equal variables that decide what
runs, and equal arguments add up; runs of files that differ from the commit do not. Each line is sealed with the line
before it: one that was changed, repeated or taken away since is no evidence.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import secrets
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from core.exits import NO_EVIDENCE
from evidence import Broken, BrokenEvidenceError, Run
from evidence.code import Code
from reports.commands.parts import Part, perform

BOOK = "soak.jsonl"
CHANGED = "+changes"
GREEN, NOT_GREEN = 0, 1
RULE_OF_THREE = 3.0
"""With no failure among n trials, the chance of one is below 3/n with 95 % confidence."""


@dataclass(frozen=True, slots=True)
class Soaked:
    """A finished run: how it ended, and how many tests it executed (those that were skipped proved nothing).

    `code` names the files that ran and the variables that decide what runs; the commit is there to be read.
    """

    commit: str
    code: str
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
    commit, code = code_here()
    if commit.endswith(CHANGED):
        say("files differ from the commit: runs of an earlier soak do not count, and nothing can be added to these")
    row = [] if commit.endswith(CHANGED) else in_a_row(read(out), code, asked.arguments)
    while len(row) < asked.runs:
        done = _run_once(asked, out, commit, code)
        say(_line(done, len(row) + done.green, asked.runs))
        if done.exit_status == NO_EVIDENCE and code_here() != (commit, code):
            say("files changed while a run was on: it is of no commit")
        if not done.green:
            say(f"what it left is in {out / 'soak' / done.run_id}")
            return NOT_GREEN
        row.append(done)
    say(verdict(row))
    return GREEN


def code_here() -> tuple[str, str]:
    """Return the checkout's commit, and one name for the files that run and the variables that decide what runs."""
    code = Code.here()
    decides = json.dumps([code.digest, dict(code.environment)], sort_keys=True)
    return code.commit or "unknown", hashlib.sha256(decides.encode()).hexdigest()[:16]


def read(out: Path) -> list[Soaked]:
    """Every finished run, oldest first; a line that was torn by a crash is none.

    Raises BrokenEvidenceError for a line that is not as it was written, or whose run is there already.
    """
    file = out / BOOK
    return _runs(file, file.read_text() if file.exists() else "")[0]


def write(out: Path, done: Soaked) -> None:
    """Add a finished run. Raises BrokenEvidenceError as `read` does, and `OSError`."""
    file = out / BOOK
    out.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as book:
        fcntl.flock(book, fcntl.LOCK_EX)  # each line is sealed with the last one: nobody may come between
        book.seek(0)
        text = book.read()
        seal = _runs(file, text)[1]
        told = asdict(done)
        torn = "\n" if text and not text.endswith("\n") else ""
        book.write(torn + json.dumps({**told, "seal": _seal(seal, told)}) + "\n")


def in_a_row(done: Sequence[Soaked], code: str, arguments: Sequence[str] = ()) -> list[Soaked]:
    """Return the green runs of some code since its last that was not; runs of other arguments are of other tests."""
    row: list[Soaked] = []
    for each in done:
        if each.code == code and list(each.arguments) == list(arguments):
            row = [*row, each] if each.green else []
    return row


def verdict(row: Sequence[Soaked]) -> str:
    """Return what so many green runs prove."""
    n = sum(each.executed for each in row)
    return (
        f"{len(row)} runs green in a row: {n} test executions and no failure, so that a test fails by itself "
        f"less often than once in {n / RULE_OF_THREE:.0f} (3/n = {RULE_OF_THREE / n:.2g}, 95 % confidence)"
    )


def _run_once(asked: Soak, out: Path, commit: str, code: str) -> Soaked:
    seed = secrets.randbelow(2**31)
    run = Run.create(out / "soak", seed=seed, commit=commit)
    ended = perform(asked.part(seed), run)
    status = ended.exit_status if code_here() == (commit, code) else NO_EVIDENCE
    sessions = run.records("sessions")
    executed = sum(session["executed"] for session in sessions)
    flaky = sum(session.get("flaky", 0) for session in sessions)
    done = Soaked(commit, code, run.directory.name, seed, status, executed, flaky, ended.duration_s, asked.arguments)
    write(out, done)
    if done.green:
        shutil.rmtree(run.directory)
    return done


def _line(done: Soaked, number: int, runs: int) -> str:
    how = f"green, {number} of {runs} in a row" if done.green else f"not green (exit status {done.exit_status})"
    return f"seed {done.seed}: {done.executed} tests in {done.duration_s:.0f} s: {how}"


def _runs(file: Path, text: str) -> tuple[list[Soaked], str]:
    """Return the runs of a book, and the seal of its last line."""
    found: list[Soaked] = []
    seal = ""
    for number, line in enumerate(text.splitlines(), start=1):
        told = _parsed(line)
        if told is None:
            continue
        said = told.pop("seal", None)
        if said != _seal(seal, told):
            why = "was changed after it had been written, or a line before it was"
            raise BrokenEvidenceError(Broken(file, number, f"{why}: {_REMEDY}"))
        try:
            done = _SOAKED.validate_python(told)
        except ValidationError as error:
            what = error.errors()[0]
            where = ".".join(map(str, what["loc"]))
            raise BrokenEvidenceError(Broken(file, number, f"{where}: {what['msg']}: {_REMEDY}")) from error
        if done.run_id in {each.run_id for each in found}:
            raise BrokenEvidenceError(Broken(file, number, f"run {done.run_id} is there already: {_REMEDY}"))
        found, seal = [*found, done], said
    return found, seal


_SOAKED = TypeAdapter(Soaked)
_REMEDY = "no run of this file counts; move it away to begin anew"


def _seal(before: str, told: dict[str, Any]) -> str:
    return hashlib.sha256((before + json.dumps(told, sort_keys=True)).encode()).hexdigest()[:16]


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
