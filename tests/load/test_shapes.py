"""Customers arrive as they are told to: evenly, climbing, in a spike, in stages; whatever the system does."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import gevent
import pytest

from load.commands.options import parse
from load.coordination.plan import Plan
from load.customers import arrivals
from load.population import shapes
from load.population.population import DEFAULT
from load.population.shapes import Shape
from stack.system import System


def test_an_open_shape_stays() -> None:
    """The rate is the same at every moment."""
    assert {shapes.preset("open", 2.0, 60).multiple(at) for at in (0, 30, 1000)} == {1.0}


def test_a_ramp_climbs_to_twice_the_rate() -> None:
    """From nobody to twice the rate, evenly over the run."""
    ramp = shapes.preset("ramp", None, 100)

    assert [ramp.multiple(at) for at in (0, 25, 50, 100, 200)] == [0.0, 0.5, 1.0, 2.0, 2.0]
    assert ramp.peak == 2.0


def test_a_spike_jumps_and_falls_back() -> None:
    """Four times the rate for a tenth of the run, at once and at once over."""
    spike = shapes.preset("spike", None, 90)

    assert [spike.multiple(at) for at in (0, 29.9, 30, 38.9, 39, 90)] == [1.0, 1.0, 4.0, 4.0, 1.0, 1.0]


def test_stages_move_from_rate_to_rate() -> None:
    """Stages are customers a second, reached evenly from the stage before."""
    staged = parse(["--stages", "10s:5,20s:5,10s:0"]).shape

    assert staged.rate == 1.0
    assert [staged.multiple(at) for at in (0, 5, 10, 25, 35, 40, 60)] == [0.0, 2.5, 5.0, 5.0, 2.5, 0.0, 0.0]


def test_a_soak_goes_on() -> None:
    """A soak stops neither when all is decided nor at 20,000 trials, and lasts ten minutes unless told otherwise."""
    soak, short = parse(["--shape", "soak"]), parse(["--shape", "soak", "--run-time", "20s", "--until-decided"])

    assert (soak.until_decided, soak.run_time_s, soak.most_trials) == (False, 600.0, 10**7)
    assert (short.until_decided, short.run_time_s) == (True, 20.0)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--stages 10s", "'' is no arrival rate"),
        ("--stages soon:5", "'soon' is no run time"),
        ("--stages 10s:0", "lets nobody in; write at least one rate above 0, as 30s:5"),
        ("--stages 10s:5 --rate 2", "--rate: the stages have rates of their own"),
        ("--stages 10s:5 --shape open", "not allowed with argument --stages"),
        ("--shape wave", "invalid choice: 'wave'"),
    ],
)
def test_an_impossible_shape_is_refused(words: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be played is named before anything starts: exit code 2, and what to write."""
    with pytest.raises(SystemExit) as end:
        parse(words.split())

    assert end.value.code == 2
    assert says in capsys.readouterr().err.splitlines()[-1]


def _moments(tmp_path: Path, shape: Shape, run_s: float, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When customers came, on a clock that only arrivals move."""
    clock = [0.0]
    came: list[float] = []
    plan = Plan(System("nowhere", "http://127.0.0.1:9"), tmp_path, tmp_path, DEFAULT, 3, 10, shape)

    def sleep(seconds: float) -> None:
        clock[0] += seconds
        if clock[0] > run_s:
            plan.halt.touch()

    monkeypatch.setattr(arrivals, "now", lambda: clock[0])
    monkeypatch.setattr(gevent, "sleep", sleep)
    monkeypatch.setattr(arrivals.Arrivals, "_admit", lambda _: came.append(clock[0]))
    arrivals.Arrivals(plan).run()
    return came


def test_arrivals_follow_the_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A spike of four times the rate brings about four times as many a second as before and after it."""
    came = _moments(tmp_path, shapes.preset("spike", 20.0, 90), 90, monkeypatch)
    inside = sum(30 <= at < 39 for at in came) / 9
    outside = sum(not 30 <= at < 39 for at in came) / 81

    assert 18 < outside < 22
    assert 70 < inside < 90


def test_arrivals_are_random_moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Customers do not come in step: the gaps between them spread as those of a Poisson process do."""
    came = _moments(tmp_path, shapes.preset("open", 50.0, 60), 60, monkeypatch)
    gaps = [later - earlier for earlier, later in pairwise(came)]
    mean = sum(gaps) / len(gaps)
    spread = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5

    assert 0.9 < spread / mean < 1.1
