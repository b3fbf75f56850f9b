"""What every answer has in common, above all the refusals that no route makes by itself."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from drivers.httpx_transport import HttpxTransport
from drivers.transport import Request
from fixtures.customers import Customers
from fixtures.stack import need
from stack.slice import Slice
from stack.system import System
from tests.support.problems import refused

pytestmark = pytest.mark.requirement("PAY-10")
PIECE = b"x" * 32_768


@pytest.mark.promise("E2E-20.6")
def test_body_without_a_length__is_measured_as_it_comes(system: System) -> None:
    """A body sent in pieces is refused by its size with 413, as one that says its length."""

    def pieces() -> Iterator[bytes]:
        for _ in range(9):
            yield PIECE

    address = urlsplit(system.base_url)
    connection = http.client.HTTPConnection(address.netloc, timeout=10)
    headers = {"content-type": "application/json"}
    connection.request("POST", "/api/v1/auth/login", pieces(), headers, encode_chunked=True)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()

    assert (answer.status, b'"BODY_TOO_LARGE"' in said) == (413, True)
    assert answer.headers["x-request-id"]


@pytest.mark.promise("E2E-20.4")
def test_bug__is_a_plain_500_with_its_id(make_slice: Callable[..., Slice], transport: HttpxTransport) -> None:
    """What nobody expected is a problem with the request's id and no word of why; people get a page. The log has it."""
    slice_ = make_slice()
    with psycopg.connect(need(slice_.system.owner_dsn, "a table to take away"), autocommit=True) as connection:
        connection.execute("alter table public.plans rename to plans_elsewhere")
    customer = Customers(slice_.system, transport, "bug").a_new_customer()

    answer = transport.send(Request("GET", f"{slice_.system.base_url}/api/v1/plans"))
    page = customer.site.get(f"{slice_.system.base_url}/login", "login page")
    entered = {"email": customer.identity.email, "password": customer.identity.password}
    shown = customer.site.submit(page, entered, "log in page").response

    document = refused(answer, 500, "INTERNAL_ERROR")
    assert document["request_id"] == answer.request_id
    assert not any(word in answer.text for word in ("plans_elsewhere", "relation", "Traceback", "psycopg"))
    assert (shown.status, shown.headers["content-type"]) == (500, "text/html; charset=utf-8")
    log = need(slice_.system.log_path, "a log").read_text()
    assert f'"request_id": "{answer.request_id}"' in next(line for line in log.splitlines() if "UndefinedTable" in line)
