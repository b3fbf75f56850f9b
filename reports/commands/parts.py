"""Runs the parts of a verification: each in a process group that ends with us, its output in a log."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core import stacks
from evidence import Run, mask

GRACE_S = 10.0
LIMIT_S = 1800.0
TOO_LONG = 124
_SET_PARENT_DEATH_SIGNAL = 1


@dataclass(frozen=True, slots=True)
class Part:
    """A part's name and command, and the seconds after which it is taken to hang."""

    name: str
    command: Sequence[str]
    limit_s: float = LIMIT_S


@dataclass(frozen=True, slots=True)
class Ended:
    """How a part ended; `log` is a path within the run."""

    part: Part
    exit_status: int
    duration_s: float
    log: str

    def tail(self, run: Run, lines: int = 12) -> str:
        """Return the last lines of its log."""
        text = (run.directory / self.log).read_text(errors="replace")
        return mask("\n".join(text.rstrip().splitlines()[-lines:]))


def log_of(part: Part) -> Path:
    """Where a part's words go, within the run."""
    return Path("logs") / f"{part.name}.log"


def perform(part: Part, run: Run) -> Ended:
    """Run a part to its end and record how it ended. When we are interrupted, it is ended first."""
    log = log_of(part)
    (run.directory / log).parent.mkdir(exist_ok=True)
    began = time.monotonic()
    with (run.directory / log).open("wb") as sink:
        status = _run(part, {**os.environ, **run.environment}, sink.fileno())
    ended = Ended(part, status, round(time.monotonic() - began, 3), str(log))
    run.end_code(part.name)
    told = {"step": part.name, "exit_status": status, "duration_s": ended.duration_s, "log": ended.log}
    run.recorder("verify").write("steps", told)
    return ended


def _run(part: Part, environment: Mapping[str, str], sink: int) -> int:
    try:
        child = subprocess.Popen(  # noqa: S603
            part.command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
    except OSError as error:
        os.write(sink, f"{part.command[0]}: {error.strerror}\n".encode())
        return 127
    try:
        return child.wait(part.limit_s)
    except subprocess.TimeoutExpired:
        below = [child.pid, *stacks.descendants(child.pid)]
        lines = stacks.describe(below)
        stacks.ask(below)
        end(child)
        os.write(sink, "\n".join(["", *lines]).encode())
        os.write(sink, f"\n{part.name} was ended: it took more than {part.limit_s:.0f} s\n".encode())
        return TOO_LONG
    except BaseException:
        end(child)
        raise


def end(child: subprocess.Popen[bytes]) -> None:
    """End a child and its process group: asked first, as Ctrl-C would, then by force."""
    for request in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, request)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(GRACE_S)
            break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
