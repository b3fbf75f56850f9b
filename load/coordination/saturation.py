"""Whether the generator keeps up: while it does not, a late trial says nothing about the system."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CPU_LIMIT = 0.8
"""Of one core."""
LAG_LIMIT_S = 0.1
_TICK_S = 0.05
_WINDOW_S = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time in which the generator used `cpu` of a core and lagged by `lag_s`.

    `start` and `end` are readings of the generator's monotonic clock.

    `memory_mb` is what its process holds at the end; 0 where the machine does not say.
    """

    start: float
    end: float
    cpu: float
    lag_s: float
    memory_mb: float = 0.0

    @property
    def saturated(self) -> bool:
        """Whether the generator was the slow one."""
        return self.cpu > CPU_LIMIT or self.lag_s > LAG_LIMIT_S


class Saturation:
    """What the windows of all generators say."""

    def __init__(self) -> None:
        """Begin without any window."""
        self._saturated: dict[int, list[Window]] = {}
        self._count = 0

    def add(self, worker: int, window: Window) -> None:
        """Take one more window of the generator with that index in the run."""
        self._count += 1
        if window.saturated:
            self._saturated.setdefault(worker, []).append(window)

    def between(self, worker: int, start: float, end: float) -> bool:
        """Whether a saturated window of this generator touches the stretch from `start` to `end`, by its own clock."""
        return any(window.start <= end and window.end >= start for window in self._saturated.get(worker, ()))

    @property
    def share(self) -> float:
        """The share of windows that were saturated."""
        return sum(map(len, self._saturated.values())) / self._count if self._count else 0.0


def watch(tell: Callable[[Window], None]) -> None:
    """Measure one's own process, a window a second, until killed."""
    while True:
        tell(_measure())


def _measure() -> Window:
    began, cpu, lag = time.monotonic(), time.process_time(), 0.0
    while (now := time.monotonic()) - began < _WINDOW_S:
        time.sleep(_TICK_S)
        lag = max(lag, time.monotonic() - now - _TICK_S)
    ended = time.monotonic()
    return Window(began, ended, (time.process_time() - cpu) / (ended - began), lag, _memory_mb())


def _memory_mb() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return round(pages * resource.getpagesize() / 2**20, 1)
