"""The benchmarks' runner: medians and ratios, and honest about what could not be measured."""

from __future__ import annotations

from itertools import count

import pytest

from bench.__main__ import discover, main
from bench.case import Case, Unmeasurable, measure


def test_median__and_its_ratio_to_the_promise() -> None:
    """A benchmark is the median of its rounds, and a multiple of what was promised."""
    seconds = count(1)
    measured = measure(Case("steps", lambda: float(next(seconds)), promise_s=4.0, rounds=3))

    assert (measured.samples, measured.median_s, measured.ratio) == ((1.0, 2.0, 3.0), 2.0, 0.5)


def test_peer__measured_turn_by_turn() -> None:
    """A peer is measured in the same rounds, and a benchmark is a multiple of its median too."""
    turns = count(1)
    measured = measure(Case("steps", lambda: float(next(turns)), peer=lambda: float(next(turns))))

    assert (measured.samples, measured.peer_samples) == ((1.0, 3.0, 5.0), (2.0, 4.0, 6.0))
    assert measured.beside_peer == 3.0 / 4.0


def test_unmeasurable__says_why() -> None:
    """What cannot be measured here has a reason, and no number."""

    def refuse() -> float:
        raise Unmeasurable("needs a display")

    measured = measure(Case("headed", refuse, promise_s=1.0))

    assert (measured.samples, measured.why_not, measured.ratio) == ((), "needs a display", None)


def test_unknown_name__refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that fits no benchmark is refused, and the line says which there are."""
    assert main(["no such benchmark"]) == 2

    said = capsys.readouterr().err

    assert said.startswith("NAME: no benchmark is called no such benchmark; there are: ")
    assert "stack ready, warm" in said


def test_names__unique() -> None:
    """Each benchmark has a name of its own."""
    names = [case.name for case in discover()]

    assert sorted(set(names)) == sorted(names)
