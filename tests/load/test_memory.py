"""What generators hold is told by the minute, and growth is told from noise."""

from __future__ import annotations

import pytest

from load.results.memory import Memory, slope


def _held(*minutes: float, generators: int = 1) -> Memory:
    memory = Memory()
    for second in range(60 * len(minutes)):
        for index in range(generators):
            window = {"start": 1000.0 + second, "end": 1000.9 + second, "memory_mb": minutes[second // 60]}
            memory.add(index, window)
    return memory


def test_minutes__of_all_generators_together() -> None:
    """Each minute is what all generators held in it, whatever a single second says."""
    memory = _held(90.0, 100.0, generators=2)
    memory.add(0, {"start": 1119.0, "end": 1119.5, "memory_mb": 900.0})

    assert memory.document() == {"by_minute": [180.0, 200.0], "most": 200.0, "mb_a_minute": None}
    assert str(memory) == "180.0 to 200.0 MB"


def test_leak__has_a_slope_above_nothing() -> None:
    """Memory that grows by half a megabyte a minute is said to grow, and its warm-up is left out."""
    found = _held(40.0, 80.0, *(100 + minute / 2 for minute in range(8))).slope

    assert found is not None
    assert found.estimate == pytest.approx(0.5)
    assert found.low > 0


def test_flat__nothing_is_within_the_bounds() -> None:
    """Memory that goes up and down by chance is not said to grow."""
    found = slope([100.0, 100.4, 99.9, 100.2, 100.1, 99.8, 100.3, 100.0, 100.1])

    assert found is not None
    assert found.low <= 0 <= found.high


def test_short_run__has_no_slope() -> None:
    """Three minutes in the second half are noise, and so is no run at all."""
    assert _held(1.0, 2.0, 3.0, 4.0, 5.0, 6.0).slope is None
    assert Memory().document() == {"by_minute": [], "most": 0.0, "mb_a_minute": None}
