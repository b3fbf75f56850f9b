"""The embedded stack beside containers and compose: until a RaptorFlow is ready, and for a database of a test's own.

Each is measured warm: images are built and templates poured, as on the second run of a day.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from functools import partial

from bench.case import Case, Unmeasurable

CLONES = 20
names = (f"bench_{number}" for number in itertools.count())


def _stack(kind: str, measured: Callable[[str], float]) -> float:
    from stack.errors import Unavailable

    try:
        return measured(kind)
    except Unavailable as error:
        raise Unmeasurable(str(error)) from error


def _ready(kind: str) -> float:
    from stack import choice

    began = time.monotonic()
    with choice.start(kind) as stack:
        stack.slice("bench")
        return time.monotonic() - began


def _database(kind: str) -> float:
    """A clone of the template, and its end: the mean of twenty."""
    from stack import choice

    with choice.start(kind) as stack:
        server = stack.surroundings.postgres
        began = time.monotonic()
        for name in itertools.islice(names, CLONES):
            server.create(name)
            server.drop(name)
        return (time.monotonic() - began) / CLONES


def _beside(name: str, measured: Callable[[str], float], peer: str) -> Case:
    ours, theirs = partial(_stack, "embedded", measured), partial(_stack, peer, measured)
    return Case(f"{name}, embedded beside {peer}", ours, rounds=3, peer=theirs)


CASES = (
    _beside("stack ready", _ready, "containers"),
    _beside("stack ready", _ready, "compose"),
    _beside("a fresh database", _database, "containers"),
)
