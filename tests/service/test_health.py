"""Whether the process says that it runs, and whether it can do its work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from drivers.httpx_transport import HttpxTransport
from drivers.transport import Request, Response
from fixtures.stack import a_redis, need_it_here
from stack.embedded import Stack
from stack.slice import Slice
from tests.service.closing import close_the_database
from tests.support.door import Door
from tests.support.problems import refused

pytestmark = pytest.mark.requirement("PAY-6", "ONB-12", "BCM-16")
PROBE_S = 2.0
UP = (200, b'{"status": "UP"}')
SOMEBODY_ELSE = (404, b"")
BROKEN = (500, b"{}")
SILENT = (0, b"")


class Counter(ThreadingHTTPServer):
    """Stands where the gateway is expected, and answers every GET as it is told to."""

    daemon_threads = True
    answer = UP

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Clerk)
        self.over = threading.Event()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Clerk(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        counter = self.server
        assert isinstance(counter, Counter)
        status, body = counter.answer
        if status == 0:
            counter.over.wait()
            return
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def counter() -> Iterator[Counter]:
    """Something at the gateway's address."""
    server = Counter()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.promise("E2E-20.8")
def test_what_is_down__is_named_in_time(
    stack: Stack, make_slice: Callable[..., Slice], transport: HttpxTransport, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each of the three that is away, silent or somebody else is named by a 503 within two seconds; the process lives.

    PostgreSQL, Redis and the gateway; and all three at once.
    """
    need_it_here(stack)
    with Door(tmp_path_factory.mktemp("r") / "s") as door, counter() as gateway:
        slice_ = make_slice(
            PHONEPE_BASE_URL=gateway.url,
            PHONEPE_TIMEOUT_SECONDS="60",
            DATABASE_TIMEOUT_SECONDS="60",
            REDIS_URL=door.open(a_redis(stack)),
        )

        for gateway.answer in (SOMEBODY_ELSE, BROKEN):
            assert down(asked(slice_, transport)) == ["gateway"]
        door.close()
        assert down(asked(slice_, transport)) == ["redis", "gateway"]
        close_the_database(slice_)
        gateway.answer = SILENT
        assert down(asked(slice_, transport)) == ["postgresql", "redis", "gateway"]

    assert asked(slice_, transport, "/health/live").status == 200


def asked(slice_: Slice, transport: HttpxTransport, path: str = "/health/ready") -> Response:
    """How the application says it is, within the time that it has for that."""
    answer = transport.send(Request("GET", slice_.system.base_url + path))
    assert answer.elapsed_s < 5 * PROBE_S
    return answer


def down(answer: Response) -> list[str]:
    """What a 503 names."""
    document = refused(answer, 503, "NOT_READY")
    assert all(name in document["detail"] for name in document["down"])
    named: list[str] = document["down"]
    return named
