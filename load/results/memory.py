"""What the generators hold in memory over a run, and whether it grows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

MINUTE_S = 60.0
FEWEST = 4
"""Minutes in the second half, below which a slope would be noise."""


@dataclass(frozen=True, slots=True)
class Slope:
    """Megabytes a minute: the estimate, and its 95 % bounds."""

    estimate: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.estimate:+.2f} MB a minute ({self.low:+.2f} to {self.high:+.2f})"


class Memory:
    """The resident memory of all generators together, minute by minute."""

    def __init__(self) -> None:
        self._held: dict[int, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        self._began_at: dict[int, float] = {}

    def add(self, index: int, window: Mapping[str, Any]) -> None:
        """Generator `index` held `memory_mb` at the `end` of a window, by its own clock."""
        began_at = self._began_at.setdefault(index, window["start"])
        self._held[int((window["end"] - began_at) // MINUTE_S)][index].append(window["memory_mb"])

    @property
    def by_minute(self) -> list[float]:
        """The median of each whole or begun minute, of all generators that were there, added up."""
        return [round(sum(map(median, minute.values())), 1) for _, minute in sorted(self._held.items())]

    @property
    def slope(self) -> Slope | None:
        """How fast it grows in the second half, when caches are full (Theil and Sen); None for too few minutes."""
        minutes = self.by_minute
        return slope(minutes[len(minutes) // 2 :])

    def document(self) -> dict[str, Any]:
        """As `load.json` holds it: megabytes."""
        minutes, found = self.by_minute, self.slope
        bounds = [round(each, 3) for each in (found.estimate, found.low, found.high)] if found else None
        return {"by_minute": minutes, "most": max(minutes, default=0.0), "mb_a_minute": bounds}

    def __str__(self) -> str:
        minutes, found = self.by_minute, self.slope
        told = f"{min(minutes, default=0):.1f} to {max(minutes, default=0):.1f} MB"
        return f"{told}, {found} in the second half" if found else told


def slope(minutes: Sequence[float]) -> Slope | None:
    """The median of all slopes between two minutes, with its 95 % bounds; None for too few."""
    if len(minutes) < FEWEST:
        return None
    from scipy.stats import theilslopes  # takes most of a second to import

    found = theilslopes(minutes, alpha=0.95)
    return Slope(float(found.slope), float(found.low_slope), float(found.high_slope))
