"""Doing one thing many times at the same moment, and seeing who waits for whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TypeVar

import psycopg

from drivers.waiting import until
from fixtures.stack import need
from stack.system import System

Result = TypeVar("Result")


def together(times: int, action: Callable[[int], Result]) -> list[Result]:
    """What `action(0)` … `action(times - 1)` gave, all begun at once."""
    gate = Barrier(times, timeout=30)

    def begin(number: int) -> Result:
        gate.wait()
        return action(number)

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(begin, range(times)))


def meeting(
    times: int, action: Callable[[int], Result], system: System, lock: str, *parameters: object
) -> list[Result]:
    """What `action(0)` … gave, all begun, and waiting for what the statement ``lock`` locks, before any goes on."""
    with ThreadPoolExecutor(times) as threads:
        with held(system, lock, *parameters) as queue:
            begun = [threads.submit(action, number) for number in range(times)]
            queue(times)
        return [each.result() for each in begun]


@contextmanager
def held(system: System, lock: str, *parameters: object) -> Iterator[Callable[[int], None]]:
    """Holds what the statement ``lock`` locks until the block ends; what it yields waits until so many wait for it."""
    dsn = need(system.database_dsn, "a database to hold a lock in")
    with psycopg.connect(dsn) as holder, psycopg.connect(dsn, autocommit=True) as watcher:
        holder.execute(lock.encode(), parameters)
        yield lambda most: _queue(watcher, most)
        holder.rollback()


def _queue(watcher: psycopg.Connection, most: int) -> None:
    until(lambda: waiting(watcher), lambda length: length >= most, f"{most} of them wait")


def waiting(connection: psycopg.Connection) -> int:
    """How many connections to this connection's database wait for a lock."""
    counted = connection.execute(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    ).fetchone()
    assert counted is not None
    return int(counted[0])
