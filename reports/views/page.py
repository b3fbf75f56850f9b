"""The scorecard as one HTML file: no script, no network, light and dark, from a phone to paper."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports.judging.scorecard import Scorecard
from reports.views import charts, words

FOLDER = Path(__file__).with_name("templates")
TONES = {
    **dict.fromkeys(("go", "met", "passed", "ticked"), "good"),
    **dict.fromkeys(("no-go", "missed", "failed", "open"), "bad"),
    **dict.fromkeys(("undecided",), "unsure"),
    **dict.fromkeys(("not measured",), "none"),
}
VISIBLE_REASONS = 8


def page(card: Scorecard, matrix: str | None = None, base: str = "", cells: Sequence[Mapping[str, str]] = ()) -> str:
    """Return the whole file; `matrix` is where the prover's page lies within the run, if there is one.

    `cells`, its cells.

    `base` leads from where the file will lie to the run's directory, which all of its links are relative to.
    """
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
        "code": words.code,
        "tone": TONES.__getitem__,
        "thousands": "{:,}".format,
    }
    return environment.get_template("scorecard.html").render(
        card=card,
        matrix=matrix,
        tried=charts.matrix(cells),
        headline=words.headline(card),
        tally=words.tally(card),
        style=(FOLDER / "scorecard.css").read_text(),
        base=base,
        bars={row["id"]: charts.bar(row) for row in card["metrics"]},
        trends={row["id"]: charts.trend(row) for row in card["metrics"]},
        compared=any(row["trend"] for row in card["metrics"]),
        course=charts.course(card["timeline"]),
        source=partial(_source, card["sources"]),
        goal=words.goal,
        span=words.span,
        tests=words.tests,
        promises=words.promises,
        epics=_grouped(card["requirements"], "epic"),
        parts=_grouped(card["checklist"], "part"),
        slowest=max((row.get("p99_ms", 0) for row in card["latency"].values()), default=0),
        visible=VISIBLE_REASONS,
    )


def _grouped(rows: list[dict[str, Any]], key: str) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def _source(sources: Mapping[str, Sequence[str]], kind: str) -> str:
    """Where a kind of fact was read from: its file, its folder where there are several, "" where there is nothing."""
    files = sources.get(kind, ())
    return files[0] if len(files) == 1 else f"{kind}/" if files else ""
