"""A payment's states as server-sent events (PAY-8)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

from raptorflow.payments import service
from raptorflow.payments.models import TERMINAL, Payment
from raptorflow.problems import Problem
from raptorflow.tenancy import Tenant


async def follow(caller: Tenant, payment_id: UUID, seen: int) -> AsyncIterator[bytes]:
    """The present state if it is newer than version `seen`, then each change, until a terminal one; heartbeats between.

    An open stream holds no connection: each look is a transaction of its own, under the watcher's own rights.
    """
    watch, heartbeat = caller.held.watch, caller.held.settings.heartbeat_seconds
    with watch.watching(payment_id) as changed:
        while not watch.closing:
            changed.clear()
            try:
                payment = (await service.read(caller, payment_id)).payment
            except Problem:
                return
            if payment.version > seen:
                seen = payment.version
                yield _event(payment)
            if payment.state in TERMINAL:
                return
            while not changed.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), heartbeat)
                if not changed.is_set():
                    yield b": heartbeat\n\n"


def _event(payment: Payment) -> bytes:
    return f"id: {payment.version}\ndata: {payment.model_dump_json()}\n\n".encode()
