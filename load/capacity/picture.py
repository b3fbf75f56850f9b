"""`capacity.svg`: throughput and latency over arrivals, and what more processes would bear, each with its 95 % band."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from load.capacity.capacity import Step, knee
from load.capacity.scalability import Law, band

WIDE, HIGH, EDGE = 340, 220, 46
LIGHT = ("#1b7340", "#8a5a00", "#3b5bdb", "#b3261e")
DARK = ("#6fcf97", "#e0b15c", "#91a7ff", "#f2938c")


def _colours(shades: Sequence[str]) -> str:
    return "".join(f".c{number}{{color:{shade}}}" for number, shade in enumerate(shades))


_STYLE = (
    "text{font:11px system-ui,sans-serif;fill:#5b606b}.name{fill:currentColor!important}"
    ".title{font-size:13px;font-weight:600;fill:#1d1f23}.axis{stroke:#8d929c;fill:none}"
    f".line{{fill:none;stroke-width:2}}.band{{stroke:none;opacity:.18}}{_colours(LIGHT)}"
    f"@media(prefers-color-scheme:dark){{text{{fill:#a3a8b3}}.title{{fill:#eceae5}}{_colours(DARK)}}}"
)
Band = tuple[float, float, float, float]
"""Across, the value, and its lower and upper bound."""
Place = Callable[[float, float], str]
"""Where a point lies in the picture: `x,y`."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a panel, with a mark (its index) where it ended, if it did, and `dots` that it was fitted to."""

    name: str
    points: Sequence[Band]
    mark: int | None = None
    dots: Sequence[tuple[float, float]] = ()


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
    measured = [(number, float(np.mean(each))) for number, each in sorted(samples.items())]
    return Line("Universal Scalability Law, and what was measured", points, dots=measured)


def _panel(place: int, title: str, across: str, lines: Sequence[Line]) -> str:
    left, top = EDGE + place * (WIDE + EDGE), EDGE
    everything = [point for line in lines for point in line.points]
    most_x = max((point[0] for point in everything), default=1.0) or 1.0
    heights = [max(point[1:]) for point in everything] + [height for line in lines for _, height in line.dots]
    most_y = max(heights, default=1.0) or 1.0

    def at(x: float, y: float) -> str:
        return f"{left + x / most_x * (WIDE - 20):.1f},{top + HIGH - y / most_y * HIGH:.1f}"

    axes = f'<path class="axis" d="M{left},{top} V{top + HIGH} H{left + WIDE - 20}"/>'
    words = (
        f'<text class="title" x="{left}" y="{top - 22}">{title}</text>'
        f'<text x="{left + WIDE - 20}" y="{top + HIGH + 30}" text-anchor="end">{across}</text>'
        + "".join(_ticks(at, left, top + HIGH, share, most_x, most_y) for share in (0, 0.5, 1))
    )
    drawn = (_line(line, n % len(LIGHT), at, (left + 84 * n, top - 8)) for n, line in enumerate(lines))
    return axes + words + "".join(drawn)


def _ticks(at: Place, left: float, bottom: float, share: float, most_x: float, most_y: float) -> str:
    """A number below the panel and one beside it, at a share of each axis."""
    x, _, _ = at(share * most_x, 0).partition(",")
    _, _, y = at(0, share * most_y).partition(",")
    return (
        f'<text x="{x}" y="{bottom + 15}" text-anchor="middle">{share * most_x:.3g}</text>'
        f'<text x="{left - 5}" y="{float(y) + 4:.1f}" text-anchor="end">{share * most_y:,.0f}</text>'
    )


def _line(line: Line, colour: int, at: Place, legend: tuple[float, float]) -> str:
    middle = " ".join(at(x, y) for x, y, _, _ in line.points)
    upper = [at(x, high) for x, _, _, high in line.points]
    lower = [at(x, low) for x, _, low, _ in reversed(line.points)]
    drawn = f'<polygon class="band" fill="currentColor" points="{" ".join([*upper, *lower])}"/>'
    drawn += f'<polyline class="line" stroke="currentColor" points="{middle}"/>'
    if line.mark is not None:
        x, _, y = at(line.points[line.mark][0], line.points[line.mark][1]).partition(",")
        drawn += f'<circle cx="{x}" cy="{y}" r="5" fill="none" stroke="currentColor" stroke-width="2"/>'
    for dot in line.dots:
        across, _, down = at(*dot).partition(",")
        drawn += f'<circle cx="{across}" cy="{down}" r="4" fill="currentColor"/>'
    left, top = legend
    return f'<g class="c{colour}">{drawn}<text class="name" x="{left}" y="{top}">{line.name}</text></g>'
