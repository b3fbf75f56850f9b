"""With neither redirect nor webhook, and with the process killed, nothing is lost and nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg
import pytest

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.gateway import Clock, Gateway
from mocks.phonepe.client import AdminClient
from stack.slice import Slice
from tests.support.buying import GLIDE, bought, buy, deliver, event, settled, signature
from tests.support.problems import refused
from tests.support.slices import asked, clock_file, orders
from tests.support.together import together, waiting

pytestmark = pytest.mark.requirement("PAY-7", "PAY-9")
LEASE_S = 180
"""Longer than a process may hold what it has taken up, in seconds of the application's clock."""
ACKNOWLEDGED_S = 3.0
"""The contract's deadline for a webhook's answer."""
CALLBACK_S = 3.0
"""How long the callback page waits for the gateway."""


@pytest.fixture
def own(make_slice: Callable[..., Slice]) -> Slice:
    """A RaptorFlow that may be killed, whose reconciler is in a hurry."""
    return make_slice(RECONCILE_SCHEDULE="0.1x1000")


@pytest.fixture
def patient(make_slice: Callable[..., Slice]) -> Slice:
    """One that waits a minute for the gateway: whoever must not wait for it is seen not to."""
    return make_slice(PHONEPE_TIMEOUT_SECONDS="60", RECONCILE_SCHEDULE="0.1x1000")


@contextmanager
def gateway_of(own: Slice) -> Iterator[Gateway]:
    """A slice's gateway."""
    with closing(AdminClient(str(own.system.gateway_admin_url))) as admin:
        yield Gateway(admin, str(own.system.merchant_id))


@pytest.fixture
def own_gateway(own: Slice) -> Iterator[Gateway]:
    """Its gateway."""
    with gateway_of(own) as gateway:
        yield gateway


@pytest.fixture
def own_clock(own: Slice, own_gateway: Gateway) -> Clock:
    """Its time."""
    return Clock(clock_file(own), own_gateway)


def a_customer_of(own: Slice, transport: HttpxTransport, customers: Customers) -> HttpCustomer:
    """Somebody who has signed up at the slice."""
    customer = HttpCustomer(transport, own.system.base_url)
    customer.sign_up(customers.stranger().identity)
    return customer


@pytest.fixture
def newcomer(own: Slice, transport: HttpxTransport, customers: Customers) -> HttpCustomer:
    """A customer of it, who has chosen nothing yet."""
    return a_customer_of(own, transport, customers)


@pytest.fixture
def buyer(newcomer: HttpCustomer) -> HttpCustomer:
    """A customer of it, about to pay."""
    newcomer.choose_plan("glide", "monthly")
    return newcomer


def queued(own: Slice) -> int:
    """How many of the slice's connections wait for a lock."""
    with psycopg.connect(str(own.system.database_dsn)) as connection:
        return waiting(connection)


def start_again(own: Slice, clock: Clock) -> None:
    """Starts the slice that was killed when nothing is held any more that its dead process had taken up."""
    clock.advance(LEASE_S)
    own.restart_application()


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


@pytest.mark.promise("PAY-7.13")
def test_lost_webhook__reconciled(own: Slice, own_gateway: Gateway, buyer: HttpCustomer) -> None:
    """The customer pays and never comes back, and the webhook is lost: access is given all the same."""
    own_gateway.behave(webhook={"mode": "lost"})

    buyer.pay(come_back=False)

    assert settled(buyer) == "completed"
    assert subscriptions(own) == [("completed", 1)]


@pytest.mark.promise("PAY-7.13")
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


@pytest.mark.promise("PAY-7.19")
def test_killed_between_payment_and_activation__right_once(
    own: Slice, own_gateway: Gateway, own_clock: Clock, buyer: HttpCustomer
) -> None:
    """The gateway takes the money while the application is dead; after its restart there is one subscription."""
    own.kill_application()
    own_gateway.behave(webhook={"mode": "lost"})
    buyer.pay(come_back=False)

    start_again(own, own_clock)

    assert settled(buyer) == "completed"
    assert subscriptions(own) == [("completed", 1)]


@pytest.mark.promise("PAY-7.19")
def test_killed_in_the_middle_of_activation__right_once(
    own: Slice, own_gateway: Gateway, own_clock: Clock, buyer: HttpCustomer
) -> None:
    """The gateway has said "completed", and the process dies while it writes that down: nothing is half done, and
    after the restart there is one subscription.
    """
    own_gateway.behave(webhook={"mode": "lost"})
    with psycopg.connect(str(own.system.database_dsn)) as holder:
        holder.execute("lock table subscriptions in share mode")
        buyer.pay(come_back=False)
        until(lambda: queued(own), lambda queue: queue > 0, "somebody waits to write the completion down")

        own.kill_application()

    until(lambda: queued(own), lambda queue: queue == 0, "the dead process's connections are gone")
    assert subscriptions(own) == [("pending", 0)]
    start_again(own, own_clock)

    assert settled(buyer) == "completed"
    assert subscriptions(own) == [("completed", 1)]


