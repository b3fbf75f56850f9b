"""The pool: further processes that try things out at a pair of clones of their own, one for each spare processor."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

MOST, MANY = 4, 24
"""Processes at most, and from how many relations and routines on a second one is worth its start."""


class WorkerPool:
    """Helpers that were started and wait for their task; ``counter`` is what everybody takes their turns from."""

    def __init__(self, number: int, counter: IO[bytes]) -> None:
        self.counter = counter.fileno()
        self._helpers = [self._started() for _ in range(number)]

    def __len__(self) -> int:
        return len(self._helpers)

    def _started(self) -> subprocess.Popen[bytes]:
        command = (sys.executable, "-m", f"{__package__}.worker", str(self.counter))
        paths = os.pathsep.join(filter(None, sys.path))
        return subprocess.Popen(  # noqa: S603 - this program itself
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=(self.counter,),
            env={**os.environ, "PYTHONPATH": paths},
        )

    def begin(self, number: int, task: Any) -> None:
        """Hand a helper its task."""
        stdin = self._helpers[number].stdin
        assert stdin is not None
        pickle.dump(task, stdin)
        stdin.flush()

    def reports(self) -> Iterator[Any]:
        """What each helper brought back. Raises RuntimeError where one broke."""
        for helper in self._helpers:
            assert helper.stdout is not None
            told = helper.stdout.read()
            if not told:
                raise RuntimeError("a helper of the prover ended before its time; what it said stands above")
            yield pickle.loads(told)  # noqa: S301 - our own process wrote it

    def dismiss(self) -> None:
        """End whoever is left."""
        for helper in self._helpers:
            helper.kill()
            helper.communicate()


@contextmanager
def worker_pool(number: int) -> Iterator[WorkerPool]:
    """A pool of so many, who are gone afterwards whatever happens."""
    with tempfile.TemporaryFile() as counter:
        pool = WorkerPool(number, counter)
        try:
            yield pool
        finally:
            pool.dismiss()


def workers_worth_starting(things: int) -> int:
    """How many helpers are worth their start where so many relations and routines are tried."""
    return min(MOST, os.cpu_count() or 1) - 1 if things >= MANY else 0
