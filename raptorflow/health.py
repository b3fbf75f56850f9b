"""Liveness and readiness."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable

from fastapi import APIRouter
from pydantic import BaseModel

from raptorflow.problems import Problem, documented
from raptorflow.resources import Held

log = logging.getLogger("raptorflow.health")
router = APIRouter(prefix="/health", tags=["health"])
PROBE_SECONDS = 2.0


class Health(BaseModel):
    """What a healthy process says."""

    status: str = "ok"


@router.get("/live", responses=documented())
async def live() -> Health:
    """The process runs."""
    return Health()


@router.get("/ready", responses=documented(503))
async def ready(held: Held) -> Health:
    """PostgreSQL, Redis and the gateway answer within 2 s each; else 503 naming those that do not."""
    probes = {"postgresql": held.database.ping(), "redis": held.redis.ping(), "gateway": held.gateway.ping()}
    answers = await asyncio.gather(*(_answers(name, probe) for name, probe in probes.items()))
    down = [name for name, answered in zip(probes, answers, strict=True) if not answered]
    if down:
        raise Problem(503, "NOT_READY", f"Not answering: {', '.join(down)}.", down=down)
    return Health()


async def _answers(name: str, probe: Awaitable[object]) -> bool:
    try:
        await asyncio.wait_for(probe, PROBE_SECONDS)
    except Exception as error:
        log.warning("a service does not answer", extra={"service": name, "error": type(error).__name__})
        return False
    return True
