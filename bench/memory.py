"""The memory of processes, as Linux tells it: what is shared is shared out, so that sums are true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

MB = 1000.0
PROC = Path("/proc")


def of_trees(roots: Iterable[int]) -> float:
    """Return the megabytes (proportional set size) of these processes and of whatever descends from them."""
    children = _children()
    waiting, seen = list(roots), set[int]()
    while waiting:
        pid = waiting.pop()
        if pid not in seen:
            seen.add(pid)
            waiting += children[pid]
    return sum(map(_proportional_kb, seen)) / MB


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it has ended since
                continue
            found[parent].append(int(entry.name))
    return found


def _proportional_kb(pid: int) -> int:
    try:
        told = (PROC / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:")), 0)
