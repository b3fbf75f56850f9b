"""httpx as a transport: what tests use."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpx

from drivers.transport import Request, Response, folded

TIMEOUT_S = 20.0


class HttpxTransport:
    """One pool of connections, shared by any number of customers and threads; it keeps no cookies.

    `heard`, if there is one, is told of every exchange.
    """

    def __init__(
        self,
        *,
        timeout_s: float = TIMEOUT_S,
        heard: Callable[[Request, Response], None] | None = None,
    ) -> None:
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=2)
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx.Client(timeout=timeout_s, limits=limits, trust_env=False, cookies=no_cookies)
        self.heard = heard

    def send(self, request: Request) -> Response:
        """Send one request.

        Raises ConnectionError or TimeoutError, whose message names the request, when no whole response comes.
        """
        began = time.perf_counter()
        message = self._client.build_request(
            request.method, request.url, headers=dict(request.headers), content=request.body
        )
        try:
            answer = self._client.send(message)
        except httpx.TimeoutException as error:
            raise TimeoutError(f"{_called(request)}: no answer in time ({type(error).__name__})") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ConnectionError(f"{_called(request)}: {error or type(error).__name__}") from error
        elapsed_s = time.perf_counter() - began
        response = Response(answer.status_code, folded(answer.headers.multi_items()), answer.content, elapsed_s)
        if self.heard is not None:
            self.heard(request, response)
        return response

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _called(request: Request) -> str:
    return request.name or f"{request.method} {request.url}"
