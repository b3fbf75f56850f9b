"""Runs the set-up's commands: output in a log, progress on the terminal, nothing left running after Ctrl-C."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from stack.errors import UnavailableError
from stack.tools import ROOT

LOGS = ROOT / ".tools" / "logs"
_running: set[subprocess.Popen[str]] = set()
_lock = threading.Lock()
_cancelled = threading.Event()


def say(line: str) -> None:
    """Tell what is being done, on standard error."""
    print(f"setup: {line}", file=sys.stderr, flush=True)


def run(
    name: str,
    argv: list[str],
    *,
    remedy: str,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    each_line: Callable[[str], None] = lambda _: None,
) -> None:
    """Run one command to its end, with its output in `.tools/logs/NAME.log`.

    Raises `UnavailableError` with the last line of the output, the log's path and `remedy` when it fails.
    """
    if shutil.which(argv[0]) is None:
        raise UnavailableError(f"{name} failed (there is no {argv[0]}): {remedy}")
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    last = ""
    with log.open("w") as file, _start(argv, {**os.environ, **(env or {})}, cwd) as process:
        assert process.stdout is not None
        for line in process.stdout:
            file.write(line)
            each_line(line)
            last = line.strip() or last
    _running.discard(process)
    if process.returncode != 0:
        raise UnavailableError(
            f"{name} failed ({last or 'no output'}; all of it: {os.path.relpath(log, ROOT)}): {remedy}"
        )


def _start(argv: list[str], env: Mapping[str, str], cwd: Path) -> subprocess.Popen[str]:
    with _lock:
        if _cancelled.is_set():
            raise UnavailableError("interrupted")
        process = subprocess.Popen(  # noqa: S603
            argv,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        _running.add(process)
        return process


def cancel() -> None:
    """End whatever runs, and start nothing more."""
    with _lock:
        _cancelled.set()
        for process in _running:
            process.terminate()
