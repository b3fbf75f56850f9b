"""Choosing a plan makes one order for the plan's own price, however often it is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from core.contract import PRICES, Cycle, Plan
from drivers.customer import Payment
from fixtures.customers import Customers
from fixtures.gateway import Clock, Gateway
from fixtures.witnesses import Witnesses
from tests.support.buying import GLIDE, buy, settled, shown
from tests.support.problems import refused
from tests.support.together import together

pytestmark = pytest.mark.requirement("PAY-10")


@pytest.mark.promise("PAY-9.14")
@pytest.mark.requirement("PAY-9")
@pytest.mark.parametrize(("plan", "cycle"), PRICES)
def test_amount__is_the_plans(customers: Customers, witnesses: Witnesses, plan: Plan, cycle: Cycle) -> None:
    """The gateway is asked for exactly what the plan costs."""
    offer = buy(customers.a_new_customer(), body={"plan": plan, "billing_cycle": cycle}).json()

    order = witnesses.ledger.order(offer["payment"]["merchant_order_id"])

    assert order is not None
    assert order.amount == offer["payment"]["amount"] == PRICES[plan, cycle]


@pytest.mark.promise("PAY-10.4")
def test_one_key_at_once__makes_one_order(customers: Customers, witnesses: Witnesses) -> None:
    """Twenty initiations with one key at the same moment: one 201, nineteen 200, one row, one page to pay on."""
    customer = customers.a_new_customer()

    answers = together(20, lambda _: buy(customer, "one-key"))

    assert Counter(answer.status for answer in answers) == {201: 1, 200: 19}
    assert len({answer.json()["payment"]["id"] for answer in answers}) == 1
    assert len({answer.json()["redirect_url"] for answer in answers}) == 1
    assert witnesses.database.count("payments", workspace_id=customer.workspace_id) == 1


@pytest.mark.promise("PAY-10.3", "PAY-10.5")
def test_key_for_another_purchase__is_refused(customers: Customers) -> None:
    """A key stays with its first purchase, for ever; another workspace may use the same text."""
    customer, other = customers.a_new_customer(), customers.a_new_customer()
    first = buy(customer, "key")

    refused(buy(customer, "key", GLIDE | {"plan": "soar"}), 422, "IDEMPOTENCY_KEY_REUSED")

    assert (first.status, buy(other, "key").status) == (201, 201)
    assert buy(customer, "key").json()["payment"] == first.json()["payment"]


@pytest.mark.promise("PAY-10.2")
def test_no_key__is_asked_for(customers: Customers) -> None:
    """Without an Idempotency-Key nothing is bought."""
    customer = customers.a_new_customer()

    refused(customer.call("POST", "payments", GLIDE), 400, "IDEMPOTENCY_KEY_REQUIRED")

    assert customer.call("GET", "payments").json()["payments"] == []


@pytest.mark.promise("PAY-9.15", "PAY-10.18")
@pytest.mark.parametrize("bad", [{"amount": 1}, {"plan": "free"}, {"billing_cycle": "weekly"}, {"plan": None}])
def test_bad_purchase__is_refused(customers: Customers, bad: dict[str, object]) -> None:
    """A price of the client's own, an unknown plan or cycle: 422, and nothing is bought."""
    customer = customers.a_new_customer()

    refused(buy(customer, body=GLIDE | bad), 422, "INVALID_INPUT")

    assert customer.call("GET", "payments").json()["payments"] == []


FAULTS: dict[str, dict[str, object]] = {
    "5xx before the order": {"status": 503, "body": "R999", "when": "before"},
    "throttled": {"status": 429, "when": "before"},
    "connection reset": {"hang_up": "reset", "when": "before"},
}


