"""Where processes are: asked by SIGUSR2, one of the harness writes the stacks of all its threads (core/caller.py)."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

ANSWERED_S = 1.0
"""An interpreter that can answer does so at once; one that cannot is described from outside."""


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and those that they did; none where the kernel lists none."""
    found: list[int] = []
    for child in children(pid):
        found += [child, *descendants(child)]
    return found


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in lists for child in _read(file).split()]


def _read(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""  # it has ended, or is another user's


def answers(pid: int) -> bool:
    """Whether a process would write its stacks, and not end, if it was asked."""
    fields = dict(line.split(":\t", 1) for line in _read(Path(f"/proc/{pid}/status")).splitlines() if ":\t" in line)
    return bool(int(fields.get("SigCgt", "0"), 16) & 1 << signal.SIGUSR2 - 1)


def ask(pids: Iterable[int]) -> None:
    """Have those write their stacks that can, and give them the time to."""
    asked = [pid for pid in pids if answers(pid)]
    for pid in asked:
        try:
            os.kill(pid, signal.SIGUSR2)
        except ProcessLookupError:
            continue
    if asked:
        time.sleep(ANSWERED_S)


def describe(pids: Iterable[int]) -> list[str]:
    """Write a line for each process: its number, what it is doing as far as the kernel says, and its command."""
    lines = []
    for pid in pids:
        command = _read(Path(f"/proc/{pid}/cmdline")).replace("\0", " ").strip()
        state = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()[:1]
        if command and state:
            waits = _read(Path(f"/proc/{pid}/wchan")) or "?"
            lines.append(f"process {pid} ({state[0]}, in {waits}): {command[:200]}")
    return lines
