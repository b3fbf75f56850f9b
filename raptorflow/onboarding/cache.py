"""A session in Redis: `onboarding:{session}:step:{n}`, `:draft:{n}`, `:progress`, `:metadata`, seven days from a write.

It is written once PostgreSQL has committed. Redis may fail: the request goes on, for PostgreSQL has every saved step.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger("raptorflow.onboarding")
LIFETIME_SECONDS = 7 * 24 * 3600
_WRITE = """
local lifetime, kept = ARGV[1], tonumber(ARGV[2])
for n, key in ipairs(KEYS) do
    if ARGV[n + 2] then redis.call('set', key, ARGV[n + 2], 'EX', lifetime)
    elseif n <= kept then redis.call('expire', key, lifetime)
    else redis.call('del', key) end
end
"""
"""One command for all keys of a write: first those that get a value, then those that live on, then those that go."""


@dataclass(frozen=True, slots=True)
class SessionCache:
    """The cached session `session`."""

    redis: Redis
    session: UUID

    async def step(self, number: int) -> tuple[int, dict[str, Any]] | None:
        """The version and the answers of a step, if they are here."""
        try:
            held = await self.redis.get(self._key(f"step:{number}"))
            found = json.loads(held) if held else None
            return (found["version"], found["data"]) if found else None
        except (RedisError, ValueError, KeyError, TypeError):
            return None

    async def put_step(self, number: int, version: int, data: dict[str, Any]) -> None:
        """Keep the answers of a step, when they were found missing."""
        await self._write({f"step:{number}": {"version": version, "data": data}})

    async def saved(
        self, number: int, version: int, data: dict[str, Any], progress: dict[str, Any], metadata: dict[str, Any]
    ) -> None:
        """A step was saved: keep it, drop its draft, and let the whole session live another seven days."""
        values = {f"step:{number}": {"version": version, "data": data}, "progress": progress, "metadata": metadata}
        await self._write(values, drop=(f"draft:{number}",), touch=[f"step:{n}" for n in progress["completed_steps"]])

    async def drafted(self, number: int, draft: dict[str, Any]) -> None:
        """A draft was saved."""
        await self._write({f"draft:{number}": draft}, touch=("progress", "metadata"))

    async def described(self, progress: dict[str, Any], metadata: dict[str, Any]) -> None:
        """The session was opened or completed."""
        await self._write({"progress": progress, "metadata": metadata})

    def _key(self, name: str) -> str:
        return f"onboarding:{self.session}:{name}"

    async def _write(
        self, values: dict[str, Any], *, drop: tuple[str, ...] = (), touch: tuple[str, ...] | list[str] = ()
    ) -> None:
        keys = [self._key(name) for name in (*values, *touch, *drop)]
        told = [json.dumps(value) for value in values.values()]
        try:
            await self.redis.eval(_WRITE, len(keys), *keys, LIFETIME_SECONDS, len(values) + len(touch), *told)
        except RedisError as error:
            log.warning("redis did not keep the onboarding session: %s", type(error).__name__)
