"""Trials: opened when a customer begins something that a metric counts, closed when every side has been asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from reports.catalogue.declared import sampled

Record = Mapping[str, object]
Outcome = Literal["success", "failure", "unknown"]

METRICS = sampled()
"""The metrics that load reaches; an enumeration is the prover's."""


@dataclass(slots=True)
class Trial:
    """Something that the run made happen; `name` is unique in the run."""

    metric: str
    name: str
    customer: str
    request_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a trial. A failure, and what is unknown, says why; `late` marks a failure by time alone."""

    outcome: Outcome
    why: str | None = None
    late: bool = False


RIGHT = Verdict("success")


def wrong(why: str, *, late: bool = False) -> Verdict:
    """The outcome was not right: `why` names the side that saw it, and what it saw."""
    return Verdict("failure", why, late)


class TrialLog:
    """All trials of a process. What is opened and never closed ends as unknown: nobody saw its end."""

    def __init__(self, write: Callable[[str, Record], None]) -> None:
        """`write(kind, record)` keeps the record of a closed trial; its kind is "trials"."""
        self._write = write
        self._open: dict[str, Trial] = {}
        self.counts: dict[str, Counter[Outcome]] = {metric: Counter() for metric in METRICS}

    @property
    def closed(self) -> int:
        """How many trials have ended."""
        return sum(counts.total() for counts in self.counts.values())

    @property
    def pending(self) -> int:
        """How many trials have begun and not ended."""
        return len(self._open)

    def open(self, trial: Trial) -> Trial:
        """Begin a trial. Raises ValueError when one of that name was begun before."""
        if trial.name in self._open:
            raise ValueError(f"the trial {trial.name} is open already")
        self._open[trial.name] = trial
        return trial

    def close(self, trial: Trial, verdict: Verdict) -> None:
        """End a trial, once. Raises KeyError for one that is not open."""
        del self._open[trial.name]
        self.counts[trial.metric][verdict.outcome] += 1
        record: dict[str, object] = {
            "metric": trial.metric,
            "trial": trial.name,
            "outcome": verdict.outcome,
            "customer": trial.customer,
            "request_ids": trial.request_ids,
        }
        self._write("trials", record | ({"why": verdict.why} if verdict.why else {}))

    def drop(self, trial: Trial) -> None:
        """Forget a trial that turned out to be none: the customer, not the system, ended it."""
        del self._open[trial.name]

    def abandon(self, why: str) -> None:
        """End every open trial as unknown."""
        for trial in tuple(self._open.values()):
            self.close(trial, Verdict("unknown", why))
