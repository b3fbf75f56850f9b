"""The scorecard as one HTML file: no script, no network, light and dark, from a phone to paper."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports import words
from reports.scorecard import Scorecard

FOLDER = Path(__file__).with_name("templates")
TONES = {
    **dict.fromkeys(("go", "met", "passed", "ticked"), "good"),
    **dict.fromkeys(("no-go", "missed", "failed", "open"), "bad"),
    **dict.fromkeys(("undecided",), "unsure"),
    **dict.fromkeys(("not measured",), "none"),
}
FLOOR = 0.5
VISIBLE_REASONS = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a metric's bounds, rate and target lie on its axis, in per cent of the axis; ``start`` is its left end."""

    start: float
    low: float
    width: float
    rate: float
    target: float


def page(card: Scorecard, matrix: str | None = None) -> str:
    """The whole file; ``matrix`` is where the prover's picture lies beside it, if there is one."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": words.percent,
        "duration": words.duration,
        "moment": words.moment,
        "commit": words.commit,
        "tone": TONES.__getitem__,
        "thousands": "{:,}".format,
    }
    return environment.get_template("scorecard.html").render(
        card=card,
        matrix=matrix,
        headline=words.headline(card),
        tally=words.tally(card),
        style=(FOLDER / "scorecard.css").read_text(),
        bars={row["id"]: bar(row) for row in card["metrics"]},
        goal=words.goal,
        span=words.span,
        tests=words.tests,
        epics=_grouped(card["requirements"], "epic"),
        parts=_grouped(card["checklist"], "part"),
        slowest=max((row.get("p99_ms", 0) for row in card["latency"].values()), default=0),
        visible=VISIBLE_REASONS,
    )


def bar(row: dict[str, Any]) -> Bar | None:
    """The bar of a metric; None when it has no bounds. The axis begins at 50 %, at 0 when anything lies lower."""
    if row["rate"] is None or row["low"] is None:
        return None
    high = 1.0 if row["high"] is None else row["high"]
    start = 0.0 if min(row["low"], row["target"], row["rate"]) < FLOOR else FLOOR

    def place(rate: float) -> float:
        return round((rate - start) / (1 - start) * 100, 2)

    low = place(row["low"])
    return Bar(start, low, round(place(high) - low, 2), place(row["rate"]), place(row["target"]))


def _grouped(rows: list[dict[str, Any]], key: str) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups
