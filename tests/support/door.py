"""A Redis that can be taken away from one application."""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import threading
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

PIECE = 65536


class Door:
    """A way to a Redis server that can be shut: a socket whose connections are carried there, until it is closed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._server: _Server | None = None

    def open(self, url: str) -> str:
        """Begins to lead to the Redis at `url` (`unix://` or `redis://`); the URL that goes through the door."""
        there = urlsplit(url)
        local = there.scheme == "unix"
        number = parse_qs(there.query)["db"][0] if local else there.path.strip("/") or "0"
        self._server = _Server(self.path, there.path if local else (str(there.hostname), there.port or 6379))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="door").start()
        return f"unix://{self.path}?db={number}"

    def close(self) -> None:
        """Whoever comes from now on is refused, and whoever is on the way loses the connection."""
        server, self._server = self._server, None
        if server is not None:
            self.path.unlink()
            server.shutdown()
            server.cut()
            server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class _Server(socketserver.ThreadingUnixStreamServer):
    """Carries each connection in a thread of its own; closing it waits for them."""

    def __init__(self, path: Path, there: str | tuple[str, int]) -> None:
        super().__init__(str(path), _Way)
        self.there = there
        self.over, self._cut = socket.socketpair()

    def cut(self) -> None:
        """Ends every way."""
        self._cut.close()

    def server_close(self) -> None:
        super().server_close()
        self.over.close()


class _Way(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        family = socket.AF_UNIX if isinstance(server.there, str) else socket.AF_INET
        with contextlib.suppress(ConnectionError), socket.socket(family) as there:
            there.connect(server.there)
            onward = {self.request: there, there: self.request}
            while True:
                ready, _, _ = select.select([*onward, server.over], [], [])
                if server.over in ready:
                    return
                for each in ready:
                    if not (piece := each.recv(PIECE)):
                        return
                    onward[each].sendall(piece)
