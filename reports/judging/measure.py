"""What the trials say of each metric: one row of the scorecard."""

from __future__ import annotations

from dataclasses import dataclass

from reports.catalogue import declared
from reports.catalogue.declared import Metric
from reports.judging import bounds
from reports.judging.bounds import Method
from reports.judging.facts import Facts, Isolation
from reports.judging.verdict import Judgement, judge

METHODS = {
    "exact": "Clopper–Pearson, exact for a size fixed beforehand",
    "sequence": "confidence sequence (truncated-Beta mixture), valid at every look",
    "absence": "sampled: no failure in n trials excludes a rate above 3/n",
    "enumeration": "full enumeration: no probability is stated",
}


@dataclass(frozen=True, slots=True)
class Measurement:
    """A metric, what was counted, and the verdict; rates are 0 to 1."""

    metric: Metric
    trials: int
    successes: int
    unknown: int
    rate: float | None
    confidence: float | None
    method: str | None
    judgement: Judgement


def measure(facts: Facts) -> list[Measurement]:
    """Every metric, in the plan's order."""
    method: Method = "exact" if facts.load and not facts.load.until_decided else "sequence"
    return [
        _enumerated(metric, facts.isolation) if metric.enumerated else _sampled(metric, facts, method)
        for metric in declared.metrics().values()
    ]


def _sampled(metric: Metric, facts: Facts, method: Method) -> Measurement:
    count = facts.counts[metric.id]
    measured = bool(count.trials + count.unknown)
    return Measurement(
        metric=metric,
        trials=count.trials,
        successes=count.successes,
        unknown=count.unknown,
        rate=count.successes / count.trials if count.trials else None,
        confidence=bounds.CONFIDENCE if measured else None,
        method=METHODS["absence" if metric.relation == "=" else method] if measured else None,
        judgement=judge(metric, count, method),
    )


def _enumerated(metric: Metric, isolation: Isolation | None) -> Measurement:
    if isolation is None:
        return Measurement(metric, 0, 0, 0, None, None, None, Judgement("not measured", "the prover left no result"))
    judged = isolation.kept + len(isolation.findings)
    return Measurement(
        metric=metric,
        trials=isolation.cells,
        successes=isolation.kept,
        unknown=isolation.unproven_cells,
        rate=isolation.kept / judged if judged else None,
        confidence=None,
        method=METHODS["enumeration"],
        judgement=_judge_enumeration(isolation),
    )


def _judge_enumeration(isolation: Isolation) -> Judgement:
    leaks, cells = len(isolation.findings), isolation.cells
    if isolation.verdict in ("leaking", "locked out") or leaks:
        return Judgement("missed", f"{isolation.verdict}: {leaks} findings among {cells:,} cells")
    fired = isolation.controls_fired
    whole = 0 < cells == isolation.kept and fired >= isolation.kept and not isolation.unproven_cells
    if isolation.verdict == "isolated" and whole:
        return Judgement("met", f"{cells:,} of {cells:,} cells blocked, none unproven")
    if cells and not fired:
        return Judgement("undecided", f"no control fired, so none of {cells:,} cells proved anything")
    if fired < isolation.kept:
        return Judgement("undecided", f"{fired:,} controls fired, and {isolation.kept:,} cells are said to be proved")
    unproven = max(isolation.unproven_cells, cells - isolation.kept)
    return Judgement("undecided", f"{unproven:,} of {cells:,} cells proved nothing: the enumeration is not whole")
