"""The embedded stack beside containers and compose: until a RaptorFlow is ready, its memory, and a test's own database.

Each is measured warm: images are built and templates poured, as on the second run of a day.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.case import Case, UnmeasurableError
from bench.memory import of_trees
from stack.errors import UnavailableError

CLONES = 20
names = (f"bench_{number}" for number in itertools.count())


def _stack(kind: str, measured: Callable[[str], float]) -> float:
    try:
        return measured(kind)
    except UnavailableError as error:
        raise UnmeasurableError(str(error)) from error


def _ready(kind: str) -> float:
    from stack import choice

    began = time.monotonic()
    with choice.start(kind) as stack:
        stack.slice("bench")
        return time.monotonic() - began


def _database(kind: str) -> float:
    """Return what a clone of the template and its end take: the mean of twenty."""
    from stack import choice

    with choice.start(kind) as stack:
        server = stack.services.postgres
        began = time.monotonic()
        for name in itertools.islice(names, CLONES):
            server.create(name)
            server.drop(name)
        return (time.monotonic() - began) / CLONES


def _memory(kind: str) -> float:
    """Return the megabytes of all processes of a stack with one slice, in containers or not; files are not counted."""
    from stack import choice

    with choice.start(kind) as stack:
        stack.slice("bench")
        return of_trees([*_children_of_the_run(), *_in_containers(str(stack.processes.folder))])


def _children_of_the_run() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def _in_containers(run: str) -> list[int]:
    from stack.containers import engine

    try:
        found = engine.client().containers.list(filters={"label": f"{engine.RUN}={run}"})
    except UnavailableError:
        return []
    return [int(each.attrs["State"]["Pid"]) for each in found]


def _beside(name: str, measured: Callable[[str], float], peer: str, unit: str = "s") -> Case:
    ours, theirs = partial(_stack, "embedded", measured), partial(_stack, peer, measured)
    return Case(f"{name}, embedded beside {peer}", ours, rounds=3, peer=theirs, unit=unit)


CASES = (
    _beside("stack ready", _ready, "containers"),
    _beside("stack ready", _ready, "compose"),
    _beside("a fresh database", _database, "containers"),
    _beside("memory", _memory, "containers", "MB"),
    _beside("memory", _memory, "compose", "MB"),
)
