"""The generating processes: Locust alone, or Locust's master and workers, each with a share of the population."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.waiting import comes_true
from load.coordination.plan import VARIABLE, Plan
from stack.errors import ServiceFailedError

LOCUSTFILE = Path(__file__).parent.parent / "locustfile.py"
ROOT = LOCUSTFILE.parent.parent
LOOPBACK = "127.0.0.1"
START_S = 60.0
GRACE_S = 5.0
_HEADLESS = ("--headless", "--only-summary", "--exit-code-on-error", "0")


@dataclass(slots=True)
class Generators:
    """The processes of one run; leaving it ends those that are still there.

    One process plays alone. Several are Locust's master and its workers; those that come from elsewhere are expected
    at `bind` (host and port; port 0: any free one).
    """

    plan: Plan
    bind: tuple[str, int] = (LOOPBACK, 0)
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start them all. What Locust says of itself goes to files in the run's private folder.

        Raises ServiceFailedError when the master does not come up.
        """
        if self.plan.processes == 1 == self.plan.local:
            self._start(self.plan, [*_HEADLESS, *_seats(self.plan.users)])
            return
        host, port = self.bind
        waiting = ["--master", "--expect-workers", str(self.plan.processes)]
        listening = ["--master-bind-host", host, "--master-bind-port", str(port)]
        self._start(self.plan, [*_HEADLESS, *_seats(self.plan.users), *waiting, *listening])
        master = self._listening()
        if awaited := self.plan.processes - self.plan.local:
            told = f"python -m load --worker --master-host {host} --master-port {master}"
            print(f"waiting for {awaited} workers from elsewhere: {told}", file=sys.stderr, flush=True)
        for index in range(self.plan.local):
            self._start(
                replace(self.plan, index=index), ["--worker", "--master-host", LOOPBACK, "--master-port", master]
            )

    def _start(self, plan: Plan, words: Sequence[str]) -> None:
        number = len(self._processes)
        file = plan.folder / f"plan-{number}.json"
        plan.write(file)
        self._processes.append(_locust(words, file, self.log(number)))

    def _listening(self) -> str:
        """The master's port, as soon as it listens."""
        comes_true(lambda: self.plan.port.exists() or self._processes[0].poll() is not None, within_s=START_S)
        if not self.plan.port.exists():
            self.close()
            raise ServiceFailedError(f"Locust's master did not come up: {_last_line(self.log(0))}")
        return self.plan.port.read_text()

    def log(self, number: int) -> Path:
        """Where process `number` writes what it has to say: the master, if there is one, is the first."""
        return self.plan.folder / f"locust-{number}.log"

    def running(self) -> bool:
        """Whether any still generates."""
        return any(process.poll() is None for process in self._processes)

    def broken(self) -> list[str]:
        """For each process that ended badly, one line: its exit code and its last words."""
        return [
            f"generator {index} ended with {process.returncode}: {_last_line(self.log(index))}"
            for index, process in enumerate(self._processes)
            if process.poll() not in (None, 0)
        ]

    def halt(self) -> None:
        """Let nobody in any more: those inside finish, then the processes end by themselves."""
        self.plan.halt.touch()

    def close(self) -> None:
        """End what still runs, kindly first."""
        for kind in (signal.SIGTERM, signal.SIGKILL):
            for process in self._processes:
                if process.poll() is None:
                    process.send_signal(kind)
            comes_true(lambda: not self.running(), within_s=GRACE_S)


def _seats(users: int) -> list[str]:
    return ["--users", str(users), "--spawn-rate", str(users)]


def _locust(words: Sequence[str], plan: Path, log: Path) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--loglevel", "WARNING", *words]
    with log.open("wb") as out:
        return subprocess.Popen(  # noqa: S603
            argv,
            cwd=ROOT,
            env={**os.environ, VARIABLE: str(plan)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it said nothing"
