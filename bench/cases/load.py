"""What the generator costs: one customer's whole visit, and what recording adds to a request."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.case import Case

RECORDS = 100_000


def _summarised() -> float:
    """Reading back 100,000 trials of a run, and judging every metric."""
    from collections import Counter

    from evidence import Run
    from load.standing import judgements
    from load.trials import METRICS, Book, Outcome

    with TemporaryDirectory() as folder:
        run = Run(Path(folder))
        recorder = run.recorder("bench")
        for number in range(RECORDS):
            metric = METRICS[number % len(METRICS)]
            recorder.write("trials", {"metric": metric, "trial": f"{metric}:{number}", "outcome": "success"})
        began = time.monotonic()
        book = Book(lambda _kind, _record: None)
        outcomes: dict[str, Counter[Outcome]] = {metric: Counter() for metric in METRICS}
        for trial in run.records("trials"):
            outcomes[trial["metric"]][trial["outcome"]] += 1
        book.counts = outcomes
        judgements(book)
        return time.monotonic() - began


CASES = (Case("100,000 trials summarised", _summarised, promise_s=2.0),)
