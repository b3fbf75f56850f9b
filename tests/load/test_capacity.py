"""Capacity is found where a threshold breaks, and a law is fitted only to what was measured."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from load.__main__ import main
from load.capacity import capacity, scalability
from load.capacity.capacity import Climb, Step, climb, document, knee
from load.capacity.picture import draw
from load.capacity.scalability import Law, band, fit, interval
from load.coordination.plan import Plan
from load.population.population import DEFAULT
from load.population.shapes import Shape
from stack.system import System


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bands of fewer samples are rougher, and cost a tenth."""
    monkeypatch.setattr(scalability, "RESAMPLES", 60)


def _step(processes: int, arrivals: float, requests: float, *broken: str) -> Step:
    samples = tuple(requests + noise for noise in (-2.0, -1.0, 0.0, 1.0, 2.0))
    low, high = interval(samples)
    figures = {"p50_ms": 5.0, "p95_ms": 20.0, "p95_low_ms": 18.0, "p95_high_ms": 25.0, "saturated": 0.0}
    return Step(
        processes,
        arrivals,
        arrivals,
        requests,
        low,
        high,
        broken=broken,
        samples=samples,
        **figures,
    )


STEPS = [
    *(_step(1, rate, 30 * rate) for rate in (1.0, 2.0, 4.0)),
    _step(1, 6.0, 130, "p(95)<300"),
    *(_step(2, rate, 30 * rate) for rate in (1.0, 2.0, 4.0, 6.0)),
    _step(2, 9.0, 220, "p(95)<300"),
]


@pytest.mark.parametrize("law", [Law(100, 0.0, 0.0), Law(250, 0.1, 0.01), Law(40, 0.3, 0.05)])
def test_a_law_is_found_again(law: Law) -> None:
    """From what a law says of 1 to 4 processes, the same law is fitted."""
    found = fit({number: [law.throughput(number)] * 3 for number in (1, 2, 3, 4)})

    assert found.throughput(6) == pytest.approx(law.throughput(6), rel=0.02)
    assert found.gamma == pytest.approx(law.gamma, rel=0.02)


def test_a_peak_is_where_more_bear_less() -> None:
    """Beyond the law's peak, throughput falls; without coherency cost there is none."""
    law = Law(100, 0.05, 0.02)
    assert law.peak is not None

    assert law.throughput(law.peak) > max(law.throughput(law.peak - 1), law.throughput(law.peak + 1))
    assert Law(100, 0.05, 0.0).peak is None


def test_one_number_of_processes_fits_no_law() -> None:
    """A single point would fit any law: it is refused."""
    with pytest.raises(ValueError, match="at least two numbers of processes; measure with 1 and 2"):
        fit({1: [100.0, 101.0]})


def test_a_band_holds_its_law() -> None:
    """The 95 % band lies around the fitted law, and widens beyond what was measured."""
    samples = {number: [100.0 * number + noise for noise in (-8, -3, 0, 4, 7)] for number in (1, 2, 3)}
    law = fit(samples)
    (low, high), (far_low, far_high) = band(samples, [2, 8])

    assert low <= law.throughput(2) <= high
    assert far_high - far_low > high - low


def test_the_knee_is_the_last_that_held() -> None:
    """Capacity is the last rate at which nothing broke, for each number of processes."""
    told = document(STEPS)

    assert (told["knees"]["1"]["arrivals"], told["knees"]["2"]["arrivals"]) == (4.0, 6.0)
    assert told["law"]["gamma"] == pytest.approx(130, rel=0.1)
    assert knee([_step(1, 1.0, 3, "rate>0.99")]) is None


def test_a_climb_ends_where_it_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rates rise by half, and the first that breaks is the last that is tried; or the most that was allowed."""
    plan = Plan(System("s", "http://127.0.0.1:9"), tmp_path, tmp_path, DEFAULT, 1, 1, Shape())
    broken = 3.0
    monkeypatch.setattr(
        capacity, "_step", lambda _plan, n, rate, _how: _step(n, rate, rate, *(["full"] if rate >= broken else []))
    )

    assert [step.arrivals for step in climb(plan, 1, Climb(1.0, 100.0, 1, ()))] == [1.0, 1.5, 2.25, 3.38]
    assert [step.arrivals for step in climb(plan, 1, Climb(1.0, 2.0, 1, ()))] == [1.0, 1.5]


@pytest.mark.parametrize(("left", "inside", "says"), [(8, 2, ["80% of those who came were served"]), (10, 0, [])])
def test_customers_who_pile_up_end_the_climb(left: int, inside: int, says: list[str]) -> None:
    """Who came and did not come off again tells that the system is full; how few came by chance tells nothing."""
    judge = SimpleNamespace(inside=inside, saturation=SimpleNamespace(share=0.0))
    load_run = SimpleNamespace(
        visits=[{}] * left, judge=judge, generators=SimpleNamespace(broken=list[str]), duration_s=10
    )

    assert list(capacity._broken(load_run, [], Climb(4.0, 9.0, 10, ()))) == says  # type: ignore[arg-type]


def _texts(svg: str) -> list[str]:
    return ["".join(each.itertext()) for each in ElementTree.fromstring(svg).iter() if each.tag.endswith("text")]  # noqa: S314


@pytest.mark.parametrize(("steps", "panels"), [(STEPS, 3), (STEPS[:4], 2)])
def test_the_picture_has_what_was_measured(steps: Sequence[Step], panels: int) -> None:
    """Throughput and latency of each number of processes, and the law where there is one; nothing is loaded or run."""
    told = document(steps)
    law = Law(**told["law"]) if told["law"] else None
    svg = draw(steps, law, {step.processes: step.samples for step in steps})
    texts = _texts(svg)

    assert svg.count('class="axis"') == panels
    assert ("2 processes" in texts) == any("Scalability Law" in text for text in texts) == (panels == 3)
    assert svg.count('r="4"') == (2 if panels == 3 else 0), "what the law was fitted to"
    assert not re.search(r"<script|href|url\(|NaN|inf", svg)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--application-processes 0", "'0' is out of range; write a whole number from 1 to 32"),
        ("--first-rate none", "'none' is no arrival rate"),
        ("--step-time 0", "'0' is no run time"),
        ("--first-rate 5 --most-rate 2", "--most-rate: 2 is below --first-rate 5; raise it"),
    ],
)
def test_bad_input_is_named(words: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong option ends before anything starts, with exit code 2."""
    with pytest.raises(SystemExit) as end:
        main(["capacity", *words.split()])

    assert end.value.code == 2
    assert says in capsys.readouterr().err.splitlines()[-1]
