"""With neither redirect nor webhook, and with the process killed, nothing is lost and nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.gateway import Gateway
from mocks.phonepe.client import AdminClient
from stack.slice import Slice
from tests.payments.buying import deliver, event, settled, signature

pytestmark = pytest.mark.requirement("PAY-7", "PAY-9")


@pytest.fixture
def own(make_slice: Callable[..., Slice]) -> Slice:
    """A RaptorFlow that may be killed, whose reconciler is in a hurry."""
    return make_slice(RECONCILE_SCHEDULE="0.3x100")


@pytest.fixture
def own_gateway(own: Slice) -> Iterator[Gateway]:
    """Its gateway."""
    with closing(AdminClient(str(own.system.gateway_admin_url))) as admin:
        yield Gateway(admin, str(own.system.merchant_id))


@pytest.fixture
def buyer(own: Slice, transport: HttpxTransport, customers: Customers) -> HttpCustomer:
    """A customer of it, about to pay."""
    customer = HttpCustomer(transport, own.system.base_url)
    customer.sign_up(customers.stranger().identity)
    customer.choose_plan("glide", "monthly")
    return customer


def rows(own: Slice, query: str) -> list[tuple[object, ...]]:
    """What the slice's database says."""
    with psycopg.connect(str(own.system.database_dsn)) as connection:
        return connection.execute(query.encode()).fetchall()


def subscriptions(own: Slice) -> list[tuple[object, ...]]:
    """Payment states beside what they activated."""
    return rows(
        own,
        "select p.state, count(s.id) from payments p left join subscriptions s on s.payment_id = p.id group by p.id",
    )


def test_lost_webhook__reconciled(own: Slice, own_gateway: Gateway, buyer: HttpCustomer) -> None:
    """The customer pays and never comes back, and the webhook is lost: access is given all the same."""
    own_gateway.behave(webhook={"mode": "lost"})

    buyer.pay(come_back=False)

    assert settled(buyer) == "completed"
    assert subscriptions(own) == [("completed", 1)]


@pytest.mark.requirement("PAY-10")
def test_gateway_back_after_a_while__reconciled(own: Slice, own_gateway: Gateway, buyer: HttpCustomer) -> None:
    """Status answers that are errors, pages or nothing decide nothing; the first true one does."""
    faults = [
        {"route": "checkout.status", "status": 500, "count": 1},
        {"route": "checkout.status", "status": 502, "body": "<html>", "content_type": "text/html", "count": 1},
        {"route": "checkout.status", "status": 429, "count": 1},
        {"route": "checkout.status", "hang_up": "reset", "count": 1},
        {"route": "checkout.status", "revoke_token": True, "status": 401, "count": 1},
    ]
    own_gateway.behave(webhook={"mode": "lost"}, faults=faults)

    buyer.pay(come_back=False)

    assert settled(buyer) == "completed"
    assert subscriptions(own) == [("completed", 1)]


def test_killed_between_payment_and_activation__right_once(
    own: Slice, own_gateway: Gateway, buyer: HttpCustomer
) -> None:
    """The gateway takes the money while the application is dead; after its restart there is one subscription."""
    own.kill_application()
    own_gateway.behave(webhook={"mode": "lost"})
    page = buyer.gateway_page
    assert page
    buyer.pay(come_back=False)

    own.restart_application()

    assert settled(buyer) == "completed"
    assert subscriptions(own) == [("completed", 1)]


def test_killed_between_storage_and_processing__right_once(
    own: Slice, own_gateway: Gateway, buyer: HttpCustomer
) -> None:
    """An event that was acknowledged survives the crash: it is processed after the restart, once."""
    own_gateway.behave(webhook={"mode": "lost"}, faults=[{"route": "checkout.status", "latency_s": 30}])
    buyer.pay(come_back=False)
    assert buyer.payment is not None
    stored = deliver(buyer, signature(own_gateway), event(buyer.payment.merchant_order_id))

    own.kill_application()
    own_gateway.behave(webhook={"mode": "lost"})
    assert stored.status == 200
    assert rows(own, "select processed_at from webhook_events") == [(None,)]
    with psycopg.connect(str(own.system.database_dsn)) as connection:
        connection.execute("update payments set next_check_at = null")
        connection.execute("update webhook_events set next_attempt_at = received_at")
    own.restart_application()

    assert settled(buyer) == "completed"
    assert subscriptions(own) == [("completed", 1)]
    processed = "select count(*) from webhook_events where processed_at is not null"
    until(lambda: rows(own, processed), lambda seen: seen == [(1,)], "the event is processed")


def test_killed_during_initiation__recovered(own: Slice, own_gateway: Gateway, buyer: HttpCustomer) -> None:
    """The process dies between the gateway's order and our note of it: the order is found again, and paid for once."""
    own.kill_application()
    with psycopg.connect(str(own.system.database_dsn)) as connection:
        connection.execute("update payments set state = 'created', redirect_url = null, gateway_order_id = null")
    buyer.pay(come_back=False)

    own.restart_application()

    assert settled(buyer) == "completed"
    assert subscriptions(own) == [("completed", 1)]


def test_two_processes__one_activation(own: Slice, own_gateway: Gateway, buyer: HttpCustomer) -> None:
    """Callback, webhook and reconciler at the same time activate once."""
    own_gateway.behave(webhook={"mode": "concurrent", "copies": 10})

    buyer.pay()

    assert settled(buyer) == "completed"
    assert subscriptions(own) == [("completed", 1)]
