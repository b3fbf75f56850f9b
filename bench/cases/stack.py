"""How long until a whole RaptorFlow is ready: PostgreSQL, Redis, the gateway, the application."""

from __future__ import annotations

import time

from bench.case import Case


def _ready() -> float:
    from stack.embedded import Stack

    began = time.monotonic()
    with Stack.start() as stack:
        stack.slice("bench")
        return time.monotonic() - began


def _slice() -> float:
    from stack.embedded import Stack

    with Stack.start() as stack:
        stack.slice("first")
        began = time.monotonic()
        stack.slice("second")
        return time.monotonic() - began


CASES = (Case("stack ready, warm", _ready, promise_s=2.0, rounds=5), Case("one more slice", _slice, rounds=3))
