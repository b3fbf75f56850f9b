"""`python -m tests.load.clock_fault FAULT LOCUST-OPTION…`: a worker on a machine whose wall clock is wrong.

FAULT is `ahead` or `behind` (by 15 s), `steps` (15 s ahead and 15 s behind, by turns), or `drifts` (gains 2 s in 10).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping

FAULTS: Mapping[str, Callable[[float], float]] = {
    "ahead": lambda _: 15.0,
    "behind": lambda _: -15.0,
    "steps": lambda since_s: 15.0 if since_s % 4 < 2 else -15.0,
    "drifts": lambda since_s: since_s * 0.2,
}


def main(fault: str, *options: str) -> None:
    """Set the clock wrong before anything reads it, and become Locust."""
    right, began = time.time, time.monotonic()
    time.time = lambda: right() + FAULTS[fault](time.monotonic() - began)

    from locust.main import main as locust

    sys.argv = ["locust", *options]
    locust()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main(*sys.argv[1:])
