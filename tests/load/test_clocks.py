"""A generator's clock is bounded by what the gateway wrote down, and where it is not, nothing is claimed of it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from load.trials.clocks import Clocks, Sample

BEGAN = 1_800_000_000.0
Clock = Callable[[float], float]
"""What a clock reads, so many true seconds into the run."""


def _sampled(generator: Clock, gateway: Clock, seed: int = 0, every_s: float = 1.0, takes_s: float = 0.05) -> Clocks:
    """A minute of exchanges between a generator and the gateway."""
    random, clocks = Random(seed), Clocks()  # noqa: S311 - a simulation
    for number in range(int(60 / every_s)):
        sent = number * every_s + random.random() * every_s / 2
        received = sent + takes_s * (0.1 + random.random())
        at = random.uniform(sent, received)
        clocks.add(0, Sample(generator(sent), generator(received), round(gateway(at), 3)))
    return clocks


def _true(s: float) -> float:
    return BEGAN + s


@settings(deadline=None)
@given(
    offset_s=st.sampled_from([-15.0, 0.0, 15.0, -1e9]),
    drift=st.floats(-5e-4, 5e-4),
    at_s=st.floats(0, 70),
    seed=st.integers(0, 1000),
)
def test_even_clock__bounded_to_the_width_of_an_exchange(offset_s: float, drift: float, at_s: float, seed: int) -> None:
    """Whatever a clock's offset, and however it drifts as clocks do, the gateway's time lies within close bounds."""

    def generator(s: float) -> float:
        return offset_s + s * (1 + drift)

    bounds = _sampled(generator, _true, seed).bounds(0, generator(at_s))

    assert bounds is not None
    assert bounds.low <= _true(at_s) <= bounds.high
    assert bounds.high - bounds.low < 0.15


@settings(deadline=None)
@given(jump_s=st.sampled_from([-30.0, -15.0, -1.0, 1.0, 15.0, 30.0]), at_s=st.floats(0, 60), seed=st.integers(0, 1000))
def test_stepping_clock__never_bounded_wrongly(jump_s: float, at_s: float, seed: int) -> None:
    """Where a clock is set in the middle of a run, or a machine sleeps, the bounds are wide, or there are none."""

    def gateway(s: float) -> float:
        return _true(s) + (jump_s if s > 30 else 0)

    bounds = _sampled(lambda s: s, gateway, seed).bounds(0, at_s)

    assert bounds is None or bounds.low <= gateway(at_s) <= bounds.high


@pytest.mark.parametrize("drift", [-0.2, -0.02, 0.02, 0.2])
def test_drifting_clock__bounded_by_the_order_of_things(drift: float) -> None:
    """A clock that runs as no clock should is bounded by what came before and after, and no better."""
    clocks = _sampled(lambda s: s * (1 + drift), _true)

    for tenth in range(100, 500):
        bounds = clocks.bounds(0, tenth / 10 * (1 + drift))
        assert bounds is not None
        assert bounds.low <= _true(tenth / 10) <= bounds.high


def test_unknown_clock__has_no_bounds() -> None:
    """Of a generator that was never heard of, nothing is known."""
    clocks = Clocks()
    clocks.add(1, Sample(0.0, 0.1, BEGAN))

    assert clocks.bounds(0, 5.0) is None
    assert clocks.bounds(1, 5.0) is not None


def test_slow_exchange__gives_wide_bounds() -> None:
    """An answer that took twelve seconds leaves the clock unknown by as much: the error is part of the measurement."""
    clocks = Clocks()
    clocks.add(0, Sample(0.0, 12.0, BEGAN))
    bounds = clocks.bounds(0, 20.0)

    assert bounds is not None
    assert 12 < bounds.high - bounds.low < 12.1
