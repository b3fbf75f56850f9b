"""The latest manifest in Redis: `w:{workspace}:bcm:latest`, for a day.

What is kept is the manifest's canonical JSON, so that its checksum is the checksum of the text: it is believed only
when PostgreSQL names the same.
"""

from __future__ import annotations

import logging
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger("raptorflow.bcm")
LIFETIME_SECONDS = 24 * 3600


async def get(redis: Redis, workspace: UUID) -> bytes:
    """What is kept; empty when there is nothing, or Redis is down."""
    try:
        held = await redis.get(_key(workspace))
    except (RedisError, UnicodeDecodeError):
        return b""
    return held.encode() if isinstance(held, str) else b""


async def put(redis: Redis, workspace: UUID, text: bytes) -> None:
    """Keep the latest manifest's canonical JSON. Redis may be down: PostgreSQL has the manifest."""
    try:
        await redis.set(_key(workspace), text, ex=LIFETIME_SECONDS)
    except RedisError as error:
        log.warning("redis did not keep the manifest: %s", type(error).__name__)


def _key(workspace: UUID) -> str:
    return f"w:{workspace}:bcm:latest"
