"""Where each metric stands, and whether anything is left to decide."""

from __future__ import annotations

from load.trials.trials import METRICS, Book
from reports.catalogue.declared import metrics
from reports.judging.verdict import Count, Judgement, Outcome, decide, judge


def count(book: Book, metric: str) -> Count:
    """How a metric's trials have ended so far."""
    ended = book.counts[metric]
    return Count(ended["success"], ended["failure"], ended["unknown"])


def outcomes(book: Book) -> dict[str, Outcome]:
    """The present verdict of every metric that load reaches."""
    return {metric: decide(metrics()[metric], count(book, metric)) for metric in METRICS}


def all_decided(book: Book) -> bool:
    """Whether no further trial is needed."""
    return "undecided" not in outcomes(book).values()


def judgements(book: Book) -> dict[str, Judgement]:
    """The verdicts with their reasons, and with what is missing for one."""
    return {metric: judge(metrics()[metric], count(book, metric)) for metric in METRICS}
