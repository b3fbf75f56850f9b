"""`python -m tests.load.power`: what verdicts a run reaches about systems that fail at a rate, and how many customers
that takes.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping

from numpy.random import default_rng

from load.judging.judge import ISOLATION
from load.judging.metric_status import count
from load.trials.trials import TrialLog
from reports.catalogue.declared import metrics
from reports.judging.verdict import Outcome, decide
from tests.load.defective import Seeded, catalogue

TRIALS: Mapping[str, float] = {
    "auth.login": 1.0,
    "payment.completion": 0.95,
    "payment.webhook": 0.85,
    "tenant.isolation": 9.5,
}
"""How many trials a customer of the shipped population makes of a metric."""
FEWEST = 250
"""So many customers it takes until the last metric of a whole system is decided: webhooks, by 184 clean trials."""
SIZES = (250, 1_000, 5_000, 20_000)
LOOK_EVERY = 10
"""So many customers leave between two looks at the verdicts."""


def verdict(metric: str, share: float, customers: int, seed: int) -> Outcome:
    """The verdict on a system of whose trials a share fails, of a run that ends when it knows or has no customers left.

    No run ends before `FEWEST` customers have come.
    """
    random, log, made = default_rng(seed), TrialLog(lambda _kind, _record: None), 0
    for customer in range(LOOK_EVERY, customers + 1, LOOK_EVERY):
        more = int(customer * TRIALS[metric]) - made
        failures = int(random.binomial(more, share))
        log.counts[metric].update(failure=failures, success=more - failures)
        made += more
        if (known := outcome(log, metric)) != "undecided" and (metric != ISOLATION or customer >= FEWEST):
            return known
    return outcome(log, metric)


def outcome(log: TrialLog, metric: str) -> Outcome:
    """The present verdict of one metric."""
    return decide(metrics()[metric], count(log, metric))


@functools.cache
def power(metric: str, share: float, customers: int, runs: int = 200) -> Counter[Outcome]:
    """The verdicts of many runs."""
    return Counter(verdict(metric, share, customers, seed) for seed in range(runs))


def main() -> None:
    """Print the table of docs/load.md."""
    for seeded in catalogue("rates"):
        print(_line(seeded))


def _line(seeded: Seeded) -> str:
    cells = [seeded.defect.rule, seeded.metric]
    for customers in SIZES:
        found = power(seeded.metric, seeded.share, customers)
        cells.append(", ".join(f"{found[each] / found.total():.0%} {each}" for each in ("missed", "undecided", "met")))
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
