"""A metric's verdict follows from its trials, and from nothing less."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from reports.catalogue.declared import metrics
from reports.judging import bounds
from reports.judging.bounds import Method
from reports.judging.verdict import Count, decide, judge

LOGIN, ISOLATION = metrics()["auth.login"], metrics()["tenant.isolation"]
CLEAN = {"exact": {0.7: 9, 0.85: 19, 0.9: 29, 0.95: 59, 0.98: 149}, "sequence": {0.9: 33, 0.95: 70, 0.98: 184}}


@pytest.mark.parametrize(
    ("method", "target", "trials"),
    [(method, target, trials) for method, known in CLEAN.items() for target, trials in known.items()],
)
def test_the_fewest_clean_trials_that_prove_a_target(method: Method, target: float, trials: int) -> None:
    """The published numbers of clean trials prove their targets, and one trial fewer does not."""
    assert bounds.above(target, trials, 0, method)
    assert not bounds.above(target, trials - 1, 0, method)


@pytest.mark.parametrize(("successes", "failures"), [(0, 5), (5, 0), (97, 3), (980, 20), (1, 400)])
def test_exact_bounds_are_clopper_and_pearsons(successes: int, failures: int) -> None:
    """Exact bounds agree with scipy's own, each side at 95 %."""
    from scipy import stats  # takes most of a second to import

    theirs = stats.binomtest(successes, successes + failures).proportion_ci(0.90, method="exact")

    assert bounds.interval(successes, failures, "exact") == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@pytest.mark.parametrize("method", ["exact", "sequence"])
@pytest.mark.parametrize(("successes", "failures"), [(0, 0), (3, 1), (97, 3), (9_800, 200), (19_990, 10), (10, 5_000)])
def test_bounds_surround_the_rate_and_agree_with_the_tests(method: Method, successes: int, failures: int) -> None:
    """The drawn interval holds the seen rate, and its ends are where the decisions change."""
    low, high = bounds.interval(successes, failures, method)

    assert low <= successes / max(1, successes + failures) <= high
    for rate in np.linspace(0.01, 0.99, 99):
        if abs(rate - low) > 1e-5:
            assert bounds.above(rate, successes, failures, method) == (rate < low)
        if abs(rate - high) > 1e-5:
            assert bounds.at_most(rate, successes, failures, method) == (rate >= high)


def test_a_sequence_is_never_narrower_than_a_fixed_sample() -> None:
    """Looking whenever one likes costs width, on both sides."""
    for successes, failures in ((50, 0), (95, 5), (950, 50), (4_000, 900)):
        exact, sequence = (bounds.interval(successes, failures, method) for method in ("exact", "sequence"))
        assert sequence[0] <= exact[0]
        assert exact[1] <= sequence[1]


@pytest.mark.parametrize(
    ("count", "verdict"),
    [
        (Count(), "not measured"),
        (Count(149), "undecided"),
        (Count(184), "met"),
        (Count(500, 9), "undecided"),
        (Count(900, 100), "missed"),
        (Count(5_000, 40, 50), "met"),
        (Count(5_000, 40, 52), "undecided"),
        (Count(0, 0, 5), "undecided"),
    ],
)
def test_a_rates_verdict(count: Count, verdict: str) -> None:
    """A rate is met, missed or undecided by its bounds; over one unknown trial in a hundred leaves it undecided."""
    assert judge(LOGIN, count).verdict == verdict


@pytest.mark.parametrize(
    ("count", "verdict"),
    [
        (Count(999), "undecided"),
        (Count(1_000), "met"),
        (Count(100_000, 1), "missed"),
        (Count(5, 1, 90), "missed"),
        (Count(1_000, 0, 20), "undecided"),
    ],
)
def test_absence_is_sampled(count: Count, verdict: str) -> None:
    """One leak is a miss whatever else was seen; a thousand clean requests meet the target."""
    assert judge(ISOLATION, count).verdict == verdict


