"""A way to a server that can fall silent, or lose the answer to a request."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

PIECE = 65536
Address = str | tuple[str, int]


class Line:
    """Carries connections from a port of this machine to the server at `there`: a socket's path, or host and port."""

    def __init__(self, there: Address) -> None:
        self._there = there
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="line", daemon=True)
        self._listening, self._over = threading.Event(), asyncio.Event()
        self._silent: set[asyncio.StreamWriter] = set()
        self._open: set[asyncio.StreamWriter] = set()
        self._mute = False
        self._loses, self._after = b"", b""
        self.lost = 0
        self.port = 0

    @classmethod
    def to_database(cls, dsn: str) -> Line:
        """A way to the PostgreSQL of a connection string."""
        told = conninfo_to_dict(dsn)
        host, port = str(told.get("host") or "localhost"), int(str(told.get("port") or 5432))
        return cls(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port))

    def dsn(self, dsn: str) -> str:
        """The connection string, along this way."""
        return make_conninfo(dsn, host="127.0.0.1", port=self.port, sslmode="disable", gssencmode="disable")

    def silence(self, *, also_new: bool) -> None:
        """From now on nothing comes through the connections that are open, nor, with `also_new`, through others."""

        def silence() -> None:
            self._silent |= self._open
            self._mute = also_new

        self._do(silence)

    def speak(self) -> None:
        """New connections come through again; those that fell silent stay so."""

        def speak() -> None:
            self._mute = False

        self._do(speak)

    def lose_answer_to(self, words: bytes, *, after: bytes = b"") -> None:
        """The next request that holds `words` (in small letters) reaches the server; its answer does not come back, the
        line is cut. With `after`, the next one on a connection whose request held that.
        """

        def lose() -> None:
            self._loses, self._after = words, after

        self._do(lose)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._listening.wait(10), "the line does not listen"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def _do(self, action: Callable[[], None]) -> None:
        """Does it on the line's own thread, and waits for it."""
        done = threading.Event()

        def act() -> None:
            action()
            done.set()

        self._loop.call_soon_threadsafe(act)
        assert done.wait(10), "the line does not answer"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._over.wait()
        server.close()
        ways = asyncio.all_tasks() - {asyncio.current_task()}
        for way in ways:
            way.cancel()
        for writer in self._open:
            writer.transport.abort()
        await asyncio.gather(*ways, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if isinstance(self._there, str):
                onward_reader, onward_writer = await asyncio.open_unix_connection(self._there)
            else:
                onward_reader, onward_writer = await asyncio.open_connection(*self._there)
        except OSError:
            writer.close()
            return
        ends = {writer, onward_writer}
        self._open |= ends
        if self._mute:
            self._silent |= ends
        back = asyncio.create_task(self._one_way(onward_reader, writer))
        onward = asyncio.create_task(self._one_way(reader, onward_writer, back))
        await asyncio.wait({back, onward}, return_when=asyncio.FIRST_COMPLETED)
        if back.cancelled():
            await onward_reader.read(PIECE)  # the server has done it; nobody hears so
        back.cancel()
        onward.cancel()
        for end in ends:
            end.close()
        self._open -= ends
        self._silent -= ends

    async def _one_way(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: asyncio.Task[None] | None = None
    ) -> None:
        ready = False
        while piece := await reader.read(PIECE):
            if writer in self._silent:
                continue
            if back is not None and self._loses:
                ready = ready or self._after in piece.lower()
                if ready and self._loses in piece.lower():
                    self._loses, self.lost = b"", self.lost + 1
                    back.cancel()
            writer.write(piece)
            await writer.drain()
