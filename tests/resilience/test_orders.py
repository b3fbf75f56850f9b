"""Orders of which the gateway, or the database, says something else than what is so: no customer's money is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlencode

import pytest

from drivers.http import HttpCustomer, _payment
from drivers.httpx_transport import HttpxTransport
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.gateway import Clock, Gateway
from fixtures.stack import need_it_here
from mocks.phonepe.client import AdminClient
from stack.slice import Slice
from tests.resilience.answers import put_off, timed
from tests.resilience.line import Line
from tests.support.buying import buy, settled, shown
from tests.support.problems import refused
from tests.support.sessions import log_in, send, set_by
from tests.support.slices import asked, clock_file, superuser

pytestmark = pytest.mark.requirement("PAY-10")
UNKNOWN = {"route": "checkout.status", "status": 404, "body": {"code": "ORDER_NOT_FOUND", "message": "x"}}
HOUR = 3600


@pytest.fixture
def own_clock(own: Slice, own_gateway: Gateway) -> Clock:
    """The time of the slice and of its gateway."""
    return Clock(clock_file(own), own_gateway)


@pytest.mark.promise("PAY-7.21")
def test_order_that_was_given__is_not_lost_by_one_denial(
    own: Slice, own_gateway: Gateway, own_clock: Clock, newcomer: HttpCustomer
) -> None:
    """The gateway has given the order and then denies it once, long after it must know: it stays pending, the question
    is asked again, and what the customer pays counts.
    """
    own_gateway.behave(webhook={"mode": "lost"}, faults=[{**UNKNOWN, "count": 3}])
    newcomer.choose_plan("glide", "monthly")
    own_clock.advance(120)
    before = asked(own_gateway)
    until(lambda: asked(own_gateway), lambda times: times > before + 4, "asked again after the denials")

    assert shown(newcomer)["state"] == "pending"
    newcomer.pay(come_back=False)
    assert settled(newcomer) == "completed"


@pytest.mark.promise("PAY-7.18")
def test_order_closed_by_us__is_asked_about_for_two_days(
    own: Slice, own_gateway: Gateway, own_clock: Clock, newcomer: HttpCustomer
) -> None:
    """An order that seemed never placed turns out paid within 48 h: the payment completes, with nobody's help. After
    that it is not asked about any more.
    """
    lost = {"route": "checkout.pay", "status": 502, "when": "after"}
    own_gateway.behave(webhook={"mode": "lost"}, faults=[lost, UNKNOWN])
    payment = refused(buy(newcomer, "key"), 502, "GATEWAY_UNAVAILABLE")
    own_clock.advance(200)
    newcomer.payment = _payment(newcomer.call("GET", "payment", payment=payment["payment_id"]).json()["payment"])
    assert settled(newcomer) == "failed"

    own_gateway.admin.pay(own_gateway.merchant_id, payment["merchant_order_id"])
    own_gateway.behave(webhook={"mode": "lost"})
    own_clock.advance(2 * HOUR)
    newcomer.log_in()

    until(newcomer.payment_state, lambda state: state == "completed", "the money was found")


@pytest.mark.promise("PAY-7.18")
def test_order_closed_long_ago__is_asked_about_no_more(
    own: Slice, own_gateway: Gateway, own_clock: Clock, newcomer: HttpCustomer
) -> None:
    """An order that failed is asked about hourly until 48 h after its beginning, and then left alone."""
    own_gateway.behave(faults=[{"route": "checkout.pay", "status": 400, "body": {"code": "BAD_REQUEST"}, "count": 1}])
    refused(buy(newcomer, "key"), 502, "GATEWAY_REFUSED")
    times = 0

    while _next_question(own) is not None:
        before = asked(own_gateway)
        own_clock.advance(6 * HOUR)
        times += 1
        until(lambda: asked(own_gateway), lambda seen: seen > before, "asked about again")  # noqa: B023

    assert times == 8, "every six hours of 48"


@pytest.mark.promise("PAY-10.16", "PAY-10.10")
@pytest.mark.parametrize("fault", ["throttled", "empty answer", "R999", "no page"])
def test_pay_call_that_failed_for_good__the_page_comes_to_a_new_order(
    newcomer: HttpCustomer, own_gateway: Gateway, own_clock: Clock, fault: str
) -> None:
    """Whatever the gateway's answer was, once the order's fate is known the form that is sent again leads to a page to
    pay on, by an order of its own.
    """
    answer = {
        "throttled": {"status": 429, "when": "before"},
        "empty answer": {"status": 200, "body": "", "when": "before"},
        "R999": {"status": 400, "body": {"code": "R999", "message": "x"}, "when": "before"},
        "no page": {"status": 200, "body": {"orderId": "OMO1", "state": "PENDING"}, "when": "before"},
    }[fault]
    customer = newcomer
    cookies = {name: each.value for name, each in set_by(log_in(customer)).items()}
    form = urlencode({"attempt": "1", "plan": "glide", "billing_cycle": "monthly"}).encode()
    own_gateway.behave(faults=[{"route": "checkout.pay", **answer, "count": 1}])

    first = send(customer, "POST", "/onboarding/plans", cookies, form)
    assert first.status == 502
    own_clock.advance(150)
    (payment,) = customer.call("GET", "payments").json()["payments"]
    customer.payment = _payment(payment)
    assert settled(customer) == "failed"
    again = send(customer, "POST", "/onboarding/plans", cookies, form)

    assert (again.status, 'http-equiv="refresh"' in again.text) == (200, True)
    states = [each["state"] for each in customer.call("GET", "payments").json()["payments"]]
    assert states == ["pending", "failed"]


@pytest.mark.promise("PAY-10.7")
def test_commit_whose_answer_got_lost__the_same_key_goes_on_at_once(
    make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """The payment's row is there, and the customer was told to come again: with the same key they are led to the
    gateway at once, by one order.
    """
    own = make_slice()
    need_it_here(own)
    with Line.to_database(own.environment["DATABASE_URL"]) as line:
        own.restart_application(DATABASE_URL=line.dsn(own.environment["DATABASE_URL"]))
        customer = Customers(own.system, transport, "commit").a_new_customer()
        line.lose_answer_to(b"commit", after=b"insert into public.payments")

        put_off(timed(customer, "POST", "payments", PLAN, headers={"idempotency-key": "k"}), "DATABASE_UNAVAILABLE")
        began = time.monotonic()
        again = buy(customer, "k", PLAN)

        assert line.lost == 1
        assert again.status == 200
        assert again.json()["redirect_url"]
        assert time.monotonic() - began < 3.0
        with closing(AdminClient(str(own.system.gateway_admin_url))) as admin:
            placed = admin.ledger(str(own.system.merchant_id), "orders")["orders"]
        assert len(placed) == 1


PLAN = {"plan": "glide", "billing_cycle": "monthly"}


def _next_question(own: Slice) -> object:
    """When the gateway is asked about the one payment next, once nobody is asking; None for never again."""
    with superuser(own) as connection:
        query = "select state, next_check_at from payments where leased_by is null"
        row = until(lambda: connection.execute(query.encode()).fetchone(), bool, "nobody asks")
    assert row is not None
    assert row[0] == "failed"
    return row[1]
