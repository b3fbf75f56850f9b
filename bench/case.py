"""A benchmark: what is measured, how often, and what was promised."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent


class UnmeasurableError(Exception):
    """A benchmark that cannot run here; the message says what it needs."""


@dataclass(frozen=True, slots=True)
class Case:
    """`sample` makes one measurement, in `unit`s; `promise_s` is what the design promises of the median, in seconds.

    `peer` measures the same of something else, turn by turn with `sample`; both within `setting`. A sample is the time
    of `count` operations.
    """

    name: str
    sample: Callable[[], float]
    promise_s: float | None = None
    rounds: int = 3
    peer: Callable[[], float] | None = None
    setting: Callable[[], AbstractContextManager[object]] = nullcontext
    count: int = 1
    unit: str = "s"


@dataclass(frozen=True, slots=True)
class Measured:
    """A benchmark's samples, in `unit`s, in the order in which they were taken; or why there are none."""

    name: str
    samples: tuple[float, ...]
    promise_s: float | None
    why_not: str | None = None
    peer_samples: tuple[float, ...] = ()
    count: int = 1
    unit: str = "s"

    @property
    def median_s(self) -> float:
        """The middle sample."""
        return median(self.samples)

    @property
    def ratio(self) -> float | None:
        """The median as a multiple of the promise: 1 and below keeps it."""
        return self.median_s / self.promise_s if self.samples and self.promise_s else None

    @property
    def beside_peer(self) -> float | None:
        """The middle of the rounds' multiples of the peer: below 1 is faster. What slowed one round slowed both."""
        turns = list(zip(self.samples, self.peer_samples, strict=False))
        return median(own / peer for own, peer in turns) if turns else None

    @property
    def a_second(self) -> tuple[float, ...]:
        """How many operations a second, and how many of the peer's; empty where a sample is but one."""
        medians = (self.median_s, *([median(self.peer_samples)] if self.peer_samples else []))
        return tuple(self.count / each for each in medians) if self.count > 1 else ()


def measure(case: Case, rounds: int | None = None) -> Measured:
    """Run a benchmark `rounds` times (by default as often as it asks for)."""
    samples: list[float] = []
    beside: list[float] = []
    why_not = None
    try:
        with case.setting():
            for _ in range(rounds or case.rounds):
                own = case.sample()
                if case.peer is not None:
                    beside.append(case.peer())
                samples.append(own)
    except UnmeasurableError as reason:
        why_not = str(reason)
    return Measured(case.name, tuple(samples), case.promise_s, why_not, tuple(beside), case.count, case.unit)


def run(argv: Sequence[str]) -> float:
    """Return the seconds that a command took from the repository's root.

    Raises UnmeasurableError when it fails, with its last line.
    """
    began = time.monotonic()
    ended = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)  # noqa: S603
    if ended.returncode:
        said = (ended.stderr + ended.stdout).strip().splitlines() or ["it said nothing"]
        raise UnmeasurableError(f"{' '.join(argv)} exited with {ended.returncode}: {said[-1]}")
    return time.monotonic() - began
