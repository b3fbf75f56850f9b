"""Waiting for a condition, with a deadline that says what was awaited and what was seen last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from core import waiting
from drivers.errors import NotAsPromised

Seen = TypeVar("Seen")
DEADLINE_S = 15.0


def until(
    look: Callable[[], Seen],
    good: Callable[[Seen], bool],
    awaited: str,
    *,
    deadline_s: float = DEADLINE_S,
) -> Seen:
    """Looks again and again, ever less often, until ``good``; returns what was seen. Raises NotAsPromised."""
    try:
        return waiting.until(look, good, within_s=deadline_s)
    except waiting.TooLateError as late:
        raise NotAsPromised(f"{awaited}: {late}") from late
