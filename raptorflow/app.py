"""The application: the nouns' routers, put together, and the resources that live as long as the process."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Request, Response

from raptorflow import health, middleware, openapi, problems
from raptorflow.auth import routes as auth
from raptorflow.auth.passwords import Passwords
from raptorflow.bcm import routes as bcm
from raptorflow.breaker import guarded
from raptorflow.clock import Clock
from raptorflow.database import Database
from raptorflow.drain import Drain
from raptorflow.features import routes as features
from raptorflow.headers import require_single_headers
from raptorflow.onboarding import routes as onboarding
from raptorflow.payments import routes as payments
from raptorflow.payments.gateway import Gateway
from raptorflow.payments.reconcile import Reconciler
from raptorflow.payments.watch import Watch
from raptorflow.probe import Probe
from raptorflow.problems import Problem, answer
from raptorflow.resources import Resources
from raptorflow.settings import Settings
from raptorflow.web import routes as pages
from raptorflow.web.visit import refused
from raptorflow.workspaces import routes as workspaces

ROUTERS = (
    health.router,
    auth.router,
    workspaces.router,
    payments.router,
    onboarding.router,
    bcm.router,
    features.router,
    pages.router,
)


def create_app(settings: Settings) -> FastAPI:
    """The ASGI application for these settings; its lifespan opens and closes the resources."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opened(settings) as held:
            app.state.resources = held
            app.state.reconciler = Reconciler(held)
            app.state.reconciler.start()
            gc.collect()
            gc.freeze()  # what was loaded stays: later collections need not walk through it again
            yield
            await app.state.reconciler.close()

    app = FastAPI(
        title="RaptorFlow",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(require_single_headers)],
    )
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    openapi.install(app)
    app.state.drain = Drain()
    app.add_middleware(middleware.Requests, ending=app.state.drain, refuse=_refuse)
    return app


def _refuse(request: Request, problem: Problem) -> Response:
    """A problem document for programs, a page for people."""
    programs = request.url.path.startswith(("/api/", "/health/", "/openapi.json"))
    return answer(request, problem) if programs else refused(request, problem)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Resources]:
    """The resources that these settings name, for as long as the block lasts."""
    redis, breaker = guarded(settings.redis_url.get_secret_value())
    held = Resources(
        settings=settings,
        clock=Clock.of(settings),
        database=Database(settings),
        probe=Probe(settings),
        redis=redis,
        breaker=breaker,
        passwords=Passwords(settings),
        gateway=Gateway(settings),
        watch=Watch(settings),
    )
    await held.database.open()
    held.watch.start()
    held.gateway.warm()
    try:
        yield held
    finally:
        await held.watch.close()
        held.gateway.close()
        held.passwords.close()
        await breaker.close()
        await redis.aclose()
        await held.probe.close()
        await held.database.close()
