"""Waiting for a condition, with a deadline that says what was awaited and what was seen last."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from drivers.errors import NotAsPromised

Seen = TypeVar("Seen")
DEADLINE_S = 15.0
FIRST_PAUSE_S = 0.01
LONGEST_PAUSE_S = 0.1


def until(
    look: Callable[[], Seen],
    good: Callable[[Seen], bool],
    awaited: str,
    *,
    deadline_s: float = DEADLINE_S,
) -> Seen:
    """Looks again and again, ever less often, until ``good``; returns what was seen. Raises NotAsPromised."""
    ends, pause_s = time.monotonic() + deadline_s, FIRST_PAUSE_S
    while not good(seen := look()):
        if time.monotonic() > ends:
            raise NotAsPromised(f"{awaited}: not within {deadline_s:g} s; the last look saw {seen!r}")
        time.sleep(pause_s)
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
    return seen
