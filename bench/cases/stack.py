"""How long until a whole RaptorFlow is ready: PostgreSQL, Redis, the gateway, the application."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.case import Case

CACHE = "RAPTORFLOW_CACHE"


def _ready() -> float:
    from stack.embedded import Stack

    began = time.monotonic()
    with Stack.start() as stack:
        stack.slice("bench")
        return time.monotonic() - began


def _cold() -> float:
    """As on a machine that has never started one: with an empty cache."""
    with tempfile.TemporaryDirectory() as empty, _cache(empty):
        Path(empty).chmod(0o755)
        return _ready()


def _slice() -> float:
    from stack.embedded import Stack

    with Stack.start() as stack:
        stack.slice("first")
        began = time.monotonic()
        stack.slice("second")
        return time.monotonic() - began


@contextmanager
def _cache(folder: str) -> Iterator[None]:
    before = os.environ.get(CACHE)
    os.environ[CACHE] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ[CACHE]
        else:
            os.environ[CACHE] = before


CASES = (
    Case("stack ready, warm", _ready, promise_s=2.0, rounds=5),
    Case("stack ready, cold", _cold),
    Case("one more slice", _slice),
)
