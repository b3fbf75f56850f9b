"""Around every request, as plain ASGI: its id, its size limit, its log line, and the headers that all answers carry."""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from raptorflow import logs

log = logging.getLogger("raptorflow.requests")
LARGEST_BODY = 256 * 1024
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class _TooLarge(Exception):
    """The body passed the limit while it was being read."""


class Requests:
    """Gives each request an id (the client's own if it is well-formed), refuses large bodies, logs what was done.

    Headers that lower layers put into `request.state.headers` (byte pairs: refreshed cookies) join the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        state["request_id"] = chosen = _request_id(scope)
        state["headers"] = []
        state["log"] = {}
        token = logs.request_id.set(chosen)
        began, status, started = time.perf_counter(), 0, False

        async def answer(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                message["headers"] = [*message["headers"], (b"x-request-id", chosen.encode()), *state["headers"]]
            await send(message)

        try:
            if _declared(scope) > LARGEST_BODY:
                await _refuse(answer, chosen)
            else:
                await self._app(scope, _limited(receive), answer)
        except _TooLarge:
            if not started:
                await _refuse(answer, chosen)
        finally:
            _write(scope, status, time.perf_counter() - began)
            logs.request_id.reset(token)


def _request_id(scope: Scope) -> str:
    given: bytes = dict(scope["headers"]).get(b"x-request-id", b"")
    return given.decode() if _ID.fullmatch(given) else secrets.token_hex(8)


def _declared(scope: Scope) -> int:
    length: bytes = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


def _limited(receive: Receive) -> Receive:
    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > LARGEST_BODY:
            raise _TooLarge
        return message

    return limited


async def _refuse(send: Send, request_id: str) -> None:
    problem = {
        "type": "about:blank",
        "title": "Content Too Large",
        "status": 413,
        "detail": f"The body is larger than {LARGEST_BODY} bytes; send less.",
        "code": "BODY_TOO_LARGE",
        "request_id": request_id,
    }
    body = json.dumps(problem).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 413, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})


def _write(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", None)
    log.info(
        "request",
        extra={
            "method": scope["method"],
            "route": route or "unmatched",
            "status": status,
            "duration_ms": round(seconds * 1000, 2),
            **scope["state"]["log"],
        },
    )