@pytest.mark.promise("PAY-7.7", "PAY-7.6")
def test_killed_between_storage_and_processing__right_once(
    patient: Slice, transport: HttpxTransport, customers: Customers
) -> None:
    """An event is acknowledged while the gateway does not answer, and survives the crash: it is processed after the
    restart, once.
    """
    buyer = a_customer_of(patient, transport, customers)
    with gateway_of(patient) as gateway:
        gateway.behave(webhook={"mode": "lost"}, faults=[{"route": "checkout.status", "latency_s": 60}])
        order = buyer.choose_plan("glide", "monthly").merchant_order_id
        buyer.pay(come_back=False)
        stored = deliver(buyer, signature(gateway), event(order))

        patient.kill_application()

        assert (stored.status, stored.elapsed_s < 5 * ACKNOWLEDGED_S) == (200, True)
        assert rows(patient, "select processed_at from webhook_events") == [(None,)]
        gateway.behave(webhook={"mode": "lost"})
        start_again(patient, Clock(clock_file(patient), gateway))

        assert settled(buyer) == "completed"
        assert subscriptions(patient) == [("completed", 1)]
        processed = "select outcome, processed_at is not null from webhook_events"
        until(lambda: rows(patient, processed), lambda seen: seen == [("completed", True)], "the event is processed")


@pytest.mark.promise("PAY-7.12")
def test_event_while_the_gateway_is_away__comes_again(
    own: Slice, own_gateway: Gateway, own_clock: Clock, buyer: HttpCustomer
) -> None:
    """An event that could not be looked into, for the gateway did not answer, is not over: it is looked into later."""
    own_gateway.behave(webhook={"mode": "lost"}, faults=[{"route": "checkout.status", "status": 503}])
    buyer.pay(come_back=False)
    assert buyer.payment is not None
    before = asked(own_gateway)
    deliver(buyer, signature(own_gateway), event(buyer.payment.merchant_order_id))
    until(lambda: asked(own_gateway), lambda times: times > before + 2, "the gateway is asked, in vain")

    own_gateway.behave(webhook={"mode": "lost"})
    own_clock.advance(LEASE_S)

    assert settled(buyer) == "completed"
    outcome = "select outcome from webhook_events"
    until(lambda: rows(own, outcome), lambda seen: seen == [("completed",)], "the event is processed")


@pytest.mark.promise("PAY-7.12")
def test_early_event__looked_into_until_the_gateway_knows(
    own: Slice, own_gateway: Gateway, own_clock: Clock, buyer: HttpCustomer
) -> None:
    """A payment that has failed here is paid after all, and the event comes before the gateway's own status says so:
    nothing else asks about it any more, so the event is looked into again.
    """
    own_gateway.behave(webhook={"mode": "lost"}, faults=[status_says("FAILED")])
    assert settled(buyer) == "failed"
    assert buyer.payment is not None
    order = buyer.payment.merchant_order_id
    own_gateway.behave(webhook={"mode": "lost"}, faults=[status_says("PENDING")])
    own_gateway.admin.pay(own_gateway.merchant_id, order)
    before = asked(own_gateway)

    deliver(buyer, signature(own_gateway), event(order))
    until(lambda: asked(own_gateway), lambda times: times > before, "the gateway is asked, too early")
    own_clock.advance(LEASE_S)

    until(buyer.payment_state, lambda state: state == "completed", "paid after all")
    assert subscriptions(own) == [("completed", 1)]


def status_says(state: str) -> dict[str, object]:
    """A fault: the next answer about an order says this, whatever became of it."""
    body = {"orderId": "OMO1", "state": state, "amount": 700_000, "expireAt": 4_102_444_800_000, "paymentDetails": []}
    return {"route": "checkout.status", "status": 200, "body": body, "count": 1}


@pytest.mark.promise("PAY-6.7")
@pytest.mark.requirement("PAY-6", "PAY-10")
def test_slow_gateway__the_payer_does_not_look_at_nothing(
    patient: Slice, transport: HttpxTransport, customers: Customers
) -> None:
    """Somebody who is back while the gateway takes a minute to answer reads "pending" long before, and is not lost."""
    buyer = a_customer_of(patient, transport, customers)
    buyer.visit(buyer.routes.url("billing_page"))
    with gateway_of(patient) as gateway:
        slow = {"route": "checkout.status", "latency_s": 60}
        gateway.behave(webhook={"mode": "lost"}, faults=[slow])
        order = buyer.choose_plan("glide", "monthly").merchant_order_id
        buyer.pay(come_back=False)

        page = buyer.site.get(f"{buyer.routes.url('callback_page')}?merchantOrderId={order}", "callback page")

        assert (page.response.status, "Waiting for your payment" in page.response.text) == (200, True)
        assert page.response.elapsed_s < 5 * CALLBACK_S
        patient.kill_application()
        gateway.behave(webhook={"mode": "lost"})
        start_again(patient, Clock(clock_file(patient), gateway))
        assert settled(buyer) == "completed"


