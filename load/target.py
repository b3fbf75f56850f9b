"""What load is made at: a stack of its own, or a target that says it may be written to freely."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from stack import target
from stack.embedded import Stack
from stack.errors import Unavailable
from stack.system import System

RECONCILE_SCHEDULE = "1.1x1,0.15x10,0.3x10,0.5x6,1.5x2,3x60"
"""PhonePe's recommended schedule (22x1,3x10,6x10,10x6,30x2,60x60), twentyfold faster."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@contextmanager
def at(file: Path | None) -> Iterator[System]:
    """The system to load while this lasts. Raises stack.errors.Unavailable for one that must not be, or cannot."""
    if file is not None:
        yield permitted(target.load(file), file)
        return
    with Stack.start() as stack, stack.slice("load", environment={"RECONCILE_SCHEDULE": RECONCILE_SCHEDULE}) as own:
        yield own.system


def permitted(system: System, file: Path) -> System:
    """The system, when load may be made at it. Raises Unavailable."""
    if not system.disposable and urlsplit(system.base_url).hostname not in LOOPBACK:
        raise Unavailable(
            f"{file}: target.disposable: {system.base_url} is not disposable; load writes freely and loads hard: "
            "set disposable = true if that may be, or leave --target out"
        )
    return system
