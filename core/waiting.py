"""Waiting for a condition: one loop with a deadline, for whoever waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_delay, wait_exponential

Seen = TypeVar("Seen")
PAUSE_S = 0.01
LONGEST_PAUSE_S = 0.1


class TooLateError(Exception, Generic[Seen]):
    """The condition did not hold in time; `seen` is what the last look saw."""

    def __init__(self, seen: Seen, within_s: float) -> None:
        """Keep what was seen last."""
        super().__init__(f"not within {within_s:g} s; the last look saw {seen!r}")
        self.seen = seen


def until(
    look: Callable[[], Seen],
    good: Callable[[Seen], object] = bool,
    *,
    within_s: float,
    pause_s: float = PAUSE_S,
    longest_pause_s: float = LONGEST_PAUSE_S,
) -> Seen:
    """Look again and again, ever less often, until what is seen is good; return that.

    It looks once at least, and once more after the deadline. What `look` raises ends the waiting and is passed on.
    Raises `TooLateError` when nothing good was seen in time.
    """

    def too_late(state: RetryCallState) -> Seen:
        assert state.outcome is not None
        raise TooLateError(state.outcome.result(), within_s)

    looks = Retrying(
        retry=retry_if_result(lambda seen: not good(seen)),
        stop=stop_after_delay(within_s),
        wait=wait_exponential(multiplier=pause_s, max=max(pause_s, longest_pause_s)),
        retry_error_callback=too_late,
    )
    return looks(look)


def comes_true(condition: Callable[[], object], *, within_s: float, pause_s: float = PAUSE_S) -> bool:
    """Say whether a condition comes true in time. What it raises is passed on."""
    try:
        until(condition, within_s=within_s, pause_s=pause_s)
    except TooLateError:
        return False
    return True
