"""The runs before this one, in a line each: what a report needs to show how things went, and what changed."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from core.files import replace
from evidence import Run

BOOK, DOCUMENT = "past.jsonl", "past.json"
KEPT, SHOWN = 60, 12
Verdict = Literal["go", "no-go", "undecided"]
MetricVerdict = Literal["met", "missed", "undecided", "not measured"]
RequirementVerdict = Literal["passed", "failed", "not measured"]


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier run: its verdict, each metric's rate (0 to 1) and verdict, each requirement's verdict."""

    run_id: str
    target: str | None
    commit: str | None
    started_at: str
    verdict: Verdict
    metrics: Mapping[str, tuple[float | None, MetricVerdict]] = field(default_factory=dict)
    requirements: Mapping[str, RequirementVerdict] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Past:
    """`past.json`: the runs before a run on the same target, oldest first, as they were known when it ended."""

    runs: Sequence[Before]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is not as it was in the run before. `subject` is a metric, a requirement or `verdict`."""

    subject: str
    was: str
    now: str


def take_along(run: Run) -> None:
    """Leave the past with a run, once: its report is then the same wherever and whenever it is drawn again.

    The book lies beside the folder that the run lies in (`reports/out`, beside `runs`).
    """
    out = run.directory.parent.parent
    if (run.directory / DOCUMENT).exists() or not (run.directory / "run.json").exists():
        return
    known = run.document("run.json")
    before = [
        line
        for line in _lines(out)
        if line.get("target") == known.get("target") and str(line.get("started_at")) < str(known.get("started_at"))
    ]
    run.write(DOCUMENT, {"runs": before[-SHOWN:]})


def remember(card: Mapping[str, Any], out: Path) -> None:
    """Add a finished run to the book, or replace what the book says of it; the oldest runs are forgotten."""
    if card["started_at"] is None:
        return
    line = {name: card[name] for name in ("run_id", "target", "commit", "started_at", "verdict")}
    line["metrics"] = {row["id"]: [row["rate"], row["verdict"]] for row in card["metrics"]}
    line["requirements"] = {row["id"]: row["verdict"] for row in card["requirements"]}
    with _locked(out):
        lines = [known for known in _lines(out) if known.get("run_id") != card["run_id"]]
        lines = sorted([*lines, line], key=lambda each: str(each["started_at"]))[-KEPT:]
        replace(out / BOOK, "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in lines).encode())


def changes(card: Mapping[str, Any], past: Past | None) -> list[Change]:
    """Whatever has another verdict than in the run before; nothing where there is none."""
    if past is None or not past.runs:
        return []
    before = past.runs[-1]
    was: dict[str, str] = {"verdict": before.verdict, **before.requirements}
    was |= {name: verdict for name, (_, verdict) in before.metrics.items()}
    now = {"verdict": card["verdict"]} | {
        row["id"]: row["verdict"] for row in (*card["metrics"], *card["requirements"])
    }
    return [Change(name, was[name], verdict) for name, verdict in now.items() if was.get(name, verdict) != verdict]


def _lines(out: Path) -> list[dict[str, Any]]:
    """Return the book's lines that can be believed: a torn or foreign one is history lost, not a verdict."""
    try:
        written = (out / BOOK).read_text().splitlines()
    except OSError:
        return []
    return [line for line in map(_line, written) if line is not None]


def _line(text: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(text)
        _BEFORE.validate_python(found)
    except (ValueError, ValidationError):
        return None
    return found


_BEFORE = TypeAdapter(Before)


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    out.mkdir(parents=True, exist_ok=True)
    with (out / f".{BOOK}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
