"""What a metric's trials show: met, missed or undecided, and how many clean trials more would decide it."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

from reports.catalogue.declared import Metric
from reports.judging import bounds
from reports.judging.bounds import Method

Outcome = Literal["met", "missed", "undecided", "not measured"]
MOST_UNKNOWN = 0.01
LEAST_SAMPLED = 1000
_FAR = 1_000_000


@dataclass(frozen=True, slots=True)
class Count:
    """The outcomes of a metric's trials; `unknown` ones say nothing about the system."""

    successes: int = 0
    failures: int = 0
    unknown: int = 0

    @property
    def trials(self) -> int:
        """Those that ended in a success or a failure."""
        return self.successes + self.failures

    @property
    def too_uncertain(self) -> bool:
        """Whether more than one trial in a hundred ended as unknown."""
        return self.unknown > MOST_UNKNOWN * (self.trials + self.unknown)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A metric's verdict. `low` and `high` bound the rate, `further` is in clean trials; None: says nothing."""

    verdict: Outcome
    why: str
    low: float | None = None
    high: float | None = None
    further: int | None = None


def decide(metric: Metric, count: Count, method: Method = "sequence") -> Outcome:
    """Return the verdict alone, in microseconds: what a running load asks after every trial."""
    if metric.relation == "=":
        return _decide_absence(count)
    if count.too_uncertain:
        return "undecided"
    if bounds.above(metric.target, count.successes, count.failures, method):
        return "met"
    return "missed" if bounds.at_most(metric.target, count.successes, count.failures, method) else "undecided"


def judge(metric: Metric, count: Count, method: Method = "sequence") -> Judgement:
    """Return the verdict with its bounds and its reason in words."""
    if count.trials + count.unknown == 0:
        return Judgement("not measured", "no trial was made")
    verdict = decide(metric, count, method)
    further = _further(metric, count, method) if verdict == "undecided" else None
    if metric.relation == "=":
        low, high = (1 - min(1.0, 3 / count.trials) if not count.failures and count.trials else None), None
    else:
        low, high = bounds.interval(count.successes, count.failures, method)
    return Judgement(verdict, _why(metric, count, verdict, further), low, high, further)


def _decide_absence(count: Count) -> Outcome:
    if count.failures:
        return "missed"
    return "met" if count.successes >= LEAST_SAMPLED and not count.too_uncertain else "undecided"


def _further(metric: Metric, count: Count, method: Method) -> int:
    def is_met(more: int) -> bool:
        return decide(metric, Count(count.successes + more, count.failures, count.unknown), method) == "met"

    return bisect_left(range(_FAR), True, key=is_met)


def _why(metric: Metric, count: Count, verdict: Outcome, further: int | None) -> str:
    seen = f"{count.successes:,} of {count.trials:,} trials succeeded"
    if verdict == "undecided" and count.too_uncertain:
        return f"{seen}, and {count.unknown:,} ended as unknown: more than 1 % leave it open"
    if verdict == "undecided":
        return f"{seen}: {further:,} further clean trials would decide it"
    if metric.relation == "=":
        return (
            f"{seen}" if verdict == "missed" else f"{seen}: a rate of failure above {3 / count.trials:.2g} is excluded"
        )
    return f"{seen}: {'above' if verdict == 'met' else 'not above'} {metric.target * 100:.0f} % with 95 % confidence"
