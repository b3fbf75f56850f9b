"""Around every request, as plain ASGI: its id, its size limit, its log line, and the headers that all answers carry."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Callable, MutableMapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from raptorflow import compartments, drain, logs
from raptorflow.drain import Drain
from raptorflow.problems import Problem, answer, unexpected

log = logging.getLogger("raptorflow.requests")
LARGEST_BODY = 256 * 1024
Refuse = Callable[[Request, Problem], Response]
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Requests:
    """Gives each request an id (the client's own if it is well-formed), refuses large bodies, logs what was done.

    What nobody expected is answered here as well, so that this answer has the id, too.

    Headers that lower layers put into `request.state.headers` (byte pairs: refreshed cookies) join the answer.
    `refuse` makes the answer for who comes, or is not done, when the process ends: a page, or a problem document.
    """

    def __init__(self, app: ASGIApp, ending: Drain, refuse: Refuse) -> None:
        self._app, self._ending, self._refuse = app, ending, refuse

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

        async def pass_on(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                message["headers"] = [*message["headers"], (b"x-request-id", chosen.encode()), *state["headers"]]
            await send(message)

        try:
            if self._ending.closing and not scope["path"].startswith("/health"):
                await self._refuse(Request(scope), drain.refused())(scope, receive, pass_on)
                return
            if _declared(scope) > LARGEST_BODY:
                raise _too_large()
            with self._ending.request(), compartments.within(compartments.of_path(scope["path"])):
                await self._app(scope, _limited(receive), pass_on)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if started or not self._ending.closing or task is None:
                raise
            task.uncancel()
            await self._refuse(Request(scope), drain.interrupted())(scope, receive, pass_on)
        except Exception as error:
            problem = error if isinstance(error, Problem) else unexpected(error)
            if started:
                raise
            await answer(Request(scope), problem)(scope, receive, pass_on)
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
            raise _too_large()
        return message

    return limited


def _too_large() -> Problem:
    detail = f"The body is larger than {LARGEST_BODY} bytes; send less."
    return Problem(413, "BODY_TOO_LARGE", detail, headers={"Connection": "close"})


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
