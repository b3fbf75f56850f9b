"""A payment's states as server-sent events (PAY-8)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from raptorflow.auth.identity import require_live_session
from raptorflow.database_errors import remedy
from raptorflow.payments import service
from raptorflow.payments.models import TERMINAL, Payment
from raptorflow.problems import Problem
from raptorflow.tenancy import Tenant

HEARTBEAT = b": heartbeat\n\n"
COME_AGAIN = b"retry: 2000\n: we are restarting, come again\n\n"
"""Told to who follows a payment when the process ends: the payment goes on, and so does the stream, elsewhere."""


async def follow(caller: Tenant, payment_id: UUID, seen: int) -> AsyncIterator[bytes]:
    """The present state if it is newer than version `seen`, then each change, until a terminal one; heartbeats between.

    An open stream holds no connection: each look is a transaction of its own, under the watcher's own rights, and a
    heartbeat looks as well. Heartbeats keep their time while a look waits for a database that is away. Who has logged
    out or left the workspace in the meantime sees no more.
    """
    watch, heartbeat = caller.held.watch, caller.held.settings.heartbeat_seconds
    with watch.watching(payment_id) as changed:
        while not watch.closing:
            changed.clear()
            async with _looking(caller, payment_id) as look:
                while not (await asyncio.wait({look}, timeout=heartbeat))[0]:
                    yield HEARTBEAT
            try:
                payment = look.result()
            except Problem:
                return
            if payment is not None and payment.version > seen:
                seen = payment.version
                yield _event(payment)
            if payment is not None and payment.state in TERMINAL:
                return
            try:
                await asyncio.wait_for(changed.wait(), heartbeat)
            except TimeoutError:
                yield HEARTBEAT
        yield COME_AGAIN


@asynccontextmanager
async def _looking(caller: Tenant, payment_id: UUID) -> AsyncIterator[asyncio.Task[Payment | None]]:
    """A look that goes on beside its watcher, and no longer than the watcher."""
    look = asyncio.create_task(_look(caller, payment_id))
    try:
        yield look
    finally:
        look.cancel()
        await asyncio.wait({look})


async def _look(caller: Tenant, payment_id: UUID) -> Payment | None:
    """The payment now; None while the database does not answer. Raises a `Problem` for who may not see it any more."""
    try:
        await require_live_session(caller.held, caller.identity)
        return (await service.read(caller, payment_id)).payment
    except Exception as error:
        if remedy(error) is None:
            raise
    return None


def _event(payment: Payment) -> bytes:
    return f"id: {payment.version}\ndata: {payment.model_dump_json()}\n\n".encode()
