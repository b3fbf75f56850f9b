"""A RaptorFlow of the test's own to break, with customers of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from fixtures.customers import Customers
from fixtures.gateway import Gateway
from mocks.phonepe.client import AdminClient
from stack.slice import Slice


@pytest.fixture
def own(make_slice: Callable[..., Slice]) -> Slice:
    """Its reconciler is in a hurry, so that what is lost for good shows soon."""
    return make_slice(RECONCILE_SCHEDULE="0.2x1000")


@pytest.fixture
def customers(own: Slice, transport: HttpxTransport, request: pytest.FixtureRequest) -> Customers:
    """The customers of this RaptorFlow."""
    return Customers(own.system, transport, request.node.nodeid)


@pytest.fixture
def newcomer(customers: Customers) -> HttpCustomer:
    """One of them, who has signed up."""
    return customers.a_new_customer()


@pytest.fixture
def own_gateway(own: Slice) -> Iterator[Gateway]:
    """Its gateway."""
    with closing(AdminClient(str(own.system.gateway_admin_url))) as admin:
        yield Gateway(admin, str(own.system.merchant_id))
