"""The scorecard's pictures, as numbers that a template draws."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FLOOR = 0.5
WIDTH, HEIGHT = 600, 120
STEP = 9
RANK = ("blocked", "unproven", "leaked")
_ALIKE = {"reached": "blocked", "locked out": "leaked"}


def drawn(cell: Mapping[str, str]) -> str:
    """How a cell of the prover is drawn: own rows that were reached are as good as an attack that was blocked."""
    return _ALIKE.get(cell["status"], cell["status"])


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a metric's bounds, rate and target lie on its axis, in per cent of the axis; `start` is its left end."""

    start: float
    low: float
    width: float
    rate: float
    target: float


def bar(row: dict[str, Any]) -> Bar | None:
    """Return the bar of a metric; None when it has no bounds.

    The axis begins at 50 %, at 0 when anything lies lower.
    """
    if row["rate"] is None or row["low"] is None:
        return None
    high = 1.0 if row["high"] is None else row["high"]
    start = 0.0 if min(row["low"], row["target"], row["rate"]) < FLOOR else FLOOR

    def place(rate: float) -> float:
        return round((rate - start) / (1 - start) * 100, 2)

    low = place(row["low"])
    return Bar(start, low, round(place(high) - low, 2), place(row["rate"]), place(row["target"]))


@dataclass(frozen=True, slots=True)
class Point:
    """A run in a metric's trend: across and down in units of the picture, and what it says to who points at it."""

    x: int
    y: float
    verdict: str
    says: str


def trend(row: dict[str, Any]) -> list[Point]:
    """Return a metric's rate in the runs before and, last, in this one; empty when there is nothing to compare with."""
    if not row["trend"]:
        return []
    runs = [*row["trend"], {"run_id": "this run", "rate": row["rate"], "verdict": row["verdict"]}]
    rates = [run["rate"] for run in runs if run["rate"] is not None]
    floor = min([0.9, *rates])
    return [
        Point(
            x=5 + at * STEP,
            y=round(16 - 12 * ((floor if run["rate"] is None else run["rate"]) - floor) / (1 - floor), 1),
            verdict=run["verdict"],
            says=f"{run['run_id']}: {run['verdict']}",
        )
        for at, run in enumerate(runs)
    ]


@dataclass(frozen=True, slots=True)
class Course:
    """A load run over time, as SVG paths and their scales: requests and errors a second, and p95 in milliseconds."""

    requests: str
    errors: str
    p95: str
    most_requests: float
    most_p95_ms: float
    seconds: float


def course(timeline: Sequence[dict[str, float]]) -> Course | None:
    """Return the picture of a load run; None when it has fewer than two moments."""
    if len(timeline) < 2:
        return None
    most = max(moment["requests"] for moment in timeline) or 1.0
    slowest = max(moment["p95_ms"] for moment in timeline) or 1.0
    return Course(
        requests=_area(moment["requests"] / most for moment in timeline),
        errors=_area(moment["errors"] / most for moment in timeline),
        p95=f"M{' L'.join(_points(moment['p95_ms'] / slowest for moment in timeline))}",
        most_requests=most,
        most_p95_ms=slowest,
        seconds=timeline[-1]["at_s"] + timeline[1]["at_s"] - timeline[0]["at_s"],
    )


def _points(shares: Iterable[float]) -> list[str]:
    heights = list(shares)
    wide = WIDTH / (len(heights) - 1)
    return [f"{at * wide:.1f},{HEIGHT - share * (HEIGHT - 4):.1f}" for at, share in enumerate(heights)]


def _area(shares: Iterable[float]) -> str:
    return f"M0,{HEIGHT} L{' L'.join(_points(shares))} L{WIDTH},{HEIGHT} Z"


@dataclass(frozen=True, slots=True)
class Patch:
    """Neighbours in the isolation matrix that came to the same end: where, how many across, and who they are."""

    x: int
    y: int
    across: int
    status: str
    says: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """The isolation matrix from afar: relations down, actors across, each place the worst of what was tried there."""

    relations: int
    actors: int
    counts: Counter[str]
    patches: Sequence[Patch]


def matrix(cells: Sequence[Mapping[str, str]]) -> Matrix | None:
    """Return the picture of the prover's cells; None when there are none."""
    if not cells:
        return None
    actors = list(dict.fromkeys(cell["actor"] for cell in cells))
    tried: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for cell in cells:
        tried[cell["relation"]][cell["actor"]][drawn(cell)] += 1
    rows = [(name, tried[name]) for name in sorted(tried)]
    patches = [patch for y, (name, row) in enumerate(rows) for patch in _patches(y, name, row, actors)]
    return Matrix(len(rows), len(actors), Counter(map(drawn, cells)), patches)


def _patches(y: int, relation: str, row: Mapping[str, Counter[str]], actors: Sequence[str]) -> Iterable[Patch]:
    worst = [max(row[actor], key=RANK.index) if actor in row else "" for actor in actors]
    ends = [at for at in range(1, len(worst) + 1) if at == len(worst) or worst[at] != worst[at - 1]]
    for begins, end in zip([0, *ends], ends, strict=False):
        if status := worst[begins]:
            yield Patch(begins, y, end - begins, status, f"{relation}: {status}: {', '.join(actors[begins:end])}")
