"""Processes that prove one database together: nothing is tried twice or left out, and none is lost in silence."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from isolation.engine.turns import Turns
from isolation.engine.workers import worker_pool

STAGES = (range(7), range(0), range(40), range(1))


def _taken(turns: Turns) -> list[tuple[int, int]]:
    return [(stage, item) for stage, items in enumerate(STAGES) for item in turns.of(items)]


EVERYTHING = [(stage, item) for stage, items in enumerate(STAGES) for item in items]


def test_turns__alone() -> None:
    """Who is alone tries everything, in order."""
    assert _taken(Turns()) == EVERYTHING


def test_turns__shared() -> None:
    """Each thing is tried by one of those who share a counter, whoever is faster, and each keeps the order."""
    with tempfile.TemporaryFile() as counter, ThreadPoolExecutor(1) as other:
        first = Turns(counter.fileno())
        begun = next(first.of(STAGES[0]))
        theirs = other.submit(_taken, Turns(counter.fileno())).result()

        assert begun == 0
        assert EVERYTHING[1:] == theirs
        assert list(first.of(STAGES[2])) == []


def test_a_helper_that_breaks(capfd: pytest.CaptureFixture[str]) -> None:
    """A helper that cannot do its task ends the proof: its share is not taken for tried."""
    with worker_pool(1) as pool:
        pool.begin(0, "no task")

        with pytest.raises(RuntimeError, match="ended before its time"):
            list(pool.reports())

    assert "AttributeError" in capfd.readouterr().err
