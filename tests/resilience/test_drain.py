"""The process is told to end: what was begun is finished, or answered; what comes new is sent elsewhere."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.transport import Request, Response
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.gateway import Gateway
from fixtures.stack import need
from mocks.phonepe.client import AdminClient
from stack.slice import Slice
from tests.resilience.answers import put_off
from tests.support.buying import buy
from tests.support.slices import orders
from tests.support.streams import following


@contextmanager
def paying(
    make_slice: Callable[..., Slice], transport: HttpxTransport, latency_s: float, **settings: str
) -> Iterator[tuple[Slice, HttpCustomer, Callable[[], Response]]]:
    """A customer whose order is at a gateway that takes `latency_s`; the last part waits for the answer."""
    own = make_slice(**settings)
    customer = Customers(own.system, transport, "drain").a_new_customer()
    with closing(AdminClient(str(own.system.gateway_admin_url))) as admin, ThreadPoolExecutor(1) as thread:
        gateway = Gateway(admin, str(own.system.merchant_id))
        gateway.behave(faults=[{"route": "checkout.pay", "when": "after", "latency_s": latency_s}])
        answer = thread.submit(buy, customer, "key")
        until(lambda: orders(gateway), lambda placed: len(placed) == 1, "the order is at the gateway")
        yield own, customer, answer.result


def terminate(own: Slice) -> None:
    """Tells the process to end."""
    os.kill(need(own.pid, "an application that is a process of this machine"), signal.SIGTERM)


@pytest.mark.promise("E2E-20.24")
@pytest.mark.requirement("PAY-10")
def test_order_under_way__is_finished(make_slice: Callable[..., Slice], transport: HttpxTransport) -> None:
    """A customer whose order is placed as the process is told to end gets their answer, and can pay; who comes
    meanwhile is sent elsewhere, with a problem document by the API and a page by the site; the process lives.
    """
    with paying(make_slice, transport, 2.5) as (own, customer, answer):
        terminate(own)
        refused = until(lambda: customer.call("GET", "me"), lambda told: told.status == 503, "new requests are refused")
        page = transport.send(Request("GET", f"{own.system.base_url}/login"))
        live = transport.send(Request("GET", f"{own.system.base_url}/health/live"))
        finished = answer()

    put_off(refused, "RESTARTING")
    assert (page.status, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert int(page.headers["retry-after"]) >= 1
    assert live.status == 200
    assert (finished.status, bool(finished.json()["redirect_url"])) == (201, True)


@pytest.mark.promise("E2E-20.24")
@pytest.mark.requirement("PAY-10")
def test_order_that_takes_too_long__is_answered(make_slice: Callable[..., Slice], transport: HttpxTransport) -> None:
    """What is not done when the process must end is answered as a problem document that names the request; with the
    same key the customer comes to the same payment afterwards.
    """
    with paying(make_slice, transport, 8, DRAIN_SECONDS="0.5") as (own, customer, answer):
        terminate(own)
        told = answer()
        own.restart_application()
        again = buy(customer, "key")

    put_off(told, "RESTARTING")
    assert again.status == 200
    assert len(customer.call("GET", "payments").json()["payments"]) == 1


@pytest.mark.promise("E2E-20.24")
@pytest.mark.requirement("PAY-8")
def test_stream__is_told_to_come_again(make_slice: Callable[..., Slice], transport: HttpxTransport) -> None:
    """Who follows a payment when the process ends is told when to come again, and finds the payment there."""
    own = make_slice()
    customer = Customers(own.system, transport, "stream").a_new_customer()
    payment = buy(customer).json()["payment"]["id"]
    with following(customer, payment) as stream:
        stream.next()
        terminate(own)
        rest = stream.response.read().decode()

    assert any(line.startswith("retry: ") and int(line.removeprefix("retry: ")) > 0 for line in rest.splitlines())
    own.restart_application()
    with following(customer, payment) as stream:
        found = stream.next()
    assert found is not None
    assert found[1]["state"] == "pending"
