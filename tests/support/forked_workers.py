"""xdist's workers forked ahead, by a session that has imported what they would import, instead of started anew.

Each waits, as a new Python would, for the line that makes it a worker, and has of the session nothing that is set up.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
import threading
from dataclasses import dataclass
from typing import IO, Any, NoReturn

from execnet import gateway_io
from execnet.gateway_base import Popen2IO


@dataclass(frozen=True, slots=True)
class Forked:
    """One of them, as execnet wants to see a process that it has started."""

    pid: int
    stdin: IO[bytes]
    stdout: IO[bytes]

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def kill(self) -> None:
        """Ends it."""
        os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Lets go of it: it ends unless it was made a worker."""
        self.stdin.close()
        self.stdout.close()


def fork_ahead(count: int) -> None:
    """Lets the next so many workers of this process be forks of what it is now; further ones are started."""
    ready: list[Forked] = []
    for _ in range(count):
        ready.append(_fork(ready))

    class Master(gateway_io.Popen2IOMaster):
        def __init__(self, args: list[str], execmodel: Any) -> None:
            if not ready:
                super().__init__(args, execmodel)
                return
            self.popen = ready.pop(0)
            self.popen.stdin.write(json.dumps(dict(os.environ)).encode() + b"\n")
            Popen2IO.__init__(self, self.popen.stdin, self.popen.stdout, execmodel=execmodel)

    gateway_io.Popen2IOMaster = Master  # type: ignore[misc]


def _fork(others: list[Forked]) -> Forked:
    (its_input, told), (heard, its_output) = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        for other in others:
            other.close()
        os.dup2(its_input, 0)
        os.dup2(its_output, 1)
        for number in (its_input, told, heard, its_output):
            os.close(number)
        _wait_for_orders()
    os.close(its_input)
    os.close(its_output)
    return Forked(pid, os.fdopen(told, "wb"), os.fdopen(heard, "rb"))


def _wait_for_orders() -> NoReturn:
    """What ``python -c`` does with execnet's line, in the environment that a process started just now would have."""
    sys.stdin = os.fdopen(0, "r", closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    environment = sys.stdin.readline()
    if not environment:
        os._exit(0)
    os.environ.clear()
    os.environ.update(json.loads(environment))
    exec(eval(sys.stdin.readline()), {"__name__": "__main__"})  # noqa: S102, S307 - as execnet has it
    end(0)


def end(code: int) -> NoReturn:
    """Ends a forked process as Python would, but leaves to the system all the memory that a fork shares until then."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)
