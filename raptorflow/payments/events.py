"""A payment's states as server-sent events (PAY-8)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

from psycopg import OperationalError

from raptorflow.auth.identity import require_live_session
from raptorflow.payments import service
from raptorflow.payments.models import TERMINAL, Payment
from raptorflow.problems import Problem
from raptorflow.tenancy import Tenant


async def follow(caller: Tenant, payment_id: UUID, seen: int) -> AsyncIterator[bytes]:
    """The present state if it is newer than version `seen`, then each change, until a terminal one; heartbeats between.

    An open stream holds no connection: each look is a transaction of its own, under the watcher's own rights, and a
    heartbeat looks as well. Who has logged out or left the workspace in the meantime sees no more.
    """
    watch, heartbeat = caller.held.watch, caller.held.settings.heartbeat_seconds
    with watch.watching(payment_id) as changed:
        while not watch.closing:
            changed.clear()
            try:
                payment = await _look(caller, payment_id)
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
                yield b": heartbeat\n\n"


async def _look(caller: Tenant, payment_id: UUID) -> Payment | None:
    """The payment now; None while the database does not answer. Raises a `Problem` for who may not see it any more."""
    with suppress(OperationalError):
        await require_live_session(caller.held, caller.identity)
        return (await service.read(caller, payment_id)).payment
    return None


def _event(payment: Payment) -> bytes:
    return f"id: {payment.version}\ndata: {payment.model_dump_json()}\n\n".encode()
