"""A receiver of webhooks: answers as it is told, and remembers."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Received:
    """One webhook as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The body as JSON."""
        document: dict[str, Any] = json.loads(self.body)
        return document

    @property
    def event(self) -> str:
        """The event's name."""
        return str(self.document["event"])


class Sink:
    """Listens on a free port; `answer` decides the status of each webhook, and may block."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answer: Callable[[Received], int] = lambda _: 200
        self._arrived = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.accept, daemon=True)

    @property
    def url(self) -> str:
        """Where webhooks are to be sent."""
        return f"http://127.0.0.1:{self._server.server_port}/hooks/phonepe"

    def wait_for(self, count: int, within_s: float = 10.0) -> list[Received]:
        """The webhooks, once there are at least `count`."""
        with self._arrived:
            come = self._arrived.wait_for(lambda: len(self.received) >= count, within_s)
        assert come, f"{len(self.received)} of {count} webhooks came within {within_s} s"
        return list(self.received)

    def take(self, received: Received) -> int:
        """Remember a webhook and decide its status."""
        with self._arrived:
            self.received.append(received)
            self._arrived.notify_all()
        return self.answer(received)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    """Waits in `accept`, which a shut socket ends at once: `serve_forever` would look for its end now and then."""

    daemon_threads = True

    def accept(self) -> None:
        """Answer each connection in a thread of its own until the socket is shut."""
        while True:
            try:
                request, address = self.get_request()
            except OSError:
                return
            self.process_request(request, address)


def _handler(sink: Sink) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """The merchant's own page, where payers come back to."""
            page = b"<!doctype html><html lang=en><title>Shop</title><h1>Thank you</h1>"
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = sink.take(Received(self.path, headers, body))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
