"""FastHttpUser's client as the drivers' transport: every request named by its route, timed, and heard."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Protocol, cast

from geventhttpclient.header import Headers
from locust.contrib.fasthttp import FastHttpSession

from drivers.transport import COOKIE_SEPARATOR, Request, Response


class Heard(Protocol):
    """Hears of every request, begun at `started_at` (seconds since the epoch): of its response, or of an error."""

    def __call__(
        self, request: Request, response: Response | None, started_at: float, duration_s: float, error: str = ""
    ) -> None: ...


class FastHttpTransport:
    """Keeps `drivers.transport.Transport`. Cookies are the customer's own business, and redirects too."""

    def __init__(self, session: FastHttpSession, heard: Heard) -> None:
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
        if (status := answer.status_code) == 0:
            error = repr(getattr(answer, "error", "no response"))
            self._heard(request, None, started_at, duration_s, error)
            raise ConnectionError(f"{request.name or request.url}: {error}")
        response = Response(status, Folded(answer.headers), bytes(answer.content or b""), duration_s)
        self._heard(request, response, started_at, duration_s)
        return response


class Folded(Mapping[str, str]):
    """Header lines as a `Response` holds them, folded as they are asked for: most never are."""

    __slots__ = ("_lines",)

    def __init__(self, headers: Headers | None) -> None:
        self._lines = Headers() if headers is None else headers

    def __getitem__(self, name: str) -> str:
        lines = self._lines.getlist(name)
        if not lines:
            raise KeyError(name)
        return lines[0] if len(lines) == 1 else (COOKIE_SEPARATOR if name == "set-cookie" else ", ").join(lines)

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return sum(1 for _ in self)
