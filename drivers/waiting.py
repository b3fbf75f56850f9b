"""Waiting for a condition, with a deadline that says what was awaited and what was seen last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from core import waiting
from drivers.errors import NotAsPromisedError

Seen = TypeVar("Seen")
DEADLINE_S = 15.0


def until(
    look: Callable[[], Seen],
    good: Callable[[Seen], bool],
    awaited: str,
    *,
    deadline_s: float = DEADLINE_S,
) -> Seen:
    """Look again and again, ever less often, until it is `good`; return what was seen. Raises NotAsPromisedError."""
    try:
        return waiting.until(look, good, within_s=deadline_s)
    except waiting.TooLateError as late:
        raise NotAsPromisedError(f"{awaited}: {late}") from late
