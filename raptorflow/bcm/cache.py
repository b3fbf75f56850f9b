"""The latest manifest in Redis, `w:{workspace}:bcm:latest`, for a day; believed only when PostgreSQL agrees."""

from __future__ import annotations

import json
import logging
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger("raptorflow.bcm")
LIFETIME_SECONDS = 24 * 3600


async def get(redis: Redis, workspace: UUID) -> dict[str, Any] | None:
    """`{version, checksum, manifest}`, if it is here."""
    try:
        held = await redis.get(_key(workspace))
    except RedisError:
        return None
    found: dict[str, Any] | None = json.loads(held) if held else None
    return found


async def put(redis: Redis, workspace: UUID, version: int, checksum: str, manifest: dict[str, Any]) -> None:
    """Keep the latest manifest. Redis may be down: PostgreSQL has it."""
    text = json.dumps({"version": version, "checksum": checksum, "manifest": manifest})
    try:
        await redis.set(_key(workspace), text, ex=LIFETIME_SECONDS)
    except RedisError as error:
        log.warning("redis did not keep the manifest: %s", type(error).__name__)


def _key(workspace: UUID) -> str:
    return f"w:{workspace}:bcm:latest"
