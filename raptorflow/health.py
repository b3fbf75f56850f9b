"""Liveness, readiness, and a few numbers for whoever watches the process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterator, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from raptorflow.payments.reconcile import Reconciler
from raptorflow.problems import Problem, documented
from raptorflow.resources import Held, Resources

log = logging.getLogger("raptorflow.health")
router = APIRouter(prefix="/health", tags=["health"])
PROBE_SECONDS = 1.8
"""Two seconds are promised, the answer included."""
INTERVALS = 5
"""So many of the reconciler's intervals its last good round may be old."""


class Health(BaseModel):
    """What a healthy process says."""

    status: str = "ok"


@router.get("/live", responses=documented())
async def live() -> Health:
    """The process runs."""
    return Health()


@router.get("/ready", responses=documented(503))
async def ready(request: Request, held: Held) -> Health:
    """PostgreSQL, Redis and the gateway answer within 2 s each and the reconciler works; else 503 naming what does not.

    PostgreSQL is down as well while it takes no writes.
    """
    probes = {"postgresql": held.probe.ask(), "redis": held.redis.ping(), "gateway": held.gateway.ping()}
    answers = await asyncio.gather(*(_answers(name, probe) for name, probe in probes.items()))
    down = [name for name, answered in zip(probes, answers, strict=True) if not answered]
    if _reconciler(request).age_s > INTERVALS * held.settings.reconcile_poll_seconds:
        down.append("reconciler")
    if down:
        raise Problem(503, "NOT_READY", f"Not answering: {', '.join(down)}.", headers={"Retry-After": "2"}, down=down)
    return Health()


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request, held: Held) -> PlainTextResponse:
    """The same in numbers, in Prometheus' text format; of no tenant."""
    lines = [f"{name} {value:g}" for name, value in _numbers(held, _reconciler(request))]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


def _numbers(held: Resources, reconciler: Reconciler) -> Iterator[tuple[str, float]]:
    yield "raptorflow_reconciler_last_good_round_age_seconds", reconciler.age_s
    yield "raptorflow_reconciler_items_in_flight", reconciler.in_flight
    yield "raptorflow_redis_breaker_open", float(held.breaker.is_open)
    for pool, stats in held.database.stats().items():
        yield from _counters(pool, stats)


def _counters(pool: str, stats: Mapping[str, int]) -> Iterator[tuple[str, float]]:
    for name, value in sorted(stats.items()):
        yield f'raptorflow_pool_{name}{{pool="{pool}"}}', value


def _reconciler(request: Request) -> Reconciler:
    found: Reconciler = request.app.state.reconciler
    return found


async def _answers(name: str, probe: Awaitable[object]) -> bool:
    """Whether the probe succeeds in time. One that does not end when it is cancelled is not waited for."""
    asked = asyncio.ensure_future(probe)
    done, _ = await asyncio.wait({asked}, timeout=PROBE_SECONDS)
    error = asked.exception() if done else TimeoutError()
    if not done:
        asked.cancel()
    if error is not None:
        log.warning("a service does not answer", extra={"service": name, "error": type(error).__name__})
    return error is None
