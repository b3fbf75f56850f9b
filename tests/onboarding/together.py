"""Doing one thing many times at the same moment, and seeing who waits for whom."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import psycopg

Result = TypeVar("Result")


def together(times: int, action: Callable[[int], Result]) -> list[Result]:
    """What `action(0)` … `action(times - 1)` gave, all begun at once."""
    gate = Barrier(times, timeout=30)

    def begin(number: int) -> Result:
        gate.wait()
        return action(number)

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(begin, range(times)))


def waiting(connection: psycopg.Connection) -> int:
    """How many connections to this connection's database wait for a lock."""
    counted = connection.execute(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    ).fetchone()
    assert counted is not None
    return int(counted[0])
