"""How customers arrive: as others leave, or at a rate that stays, climbs, peaks, or follows stages of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Kind = Literal["open", "closed", "ramp", "spike", "soak", "stages"]
KINDS: tuple[Kind, ...] = ("open", "closed", "ramp", "spike", "soak")
Point = tuple[float, float]
"""Seconds since the first arrival, and a multiple of the rate; two points of one time are a jump."""
STEADY: tuple[Point, ...] = ((0.0, 1.0),)


@dataclass(frozen=True, slots=True)
class Shape:
    """How customers arrive.

    All kinds but `closed` are open models: so many a second, whatever the system does (Poisson). `rate` is what the
    `points` are multiples of; None: half of what a first few customers show that the system can bear. `closed`: the
    next one comes when one leaves.
    """

    kind: Kind = "open"
    rate: float | None = None
    points: tuple[Point, ...] = STEADY

    @property
    def peak(self) -> float:
        """The largest multiple that the rate comes to."""
        return max(multiple for _, multiple in self.points)

    def multiple(self, at_s: float) -> float:
        """The multiple of the rate at a moment: on the line between two points, and the last one's ever after."""
        for (before, low), (after, high) in pairwise(self.points):
            if at_s < after:
                return low + (high - low) * (at_s - before) / (after - before)
        return self.points[-1][1]


def preset(kind: Kind, rate: float | None, run_time_s: float) -> Shape:
    """A shape by its name, stretched over the run: `ramp` climbs from nothing to twice the rate; `spike` is four times
    the rate for a tenth of the run, after a third of it; `soak` and `open` stay."""
    third, tenth = run_time_s / 3, run_time_s / 10
    points: dict[Kind, tuple[Point, ...]] = {
        "ramp": ((0.0, 0.0), (run_time_s, 2.0)),
        "spike": ((0.0, 1.0), (third, 1.0), (third, 4.0), (third + tenth, 4.0), (third + tenth, 1.0)),
    }
    return Shape(kind, rate, points.get(kind, STEADY))


def staged(stages: Sequence[tuple[float, float]]) -> Shape:
    """A shape of one's own: in so many seconds, the rate moves evenly to so many customers a second; none at first."""
    points: list[Point] = [(0.0, 0.0)]
    for seconds, rate in stages:
        points.append((points[-1][0] + seconds, rate))
    return Shape("stages", 1.0, tuple(points))
