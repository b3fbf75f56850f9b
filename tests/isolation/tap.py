"""A tap on an application's connections to PostgreSQL: whenever one is idle, it is asked whose identity it carries.

It passes every message on unchanged. Before the server's "ready, in no transaction" reaches the application, it asks
a question of its own on the same connection, so that nothing can have been put right or wrong in between.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from contextlib import suppress
from types import TracebackType
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

QUESTION = (
    b"select session_user, current_user, coalesce(current_setting('request.jwt.claims', true), '')"
    b" || coalesce(current_setting('request.headers', true), '')"
)
Carried = tuple[str, ...]


class Tap:
    """Listens on this machine; ``dsn`` leads through it. ``carried`` counts what idle connections said."""

    def __init__(self, dsn: str) -> None:
        told = conninfo_to_dict(dsn)
        self._host, self._port = str(told["host"]), int(told.get("port") or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.dsn = make_conninfo(dsn, host="127.0.0.1", port=port, sslmode="disable", gssencmode="disable")
        self.carried: Counter[Carried] = Counter()
        self._lock, self._open = threading.Lock(), list[socket.socket]()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else a second message waits 40 ms
                self._open.append(client)
                server = self._connect()
                self._open.append(server)
                for run in (_Upstream(client, server).run, _Downstream(self, client, server).run):
                    self._threads.append(threading.Thread(target=run, daemon=True))
                    self._threads[-1].start()

    def _connect(self) -> socket.socket:
        if not self._host.startswith("/"):
            return socket.create_connection((self._host, self._port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{self._host}/.s.PGSQL.{self._port}")
        return server

    def heard(self, carried: Carried) -> None:
        """Count what an idle connection carries."""
        with self._lock:
            self.carried[carried] += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end(self._listener)
        self._threads[0].join(5)  # from then on, nothing is opened
        for each in self._open:
            self._end(each)
        for thread in self._threads:
            thread.join(5)

    def _end(self, each: socket.socket) -> None:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


class _Upstream:
    """From the application to the server, as it comes."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self._from, self._to = client, server

    def run(self) -> None:
        with suppress(OSError):
            while data := self._from.recv(65536):
                self._to.sendall(data)
        with suppress(OSError):
            self._to.shutdown(socket.SHUT_WR)


class _Downstream:
    """From the server to the application, message by message."""

    def __init__(self, tap: Tap, client: socket.socket, server: socket.socket) -> None:
        self._tap, self._client, self._server = tap, client, server
        self._stream = server.makefile("rb")

    def run(self) -> None:
        with suppress(OSError, struct.error):
            while message := self._message():
                if message[:1] == b"Z" and message[5:6] == b"I":
                    self._ask()
                self._client.sendall(message)
        with suppress(OSError):
            self._client.shutdown(socket.SHUT_RDWR)

    def _message(self) -> bytes:
        head = self._stream.read(5)
        return head + self._stream.read(struct.unpack("!I", head[1:])[0] - 4) if len(head) == 5 else b""

    def _ask(self) -> None:
        self._server.sendall(b"Q" + struct.pack("!I", len(QUESTION) + 5) + QUESTION + b"\0")
        while (message := self._message()) and message[:1] != b"Z":
            if message[:1] == b"D":
                self._tap.heard(_columns(message[7:]))


def _columns(row: bytes) -> Carried:
    found = []
    while row:
        (length,) = struct.unpack("!i", row[:4])
        found.append(row[4 : 4 + max(length, 0)].decode())
        row = row[4 + max(length, 0) :]
    return tuple(found)
