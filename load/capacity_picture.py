"""`capacity.svg`: throughput and latency over arrivals, and what more processes would bear, each with its 95 % band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from load.capacity import Step, knee
from load.scalability import Law, band

WIDE, HIGH, EDGE = 340, 220, 46
COLOURS = ("#1b7340", "#8a5a00", "#3b5bdb", "#b3261e")
_STYLE = (
    "text{font:11px system-ui,sans-serif;fill:#5b606b}.title{font-size:13px;font-weight:600;fill:#1d1f23}"
    ".axis{stroke:#8d929c;fill:none}.line{fill:none;stroke-width:2}.band{stroke:none;opacity:.18}"
    "@media(prefers-color-scheme:dark){text{fill:#a3a8b3}.title{fill:#eceae5}}"
)
Band = tuple[float, float, float, float]
"""Across, the value, and its lower and upper bound."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a panel, with a mark (its index) where it ended, if it did."""

    name: str
    points: Sequence[Band]
    mark: int | None = None


def draw(steps: Sequence[Step], law: Law | None, samples: Mapping[int, Sequence[float]]) -> str:
    """The whole picture, as an SVG document without script that reads in light and dark."""
    runs = {number: list(each) for number, each in groupby(steps, key=lambda step: step.processes)}
    requests = [
        Line(_named(number), [(s.arrivals, s.requests, s.requests_low, s.requests_high) for s in each], _mark(each))
        for number, each in runs.items()
    ]
    latency = [
        Line(_named(number), [(s.arrivals, s.p95_ms, s.p95_low_ms, s.p95_high_ms) for s in each], _mark(each))
        for number, each in runs.items()
    ]
    panels = [
        _panel(0, "requests a second", "arrivals a second", requests),
        _panel(1, "95th percentile of latency, ms", "arrivals a second", latency),
    ]
    if law is not None:
        panels.append(_panel(2, "requests a second at most", "application processes", [_fitted(law, samples)]))
    wide = len(panels) * (WIDE + EDGE) + EDGE
    high = HIGH + 2 * EDGE
    said = "Throughput and latency over arrivals, with 95 % bands; a ring marks the last rate that held."
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" role="img" aria-label="{said}">'
    return f"{head}<style>{_STYLE}</style>{''.join(panels)}</svg>\n"


def _named(processes: int) -> str:
    return "1 process" if processes == 1 else f"{processes} processes"


def _mark(steps: Sequence[Step]) -> int | None:
    held = knee(steps)
    return steps.index(held) if held else None


def _fitted(law: Law, samples: Mapping[int, Sequence[float]]) -> Line:
    numbers = [1 + tenth / 4 for tenth in range(4 * max(8, 2 * max(samples)) - 3)]
    bounds = band(samples, numbers)
    points = [(n, law.throughput(n), low, high) for n, (low, high) in zip(numbers, bounds, strict=True)]
    return Line("Universal Scalability Law", points)


def _panel(place: int, title: str, across: str, lines: Sequence[Line]) -> str:
    left, top = EDGE + place * (WIDE + EDGE), EDGE
    everything = [point for line in lines for point in line.points]
    most_x = max((point[0] for point in everything), default=1.0) or 1.0
    most_y = max((max(point[1:]) for point in everything), default=1.0) or 1.0

    def at(x: float, y: float) -> str:
        return f"{left + x / most_x * (WIDE - 20):.1f},{top + HIGH - y / most_y * HIGH:.1f}"

    axes = f'<path class="axis" d="M{left},{top} V{top + HIGH} H{left + WIDE - 20}"/>'
    words = (
        f'<text class="title" x="{left}" y="{top - 22}">{title}</text>'
        f'<text x="{left}" y="{top - 6}">{most_y:,.0f}</text>'
        f'<text x="{left + WIDE - 20}" y="{top + HIGH + 16}" text-anchor="end">{across}: to {most_x:g}</text>'
    )
    return (
        axes
        + words
        + "".join(_line(line, COLOURS[n % 4], at, (left + 8, top + 14 + 15 * n)) for n, line in enumerate(lines))
    )


def _line(line: Line, colour: str, at: object, legend: tuple[float, float]) -> str:
    assert callable(at)
    middle = " ".join(at(x, y) for x, y, _, _ in line.points)
    upper = [at(x, high) for x, _, _, high in line.points]
    lower = [at(x, low) for x, _, low, _ in reversed(line.points)]
    drawn = f'<polygon class="band" fill="{colour}" points="{" ".join([*upper, *lower])}"/>'
    drawn += f'<polyline class="line" stroke="{colour}" points="{middle}"/>'
    if line.mark is not None:
        x, _, y = at(line.points[line.mark][0], line.points[line.mark][1]).partition(",")
        drawn += f'<circle cx="{x}" cy="{y}" r="5" fill="none" stroke="{colour}" stroke-width="2"/>'
    x, y = legend
    return f'{drawn}<text x="{x}" y="{y}" style="fill:{colour}">{line.name}</text>'
