"""Where each metric stands, and whether anything is left to decide."""

from __future__ import annotations

from load.trials.trials import METRICS, TrialLog
from reports.catalogue.declared import metrics
from reports.judging.verdict import Count, Judgement, Outcome, decide, judge


def count(trials: TrialLog, metric: str) -> Count:
    """How a metric's trials have ended so far."""
    ended = trials.counts[metric]
    return Count(ended["success"], ended["failure"], ended["unknown"])


def outcomes(trials: TrialLog) -> dict[str, Outcome]:
    """The present verdict of every metric that load reaches."""
    return {metric: decide(metrics()[metric], count(trials, metric)) for metric in METRICS}


def all_decided(trials: TrialLog) -> bool:
    """Whether no further trial is needed."""
    return "undecided" not in outcomes(trials).values()


def judgements(trials: TrialLog) -> dict[str, Judgement]:
    """The verdicts with their reasons, and with what is missing for one."""
    return {metric: judge(metrics()[metric], count(trials, metric)) for metric in METRICS}
