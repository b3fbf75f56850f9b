"""What load is made at: a stack of its own, or a target that says it may be written to freely."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from load.coordination.plan import PHONEPE_SCHEDULE
from stack import target
from stack.choice import start
from stack.errors import UnavailableError
from stack.system import System

RECONCILE_SCHEDULE = "22x1,0.15x10,0.3x10,0.5x6,1.5x2,3x60"
"""PhonePe's, twentyfold faster after its first question, which comes late enough for webhooks to act by themselves."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Site:
    """The system to load, the schedule that its reconciler keeps, and a private folder that goes when the load ends."""

    system: System
    schedule: str
    folder: Path


@contextmanager
def at(file: Path | None) -> Iterator[Site]:
    """Where load is made while this lasts. Raises stack.errors.UnavailableError for a target that must not be loaded.

    The folder of an own stack goes with it, even when this process is killed.
    """
    if file is not None:
        system = permitted(target.load(file), file)
        with TemporaryDirectory(prefix="raptorflow-load-") as folder:
            yield Site(system, PHONEPE_SCHEDULE, Path(folder))
        return
    settings = {"RECONCILE_SCHEDULE": RECONCILE_SCHEDULE}
    with start() as stack, stack.watched(), stack.slice("load", environment=settings) as own:
        private = Path(stack.handle()["folder"]) / "load"
        private.mkdir(mode=0o700)
        yield Site(own.system, RECONCILE_SCHEDULE, private)


def permitted(system: System, file: Path) -> System:
    """The system, when load may be made at it. Raises UnavailableError."""
    if not system.disposable and urlsplit(system.base_url).hostname not in LOOPBACK:
        raise UnavailableError(
            f"{file}: target.disposable: {system.base_url} is not disposable; load writes freely and loads hard: "
            "set disposable = true if that may be, or leave --target out"
        )
    return system
