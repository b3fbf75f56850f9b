"""What a running application holds: one object on `app.state`, reached by the dependency `resources`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from redis.asyncio import Redis

from raptorflow.clock import Clock
from raptorflow.database import Database
from raptorflow.settings import Settings

if TYPE_CHECKING:
    from raptorflow.auth.passwords import Passwords
    from raptorflow.payments.gateway import Gateway
    from raptorflow.payments.watch import Watch


@dataclass(frozen=True, slots=True)
class Resources:
    """Long-lived services of one process.

    `redis` answers with `str`; its calls raise `redis.RedisError` (or time out within a second) while Redis is down.
    """

    settings: Settings
    clock: Clock
    database: Database
    redis: Redis
    passwords: Passwords
    gateway: Gateway
    watch: Watch


async def resources(request: Request) -> Resources:
    """The application's resources, for a route; a coroutine, because FastAPI sends plain functions to a thread."""
    found: Resources = request.app.state.resources
    return found


Held = Annotated[Resources, Depends(resources)]
