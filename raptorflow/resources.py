"""What a running application holds: one object on `app.state`, reached by the dependency `resources`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated
from uuid import UUID, uuid4

from fastapi import Depends, Request
from redis.asyncio import Redis

from raptorflow.breaker import Breaker
from raptorflow.clock import Clock
from raptorflow.database import Database
from raptorflow.probe import Probe
from raptorflow.settings import Settings

if TYPE_CHECKING:
    from raptorflow.auth.passwords import Passwords
    from raptorflow.payments.gateway import Gateway
    from raptorflow.payments.watch import Watch


@dataclass(frozen=True, slots=True)
class Resources:
    """Long-lived services of one process.

    `process` names it in the database, `placing` holds the payments whose order it is about to place.
    `redis` answers with `str`; its calls raise `redis.RedisError` while Redis is down, at once while `breaker` is open.
    """

    settings: Settings
    clock: Clock
    database: Database
    probe: Probe
    redis: Redis
    breaker: Breaker
    passwords: Passwords
    gateway: Gateway
    watch: Watch
    process: UUID = field(default_factory=uuid4)
    placing: set[UUID] = field(default_factory=set)


async def resources(request: Request) -> Resources:
    """The application's resources, for a route; a coroutine, because FastAPI sends plain functions to a thread."""
    found: Resources = request.app.state.resources
    return found


Held = Annotated[Resources, Depends(resources)]
