"""A load generator and a receiver of webhooks, fast enough to measure fast servers."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

from bench.case import UnmeasurableError

CONNECTIONS = 16


class Connection:
    """One kept-alive connection that sends prepared requests."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, request: bytes) -> bytes:
        """Return the response's body; its status must be one of success. Raises UnmeasurableError."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 2"):
            raise UnmeasurableError(f"unexpected answer {head[:60]!r}")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return await self._reader.readexactly(length)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


@contextlib.asynccontextmanager
async def connections(port: int, count: int) -> AsyncIterator[list[Connection]]:
    """Yield some connections to a local port."""
    opened = [Connection(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(count)]
    try:
        yield opened
    finally:
        for each in opened:
            each.close()


def prepared(method: str, path: str, body: bytes = b"", token: str = "", kind: str = "application/json") -> bytes:
    """Return a request's bytes."""
    head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n"
    return (head + (f"authorization: {token}\r\n" if token else "") + "\r\n").encode() + body


async def rate(port: int, make: Callable[[int], bytes], count: int) -> float:
    """Return the requests a second over several connections."""
    numbers = iter(range(count))

    async def work(connection: Connection) -> None:
        for number in numbers:
            await connection.send(make(number))

    async with connections(port, CONNECTIONS) as opened:
        began = time.perf_counter()
        await asyncio.gather(*(work(each) for each in opened))
        return count / (time.perf_counter() - began)


class Sink(asyncio.Protocol):
    """A receiver that acknowledges every webhook."""

    def __init__(self, count: Callable[[int], None]) -> None:
        self._count = count
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to answer on."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self._pending += data
        while b"\r\n\r\n" in self._pending:
            head, _, rest = self._pending.partition(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            if len(rest) < length:
                return
            self._pending = rest[length:]
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            self._count(1)
