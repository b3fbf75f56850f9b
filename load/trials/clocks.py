"""Whose clock it was: the generators' own clocks, each bounded against the gateway's by what both saw happen.

A generator's times are readings of its machine's monotonic clock, so that a wall clock that is wrong, is stepped or
runs unevenly changes nothing. What is compared with the gateway's ledger needs the distance between the two. Nobody
asks for it: whenever a generator waits for an answer in which the gateway wrote something down, the gateway's time of
that lies between the generator's readings before and after. Every such exchange is a sample; their intersection is the
distance, with its error. See K. Marzullo, *Maintaining the time in a distributed system* (1984).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from typing import NamedTuple

DRIFT = 1e-3
"""So unevenly two monotonic clocks run at most: twice what NTP slews a clock by (500 parts in a million)."""
ROUNDING_S = 0.001
"""The ledger tells milliseconds."""
NEAREST = 8
"""So many samples on each side of a reading are asked."""


class Sample(NamedTuple):
    """At some moment between a generator's readings `sent` and `received`, the gateway's clock said `at`."""

    sent: float
    received: float
    at: float


class Bounds(NamedTuple):
    """The gateway's time lies between these, in seconds since the epoch."""

    low: float
    high: float


class Clocks:
    """What is known of the clocks of all generators, by their index in the run."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._samples: dict[int, list[Sample]] = defaultdict(list)

    def add(self, worker: int, sample: Sample) -> None:
        """Take one more sample of a generator's clock."""
        insort(self._samples[worker], sample)

    def bounds(self, worker: int, reading: float) -> Bounds | None:
        """Where the gateway's clock was at a generator's reading; None where nothing bounds it.

        Samples that contradict each other show that one of the clocks was set or stood still: then only their order
        counts, the last one before the reading and the first one after it.
        """
        samples = self._samples[worker]
        place = bisect_right(samples, reading, key=lambda sample: sample.sent)
        near = samples[max(0, place - NEAREST) : place + NEAREST]
        if not near:
            return None
        even = Bounds(max(_low(each, reading) for each in near), min(_high(each, reading) for each in near))
        return even if even.low <= even.high else _by_order(near, reading)


def _low(sample: Sample, reading: float) -> float:
    """The earliest that the gateway's clock can have been, as far as one sample tells."""
    since = reading - sample.received
    return sample.at - ROUNDING_S + since * (1 - DRIFT if since > 0 else 1 + DRIFT)


def _high(sample: Sample, reading: float) -> float:
    """The latest that the gateway's clock can have been, as far as one sample tells."""
    since = reading - sample.sent
    return sample.at + ROUNDING_S + since * (1 + DRIFT if since > 0 else 1 - DRIFT)


def _by_order(samples: list[Sample], reading: float) -> Bounds | None:
    """The bounds that the order of things gives; None where they have no order, or nothing came before or after."""
    before = [sample.at for sample in samples if sample.received <= reading]
    after = [sample.at for sample in samples if sample.sent >= reading]
    if not before or not after or before != sorted(before) or after != sorted(after) or before[-1] > after[0]:
        return None
    return Bounds(before[-1] - ROUNDING_S, after[0] + ROUNDING_S)
