"""Posts bodies over kept-alive HTTP connections, fast enough for thousands a second."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools

IDLE_LIMIT_S = 1.0
"""A connection idle for longer may be half closed by its server: a new one is opened instead."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A server to connect to."""

    host: str
    port: int
    secure: bool


class Poster:
    """A pool of connections to the receivers of webhooks."""

    def __init__(self, most_connections: int = 256) -> None:
        self._idle: defaultdict[Origin, list[_Connection]] = defaultdict(list)
        self._slots: defaultdict[Origin, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(most_connections))

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float) -> int:
        """The response's status; OSError or TimeoutError when there is none."""
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        origin = Origin(parts.hostname or "", parts.port or (443 if secure else 80), secure)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request = _request(target, parts.netloc.rpartition("@")[2], headers, body)
        async with self._slots[origin], asyncio.timeout(timeout_s):
            connection = self._take(origin) or await self._open(origin)
            try:
                status = await connection.exchange(request)
            except BaseException:
                connection.close()
                raise
            if connection.reusable:
                self._idle[origin].append(connection)
            return status

    def close(self) -> None:
        """Close every idle connection."""
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()

    def _take(self, origin: Origin) -> _Connection | None:
        idle = self._idle[origin]
        while idle:
            connection = idle.pop()
            if connection.reusable and time.monotonic() - connection.used_s < IDLE_LIMIT_S:
                return connection
            connection.close()
        return None

    async def _open(self, origin: Origin) -> _Connection:
        context = _unverified() if origin.secure else None
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, origin.host, origin.port, ssl=context)
        return connection


def _request(target: str, host: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"POST {target} HTTP/1.1", f"host: {host}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _unverified() -> ssl.SSLContext:
    """Receivers under test carry certificates of their own making."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self.used_s = time.monotonic()
        self.reusable = True
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[int] | None = None

    async def exchange(self, request: bytes) -> int:
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(request)
        status = await self._answer
        self.used_s = time.monotonic()
        return status

    def close(self) -> None:
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by inheritance

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ConnectionError(f"the receiver's response is not HTTP: {error}"))

    def on_message_complete(self) -> None:
        self.reusable = self.reusable and self._parser.should_keep_alive()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._parser.get_status_code())

    def connection_lost(self, exc: Exception | None) -> None:
        self.reusable = False
        self._fail(exc or ConnectionResetError("the receiver closed the connection without a response"))

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
