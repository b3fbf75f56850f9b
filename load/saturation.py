"""Whether the generator keeps up: while it does not, a late trial says nothing about the system."""

from __future__ import annotations

import time
from dataclasses import dataclass

import gevent

CPU_LIMIT = 0.8
"""Of one core."""
LAG_LIMIT_S = 0.1
_TICK_S = 0.05
_WINDOW_S = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time (seconds since the epoch) in which the generator used `cpu` of a core and lagged by `lag_s`."""

    start: float
    end: float
    cpu: float
    lag_s: float

    @property
    def saturated(self) -> bool:
        """Whether the generator was the slow one."""
        return self.cpu > CPU_LIMIT or self.lag_s > LAG_LIMIT_S


class Gauge:
    """Measures its own process, a window a second, in a greenlet of its own."""

    def __init__(self) -> None:
        self.windows: list[Window] = []

    def watch(self) -> None:
        """Measure until killed."""
        while True:
            self.windows.append(_measure())

    def saturated_between(self, start: float, end: float) -> bool:
        """Whether a saturated window touches the stretch from `start` to `end`."""
        return any(w.saturated and w.start <= end and w.end >= start for w in reversed(self.windows))

    @property
    def share(self) -> float:
        """The share of windows that were saturated."""
        return sum(w.saturated for w in self.windows) / len(self.windows) if self.windows else 0.0


def _measure() -> Window:
    start, began, cpu, lag = time.time(), time.monotonic(), time.process_time(), 0.0
    while (now := time.monotonic()) - began < _WINDOW_S:
        gevent.sleep(_TICK_S)
        lag = max(lag, time.monotonic() - now - _TICK_S)
    return Window(start, time.time(), (time.process_time() - cpu) / (time.monotonic() - began), lag)