@pytest.mark.promise("PAY-10.7", "PAY-7.17")
@pytest.mark.parametrize("fault", FAULTS)
def test_gateway_away__nothing_lost(customers: Customers, gateway: Gateway, clock: Clock, fault: str) -> None:
    """The customer is told, the payment is pending and has no page; once its time is over it has failed, for free, and
    the same key comes to a new order, which can be paid.
    """
    customer = customers.a_new_customer()
    gateway.behave(faults=[{"route": "checkout.pay", **FAULTS[fault]}])

    document = refused(buy(customer, "key"), 502, "GATEWAY_UNAVAILABLE")

    again = buy(customer, "key")
    assert (again.status, again.json()["redirect_url"], again.json()["payment"]["state"]) == (200, None, "pending")
    assert again.json()["payment"]["id"] == document["payment_id"]
    clock.advance(60)
    customer.payment = _as_payment(again.json()["payment"])
    customer.come_back()
    assert customer.payment_state() == "pending", "the gateway knows no such order, and may yet learn of it"
    clock.advance(60)
    customer.log_in()
    assert settled(customer) == "failed"
    assert shown(customer)["failure"]["code"] == "ORDER_NEVER_PLACED"
    gateway.behave()
    second = buy(customer, "key")
    assert (second.status, second.json()["payment"]["state"]) == (201, "pending")
    customer.payment, customer.gateway_page = _as_payment(second.json()["payment"]), second.json()["redirect_url"]
    customer.pay()
    assert settled(customer) == "completed"
    assert buy(customer, "key").json()["payment"]["id"] == second.json()["payment"]["id"]


@pytest.mark.promise("PAY-10.7")
def test_order_placed__answer_lost__paid_once(
    customers: Customers, gateway: Gateway, clock: Clock, witnesses: Witnesses
) -> None:
    """The gateway took the order and its answer was lost: what becomes of the order is what the payment becomes."""
    customer = customers.a_new_customer()
    gateway.behave(faults=[{"route": "checkout.pay", "status": 502, "when": "after"}])
    refused(buy(customer, "key"), 502, "GATEWAY_UNAVAILABLE")
    gateway.behave(webhook={"mode": "lost"})
    customer.payment = _as_payment(buy(customer, "key").json()["payment"])

    clock.advance(3700)
    customer.log_in()

    assert settled(customer) == "expired"
    assert witnesses.of(customer).money() == []


@pytest.mark.promise("PAY-10.8")
def test_refused_order__says_so(customers: Customers, gateway: Gateway) -> None:
    """An order that the gateway refuses has failed, in words for a customer, and a new try makes a new order."""
    customer = customers.a_new_customer()
    gateway.behave(faults=[{"route": "checkout.pay", "status": 400, "body": {"code": "BAD_REQUEST"}, "count": 1}])

    document = refused(buy(customer, "key"), 502, "GATEWAY_REFUSED")

    payment = customer.call("GET", "payment", payment=document["payment_id"]).json()["payment"]
    assert (payment["state"], payment["failure"]["code"]) == ("failed", "ORDER_REFUSED")
    assert payment["failure"]["message"] == document["detail"]
    assert "_" not in document["detail"]
    ids = [buy(customer, key).json()["payment"]["id"] for key in ("key", "another")]
    assert len({*ids, payment["id"]}) == 3


@pytest.mark.promise("PAY-8.11")
@pytest.mark.requirement("PAY-8")
def test_other_tenants_payment__does_not_exist(customers: Customers) -> None:
    """Another tenant's payment is answered like one that never was, on every route."""
    owner, stranger = customers.a_new_customer(), customers.a_new_customer()
    payment = buy(owner).json()["payment"]["id"]
    nowhere = "00000000-0000-4000-8000-000000000000"

    for method, route in (("GET", "payment"), ("GET", "payment_events"), ("POST", "refunds")):
        theirs = refused(stranger.call(method, route, payment=payment), 404, "PAYMENT_NOT_FOUND")
        nobodys = refused(stranger.call(method, route, payment=nowhere), 404, "PAYMENT_NOT_FOUND")
        assert theirs["detail"] == nobodys["detail"]


def _as_payment(said: Mapping[str, Any]) -> Payment:
    return Payment(said["merchant_order_id"], said["plan"], said["billing_cycle"], said["amount"], said["id"])
