"""FastHttpUser's client as the drivers' transport: every request named by its route, timed, and heard."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from locust.contrib.fasthttp import FastHttpSession

from drivers.transport import Request, Response, folded


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what came of it, began at `started_at` (seconds since the epoch); no response but an error."""

    request: Request
    started_at: float
    duration_s: float
    response: Response | None
    error: str | None = None


class FastHttpTransport:
    """Keeps `drivers.transport.Transport`. Cookies are the customer's own business, and redirects too."""

    def __init__(self, session: FastHttpSession, heard: Callable[[Exchange], None]) -> None:
        session.client.cookiejar = None
        self._session = session
        self._heard = heard

    def send(self, request: Request) -> Response:
        """Send one request. Raises ConnectionError when no whole response comes."""
        started_at, began = time.time(), time.perf_counter()
        answer = self._session.request(
            request.method,
            request.url,
            name=request.name or None,
            data=cast(str, request.body),
            headers={**request.headers, "Accept-Encoding": "identity"},
            allow_redirects=False,
        )
        duration_s = time.perf_counter() - began
        if answer.status_code == 0:
            error = repr(getattr(answer, "error", "no response"))
            self._heard(Exchange(request, started_at, duration_s, None, error))
            raise ConnectionError(f"{request.name or request.url}: {error}")
        body = bytes(answer.content or b"")
        response = Response(answer.status_code, folded((answer.headers or {}).items()), body, duration_s)
        self._heard(Exchange(request, started_at, duration_s, response))
        return response
