"""Waiting ends when the condition holds, when looking raises, or at the deadline; never without a look."""

from __future__ import annotations

import pytest

from core.waiting import TooLateError, comes_true, until


def test_until__returns_what_was_good() -> None:
    """What is returned is the first that is good."""
    seen = iter(range(9))

    assert until(lambda: next(seen), lambda number: number == 3, within_s=30, pause_s=0) == 3


def test_too_late__tells_what_was_seen_last() -> None:
    """At the deadline an error holds what the last look saw, and says how long that took."""
    with pytest.raises(TooLateError, match=r"not within 0\.02 s; the last look saw 'pending'") as late:
        until(lambda: "pending", lambda seen: seen == "paid", within_s=0.02)

    assert late.value.seen == "pending"


def test_no_time_at_all__looks_once() -> None:
    """Even where no time is left, it looks once: what holds already is seen."""
    assert until(lambda: "paid", within_s=0) == "paid"


def test_an_error_of_the_look__ends_the_waiting() -> None:
    """What looking raises is passed on at once, as it is."""
    with pytest.raises(ZeroDivisionError):
        until(lambda: 1 // 0, within_s=60)


def test_comes_true__says_whether() -> None:
    """A condition that comes true is told from one that does not."""
    answers = iter([False, False, True])

    assert comes_true(lambda: next(answers), within_s=30, pause_s=0)
    assert not comes_true(lambda: False, within_s=0.02)