@pytest.mark.promise("PAY-10.11")
@pytest.mark.requirement("PAY-10")
def test_refund_while_another_is_settled__they_take_turns(own: Slice, newcomer: HttpCustomer) -> None:
    """A refund that is wished for while the workspace's money is being settled waits its turn, and holds nothing."""
    payment = bought(newcomer)["id"]
    with psycopg.connect(str(own.system.database_dsn)) as settling, ThreadPoolExecutor(1) as thread:
        settling.execute("select from workspaces for update")
        wished = thread.submit(newcomer.call, "POST", "refunds", payment=payment)
        until(lambda: queued(own), lambda waits: waits > 0, "the refund waits")
        settling.execute("select from payments for update")
        settling.commit()

        assert wished.result().status == 201

    until(newcomer.payment_state, lambda state: state == "refunded", "the money is back")


@pytest.mark.promise("PAY-10.20")
@pytest.mark.requirement("PAY-10")
def test_killed_while_the_order_is_placed__found_again(
    own: Slice, own_gateway: Gateway, own_clock: Clock, newcomer: HttpCustomer
) -> None:
    """The gateway has the order, and the process dies before it hears so: the key leads to the same payment, which is
    paid for once; meanwhile another purchase under this key is refused without waiting for the order.
    """
    placing = {"route": "checkout.pay", "when": "after", "latency_s": 30, "status": 502}
    own_gateway.behave(webhook={"mode": "lost"}, faults=[placing, {"route": "checkout.status", "status": 503}])
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(buy, newcomer, "key")
        (order,) = until(lambda: orders(own_gateway), lambda placed: len(placed) == 1, "the order is placed")
        refused(buy(newcomer, "key", {**GLIDE, "billing_cycle": "annual"}), 422, "IDEMPOTENCY_KEY_REUSED")
        assert not answer.done()
        own.kill_application()
        assert isinstance(answer.exception(), OSError), "the customer heard nothing"
    assert rows(own, "select state, merchant_order_id from payments") == [("created", order)]
    own_gateway.behave(webhook={"mode": "lost"})

    start_again(own, own_clock)

    again = buy(newcomer, "key")
    assert (again.status, again.json()["redirect_url"]) == (200, None)
    own_gateway.admin.pay(own_gateway.merchant_id, order)
    until(lambda: subscriptions(own), lambda seen: seen == [("completed", 1)], "paid, and activated once")
    assert orders(own_gateway) == [order]


@pytest.mark.promise("PAY-7.20", "PAY-9.1")
def test_two_processes__one_activation(own: Slice, own_gateway: Gateway, buyer: HttpCustomer) -> None:
    """Two processes of one RaptorFlow get the redirect, the same event many times, and ask by themselves, all at once:
    one activation.
    """
    own_gateway.behave(webhook={"mode": "concurrent", "copies": 10})
    assert buyer.payment is not None
    signed, body = signature(own_gateway), event(buyer.payment.merchant_order_id)

    with own.another_application() as address:
        others = [HttpCustomer(buyer.transport, url) for url in (address, own.system.base_url)]
        buyer.pay(come_back=False)
        together(20, lambda n: deliver(others[n % 2], signed, body) if n > 1 else buyer.come_back())

        assert settled(buyer) == "completed"
        done = "select count(*) from webhook_events where processed_at is null"
        until(lambda: rows(own, done), lambda seen: seen == [(0,)], "every event is processed")

    assert subscriptions(own) == [("completed", 1)]
    assert rows(own, "select count(*) from audit_log where action = 'subscription.activated'") == [(1,)]


@pytest.mark.promise("PAY-7.15")
def test_schedule_used_up__asked_again_within_the_hour(
    make_slice: Callable[..., Slice], transport: HttpxTransport, customers: Customers
) -> None:
    """When every question of the schedule was in vain, the gateway is asked again an hour later."""
    own = make_slice(RECONCILE_SCHEDULE="0.1x2")
    with gateway_of(own) as gateway:
        buyer = a_customer_of(own, transport, customers)
        faults = [{"route": "checkout.status", "status": 503, "count": 2}]
        gateway.behave(webhook={"mode": "lost"}, faults=faults)
        buyer.choose_plan("glide", "monthly")
        buyer.pay(come_back=False)
        until(lambda: asked(gateway), lambda times: times == 2, "the schedule is used up")
        assert buyer.payment_state() == "pending"

        Clock(clock_file(own), gateway).advance(3600)
        buyer.log_in()

        assert settled(buyer) == "completed"


@pytest.mark.promise("PAY-7.16")
def test_expired__only_when_the_gateway_says_so(
    own: Slice, own_gateway: Gateway, own_clock: Clock, buyer: HttpCustomer
) -> None:
    """Long after its time an unpaid order is pending while the gateway does not answer, and expired when it does."""
    own_gateway.behave(faults=[{"route": "checkout.status", "status": 503}])
    own_clock.advance(3500)
    before = asked(own_gateway)
    until(lambda: asked(own_gateway), lambda times: times > before + 2, "the gateway is asked, in vain")
    assert subscriptions(own) == [("pending", 0)]

    own_gateway.behave()

    assert settled(buyer) == "expired"
