"""Webhooks as they are sent, and sent again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Final

from starlette.responses import Response, StreamingResponse

from ..state.merchant import Merchant
from ..state.registry import Registry
from ..webhooks.signing import LISTENER
from ..wire.messages import Json, Request, reply
from .ledger_views import show_delivery
from .problems import ProblemError, mistake
from .telling import EVENTS
from .verbs import merchant_of

STILL_THERE_S: Final = 15.0
"""How long a silent stream goes without a sign of life."""


async def events(_: Registry, __: Request) -> Response:
    """The names of the events that the gateway sends."""
    return reply({"events": list(EVENTS)})


async def replay(registry: Registry, request: Request) -> Response:
    """Send a webhook again, as it was, and wait for what becomes of it."""
    merchant = merchant_of(registry, request)
    name = request.path_params["delivery"]
    found = next((each for each in merchant.ledger.deliveries if each.delivery_id == name), None)
    if found is None:
        raise ProblemError(404, f"The merchant has no delivery {name}", [mistake("delivery_id", "is unknown")])
    merchant.postman.send_again(found)
    await merchant.postman.idle()
    return reply(show_delivery(found))


async def listen(registry: Registry, request: Request) -> Response:
    """A stream of server-sent events: each webhook of a merchant as it is sent, whether or not it has a receiver."""
    merchant = merchant_of(registry, request)
    headers = {"cache-control": "no-store"}
    return StreamingResponse(_stream(merchant), media_type="text/event-stream", headers=headers)


async def _stream(merchant: Merchant) -> AsyncIterator[str]:
    queue: asyncio.Queue[Json] = asyncio.Queue()
    merchant.postman.listeners.add(queue)
    signer = merchant.webhook or LISTENER.webhook
    try:
        yield _event({"ready": f"webhooks are signed with username {signer.username}"})
        while True:
            try:
                async with asyncio.timeout(STILL_THERE_S):
                    told = await queue.get()
            except TimeoutError:
                yield ": still there\n\n"
            else:
                yield _event(told)
    finally:
        merchant.postman.listeners.discard(queue)


def _event(document: Json) -> str:
    return f"data: {json.dumps(document)}\n\n"
