"""What the generator costs: recording beside bare Locust and beside wrk, and the judging of a large run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.case import ROOT, Case, Unmeasurable

RECORDS = 100_000
REQUESTS = 20_000
WRK_S = 4


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


@contextmanager
def _endpoint() -> Iterator[str]:
    """Something quick to ask: the same for all."""
    from bench.phonepe import running_gateway

    with running_gateway() as gateway:
        yield f"http://127.0.0.1:{gateway.port}/_admin/health"


def _locust(*folder: str) -> float:
    """Seconds that Locust takes for so many requests; each recorded in the folder, if there is one."""
    with _endpoint() as url:
        command = [sys.executable, "-m", "bench.generating", url, str(REQUESTS), *folder]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode:
        raise Unmeasurable((ended.stderr.strip().splitlines() or ["Locust said nothing"])[-1])
    return float(ended.stdout)


def _recorded() -> float:
    with TemporaryDirectory() as folder:
        return _locust(folder)


def _wrk() -> float:
    """Seconds that wrk, which records nothing, would take for as many."""
    program = shutil.which("wrk")
    if program is None:
        raise Unmeasurable("needs wrk: sudo apt-get install wrk")
    with _endpoint() as url:
        command = [program, "-t1", "-c10", f"-d{WRK_S}s", url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    found = re.search(r"Requests/sec:\s*([\d.]+)", said)
    if found is None:
        raise Unmeasurable(f"wrk said no rate: {said!r}")
    return REQUESTS / float(found[1])


CASES = (
    Case("20,000 requests recorded, beside bare FastHttpUser", _recorded, peer=_locust),
    Case("20,000 requests recorded, beside wrk", _recorded, peer=_wrk),
    Case("100,000 trials summarised", _summarised, promise_s=2.0),
)
