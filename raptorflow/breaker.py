"""A Redis that fell silent costs its time-out once, not with every call: meanwhile calls fail at once.

Every use of Redis here can do without it. The first call that finds it away opens the breaker; then a task of its own
asks until it answers, and closes it: no customer's request is the one that tries.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

log = logging.getLogger("raptorflow.breaker")
TIMEOUT_S = 1.0
ASK_EVERY_S = 0.25
_AWAY = (RedisConnectionError, RedisTimeoutError, OSError)


class Breaker:
    """Open while Redis is away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._asking: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether calls fail at once."""
        return self._asking is not None and not self._asking.done()

    def trip(self) -> None:
        """A call found Redis away."""
        if not self.is_open:
            log.warning("redis is away, going on without it")
            self._asking = asyncio.create_task(self._ask(), name="redis-breaker")

    async def close(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()
            with suppress(asyncio.CancelledError):
                await self._asking

    async def _ask(self) -> None:
        redis = Redis.from_url(self._url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=None)
        async with redis:
            while True:
                await asyncio.sleep(ASK_EVERY_S)
                try:
                    await redis.ping()
                except (RedisError, OSError):
                    continue
                log.warning("redis is back")
                return


def guarded(url: str) -> tuple[Redis, Breaker]:
    """A client whose calls raise `redis.ConnectionError` at once while the breaker is open, and the breaker."""
    breaker = Breaker(url)
    pool = ConnectionPool.from_url(
        url, decode_responses=True, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=None
    )
    pool.connection_class = _guarded(pool.connection_class, breaker)
    return Redis.from_pool(pool), breaker


def _guarded(kind: type[AbstractConnection], breaker: Breaker) -> type[AbstractConnection]:
    """The kind of connection that the URL asks for, with the breaker before each command and behind each failure."""

    class Guarded(kind):  # type: ignore[valid-type,misc]
        async def connect(self, *args: Any, **options: Any) -> Any:
            return await watched(super().connect(*args, **options))

        async def send_packed_command(self, *args: Any, **options: Any) -> Any:
            return await watched(super().send_packed_command(*args, **options))

        async def read_response(self, *args: Any, **options: Any) -> Any:
            return await watched(super().read_response(*args, **options))

    async def watched(work: Any) -> Any:
        if breaker.is_open:
            work.close()
            raise RedisConnectionError("redis is away")
        try:
            return await work
        except _AWAY:
            breaker.trip()
            raise

    return Guarded