def test_absence_states_what_its_sample_excludes() -> None:
    """Three divided by the number of requests bounds the rate of leaks."""
    judgement = judge(ISOLATION, Count(3_000))

    assert judgement.low == pytest.approx(1 - 3 / 3_000)
    assert "0.001 is excluded" in judgement.why


@pytest.mark.parametrize("count", [Count(1), Count(150), Count(500, 9), Count(300, 0, 4), Count(10, 0, 40)])
def test_further_clean_trials_decide(count: Count) -> None:
    """As many further clean trials as are named decide the metric, and one fewer does not."""
    further = judge(LOGIN, count).further
    assert further is not None

    assert decide(LOGIN, Count(count.successes + further, count.failures, count.unknown)) == "met"
    assert decide(LOGIN, Count(count.successes + further - 1, count.failures, count.unknown)) == "undecided"


PATHS, LOOKS = 2_000, 5_000


def _fewest_successes(target: float) -> np.ndarray:
    """After each number of trials, the fewest successes that show the target to be exceeded (one more if none do)."""
    return _boundary(lambda n, s: bounds.above(target, s, n - s, "sequence"))


def _most_successes(target: float) -> np.ndarray:
    """After each number of trials, the most successes that show the target to be missed (-1 if none do)."""
    return _boundary(lambda n, s: not bounds.at_most(target, s, n - s, "sequence")) - 1


def _boundary(holds: Callable[[int, int], bool]) -> np.ndarray:
    """After each number of trials, the fewest successes for which it holds: as many as before, or one more."""
    fewest, found = int(not holds(0, 0)), []
    for trials in range(1, LOOKS + 1):
        fewest += not holds(trials, fewest)
        found.append(fewest)
    return np.array(found)


def _walks(rate: float, seed: int) -> np.ndarray:
    draws = np.random.default_rng(seed).random((PATHS, LOOKS), dtype=np.float32) < rate
    return np.cumsum(draws, axis=1, dtype=np.int32)


@pytest.mark.parametrize("target", [0.7, 0.85, 0.9, 0.95, 0.98])
def test_wrong_verdicts_are_rare_however_often_one_looks(target: float, record_property: object) -> None:
    """Of systems half a point from the target, watched trial by trial, at most 5 % are ever judged wrongly."""
    called_met = (_walks(target - 0.005, seed=11) >= _fewest_successes(target)).any(axis=1).mean()
    called_missed = (_walks(target + 0.005, seed=12) <= _most_successes(target)).any(axis=1).mean()
    assert callable(record_property)
    record_property("wrongly met", float(called_met))
    record_property("wrongly missed", float(called_missed))

    assert called_met <= 0.05
    assert called_missed <= 0.05
    assert called_met + called_missed > 0, "a simulation in which nothing ever goes wrong shows nothing"


def _chances(trials: int, rate: float) -> np.ndarray:
    """How probable each number of successes is."""
    from scipy import stats

    return np.asarray(stats.binom.pmf(range(trials + 1), trials, rate))


@pytest.mark.parametrize("target", [0.7, 0.9, 0.98])
@pytest.mark.parametrize("trials", [200, 2_000])
def test_wrong_verdicts_of_a_fixed_sample_are_rare(target: float, trials: int) -> None:
    """Of systems half a point from the target, judged once, at most 5 % are judged wrongly: computed, not drawn."""
    counts = range(trials + 1)
    met = [bounds.above(target, s, trials - s, "exact") for s in counts]
    missed = [bounds.at_most(target, s, trials - s, "exact") for s in counts]

    assert _chances(trials, target - 0.005)[met].sum() <= 0.05
    assert _chances(trials, target + 0.005)[missed].sum() <= 0.05


def test_a_good_system_is_decided() -> None:
    """A system that never fails is proved by the first 184 trials, and one at 99.5 % before the run's limit."""
    walks = _walks(0.995, seed=13)
    decided = (walks >= _fewest_successes(0.98)).any(axis=1).mean()

    assert decided > 0.99
