"""What the generator costs: recording beside bare Locust and beside wrk, and the judging of a large run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.case import ROOT, Case, UnmeasurableError

RECORDS = 100_000
REQUESTS = 500
"""Of one turn, as `bench/generating.py` makes them."""
WRK_S = 1


def _summarised() -> float:
    """Return what reading back 100,000 trials of a run takes, and judging every metric."""
    from collections import Counter

    from evidence import Run
    from load.judging.metric_status import judgements
    from load.trials.trials import METRICS, Outcome, TrialLog

    with TemporaryDirectory() as folder:
        run = Run(Path(folder))
        recorder = run.recorder("bench")
        for number in range(RECORDS):
            metric = METRICS[number % len(METRICS)]
            recorder.write("trials", {"metric": metric, "trial": f"{metric}:{number}", "outcome": "success"})
        began = time.monotonic()
        log = TrialLog(lambda _kind, _record: None)
        outcomes: dict[str, Counter[Outcome]] = {metric: Counter() for metric in METRICS}
        for trial in run.records("trials"):
            outcomes[trial["metric"]][trial["outcome"]] += 1
        log.counts = outcomes
        judgements(log)
        return time.monotonic() - began


@dataclass(slots=True)
class Contest:
    """Three generators and the endpoint that all of them ask, as long as `held` lasts."""

    _url: str = ""
    _player: subprocess.Popen[str] | None = field(default=None)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Something quick to ask, and Locust ready to ask it."""
        from bench.phonepe import running_gateway

        with running_gateway() as gateway, TemporaryDirectory() as folder:
            self._url = f"http://127.0.0.1:{gateway.port}/_admin/health"
            command = [sys.executable, "-m", "bench.generating", self._url, folder]
            with subprocess.Popen(  # noqa: S603
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as player:
                self._player = player
                try:
                    yield
                finally:
                    player.kill()

    def took(self, users: str) -> float:
        """Return the seconds that `bare` users take, whom only Locust's own statistics count, or `recorded` ones."""
        return self._played(users)[0]

    def worked(self, users: str) -> float:
        """Return the seconds of Locust's processor for the same: other work on the machine adds little to them."""
        return self._played(users)[1]

    def wrk(self) -> float:
        """Return the seconds that wrk, which records nothing, would take for as many. Raises UnmeasurableError."""
        program = shutil.which("wrk")
        if program is None:
            raise UnmeasurableError("needs wrk: sudo apt-get install wrk")
        command = [program, "-t1", "-c10", f"-d{WRK_S}s", self._url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
        found = re.search(r"Requests/sec:\s*([\d.]+)", said)
        if found is None:
            raise UnmeasurableError(f"wrk said no rate: {said!r}")
        return REQUESTS / float(found[1])

    def _played(self, users: str) -> tuple[float, float]:
        player = self._player
        assert player is not None
        assert player.stdin is not None
        assert player.stdout is not None
        print(users, file=player.stdin, flush=True)
        said = player.stdout.readline()
        if not said:
            raise UnmeasurableError("Locust ended; its last line above says why")
        took, worked = map(float, said.split())
        return took, worked


def _contests() -> Iterator[Case]:
    """Yield the same users beside others; each contest has a server and a Locust of its own."""
    for name, rounds in (("bare FastHttpUser, processor time", 80), ("bare FastHttpUser", 80), ("wrk", 10)):
        contest = Contest()
        measure = contest.worked if "processor" in name else contest.took
        peer = contest.wrk if name == "wrk" else partial(measure, "bare")
        yield Case(
            f"requests recorded, beside {name}",
            partial(measure, "recorded"),
            rounds=rounds,
            peer=peer,
            setting=contest.held,
            count=REQUESTS,
        )


CASES = (*_contests(), Case("100,000 trials summarised", _summarised, promise_s=2.0))
