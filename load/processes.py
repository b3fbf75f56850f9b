"""The generating processes: Locust, headless, one a share of the population."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from load.plan import VARIABLE, Plan

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
ROOT = LOCUSTFILE.parent.parent
GRACE_S = 5.0


@dataclass(slots=True)
class Generators:
    """The processes of one run; leaving it ends those that are still there."""

    plan: Plan
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start them all. What Locust says of itself goes to a file in the run's private folder."""
        for index in range(self.plan.processes):
            plan = replace(self.plan, index=index)
            file = plan.folder / f"plan-{index}.json"
            plan.write(file)
            self._processes.append(_locust(plan, file, self.log(index)))

    def log(self, index: int) -> Path:
        """Where process `index` writes what it has to say."""
        return self.plan.folder / f"locust-{index}.log"

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
        """Close the doors: those inside finish, then the processes end by themselves."""
        self.plan.halt.touch()

    def close(self) -> None:
        """End what still runs, kindly first."""
        for kind in (signal.SIGTERM, signal.SIGKILL):
            for process in self._processes:
                if process.poll() is None:
                    process.send_signal(kind)
            deadline = time.monotonic() + GRACE_S
            while self.running() and time.monotonic() < deadline:
                time.sleep(0.05)


def _locust(plan: Plan, file: Path, log: Path) -> subprocess.Popen[bytes]:
    users = max(1, plan.users // plan.processes)
    argv = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary"]
    argv += ["--users", str(users), "--spawn-rate", str(users), "--exit-code-on-error", "0", "--loglevel", "WARNING"]
    with log.open("wb") as out:
        return subprocess.Popen(  # noqa: S603
            argv,
            cwd=ROOT,
            env={**os.environ, VARIABLE: str(file)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it said nothing"
