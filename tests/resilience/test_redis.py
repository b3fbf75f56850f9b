"""Redis falls silent: that costs its time-out once, and not with every call."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from drivers.httpx_transport import HttpxTransport
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.stack import a_redis, need_it_here
from stack.embedded import Stack
from stack.slice import Slice
from tests.resilience.answers import down, metric, readiness
from tests.resilience.line import Address, Line

OPEN = "raptorflow_redis_breaker_open"
TIMEOUT_S = 1.0


def there(url: str) -> tuple[Address, str]:
    """Where a Redis is, and the number of the logical database there."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return parts.path, parts.query.partition("db=")[2] or "0"
    return (str(parts.hostname), parts.port or 6379), parts.path.strip("/") or "0"


@pytest.mark.promise("E2E-20.26")
@pytest.mark.requirement("ONB-12")
def test_silent_redis__costs_one_time_out(
    stack: Stack, make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """Eight steps are saved while Redis is silent in little more than one time-out; readiness names it; when it speaks
    again it is used again.
    """
    need_it_here(stack)
    address, number = there(a_redis(stack))
    with Line(address) as line:
        own = make_slice(REDIS_URL=f"redis://127.0.0.1:{line.port}/{number}")
        customers = Customers(own.system, transport, "silent")
        customer = customers.a_customer_at_step(1)
        answers = customers.answers_of(customer)

        line.silence(also_new=True)
        began = time.monotonic()
        for n in range(1, 9):
            assert customer.call("PUT", "step", {"data": answers[n], "version": 0}, step=n).status == 200
        took = time.monotonic() - began
        named = down(readiness(own, transport))
        tripped = metric(own, transport, OPEN)
        line.speak()

        assert took < 3 * TIMEOUT_S, "one time-out, not one for each call"
        assert (named, tripped) == (["redis"], 1.0)
        until(lambda: metric(own, transport, OPEN), lambda opened: opened == 0.0, "Redis is used again")
        assert down(readiness(own, transport)) == []
