"""Writes a run's scorecard in all its views, and puts the last finished run's where people look for it."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from core.files import replace
from evidence import Run, manifest
from reports.judging import past, scorecard
from reports.judging.scorecard import Scorecard
from reports.views.markdown import markdown
from reports.views.page import page

OUT = Path(__file__).parent.parent / "out"
VIEWS = ("scorecard.json", "scorecard.md", "scorecard.html")
DRAWN = frozenset({*VIEWS, past.DOCUMENT})
PROOF = "isolation.json"
MATRIX = "isolation.html"
"""The prover draws it; there is none where nothing was proved."""


@dataclass(frozen=True, slots=True)
class Published:
    """A scorecard and where its views lie."""

    card: Scorecard
    folder: Path


def write(run: Run) -> Published:
    """Draw the scorecard of a run, beside the runs before it, and write its views into the run's directory."""
    past.take_along(run)
    manifest.reseal(run, DRAWN.__contains__)
    card = scorecard.draw(run)
    run.write("scorecard.json", card)
    replace(run.directory / "scorecard.md", markdown(card).encode())
    replace(run.directory / "scorecard.html", _page(run, card).encode())
    manifest.reseal(run, DRAWN.__contains__)
    return Published(card, run.directory)


def _page(run: Run, card: Scorecard, base: str = "") -> str:
    led_to = MATRIX if (run.directory / MATRIX).exists() else None
    return page(card, led_to, base, run.document(PROOF).get("matrix", ()) if card["isolation"] else ())


def promote(run: Run, out: Path = OUT) -> Path:
    """Put a run's views, and its Allure report if there is one, into `out`; each file is old or new, never half."""
    card = run.document("scorecard.json")
    base = f"{os.path.relpath(run.directory, out)}/"
    for name in VIEWS:
        replace(out / name, (run.directory / name).read_bytes())
    replace(out / "scorecard.html", _page(run, card, base).encode())
    if (matrix := run.directory / MATRIX).exists():
        replace(out / MATRIX, matrix.read_bytes())
    else:
        (out / MATRIX).unlink(missing_ok=True)
    past.remember(card, out)
    report = run.directory / "allure"
    if report.is_dir():
        _swap(out / "allure", report)
    return out


def older(out: Path, run: Run | None) -> str | None:
    """One line where what lies in `out` is not of that run, but of one before it."""
    try:
        shown = json.loads((out / "scorecard.json").read_text())["run_id"]
    except (OSError, ValueError, KeyError):
        return None
    if run is None or shown == run.directory.name:
        return None
    return f"{out / 'scorecard.html'} is older: it is of run {shown}, and not of {run.directory.name}"


def _swap(place: Path, report: Path) -> None:
    """Point `place` at a copy of the report, by one rename of a link."""
    link = place.with_name(f".{place.name}.{os.getpid()}")
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(report, place.parent))
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    link.replace(place)
