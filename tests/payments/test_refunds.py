"""Money back: never more than was paid, and once for each wish."""

from __future__ import annotations

import pytest

from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.gateway import Clock, Gateway
from fixtures.witnesses import Witnesses
from tests.support.buying import bought, buy
from tests.support.problems import refused
from tests.support.together import together

pytestmark = pytest.mark.requirement("PAY-10")


@pytest.mark.promise("PAY-10.11")
def test_refunds_at_once__never_above_what_was_paid(customers: Customers, witnesses: Witnesses) -> None:
    """Ten refunds of 200,000 paise at the same moment against 700,000 paid: three are taken, seven refused."""
    customer = customers.a_new_customer()
    payment = bought(customer)["id"]

    answers = together(
        10,
        lambda n: customer.call(
            "POST", "refunds", {"amount": 200_000}, payment=payment, headers={"idempotency-key": f"r{n}"}
        ),
    )

    assert sorted(answer.status for answer in answers) == [201] * 3 + [422] * 7
    refunds = witnesses.database.rows("refunds", customer.workspace_id)
    assert sum(row["amount"] for row in refunds) == 600_000


@pytest.mark.promise("PAY-10.12")
def test_one_key_at_once__one_refund(customers: Customers, witnesses: Witnesses) -> None:
    """One key asked for ten times at the same moment is one refund."""
    customer = customers.a_new_customer()
    payment = bought(customer)["id"]
    headers = {"idempotency-key": "once"}

    answers = together(
        10, lambda _: customer.call("POST", "refunds", {"amount": 50_000}, payment=payment, headers=headers)
    )

    assert sorted(answer.status for answer in answers) == [200] * 9 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(witnesses.database.rows("refunds", customer.workspace_id)) == 1
    reused = customer.call("POST", "refunds", {"amount": 60_000}, payment=payment, headers=headers)
    refused(reused, 422, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.promise("PAY-10.14")
def test_unpaid__nothing_to_give_back(customers: Customers) -> None:
    """A payment that nobody has paid yet cannot be refunded."""
    customer = customers.a_new_customer()
    payment = buy(customer).json()["payment"]["id"]

    refused(customer.call("POST", "refunds", payment=payment), 409, "NOT_REFUNDABLE")


@pytest.mark.promise("PAY-10.13")
@pytest.mark.parametrize("amount", [0, -1, 700_001, 2**63, 1.5, "100"])
def test_bad_amount__is_refused(customers: Customers, witnesses: Witnesses, amount: object) -> None:
    """Nothing, less than nothing, more than was paid, a fraction, a text: 422, and no money moves."""
    customer = customers.a_new_customer()
    payment = bought(customer)["id"]

    assert customer.call("POST", "refunds", {"amount": amount}, payment=payment).status == 422

    assert witnesses.database.rows("refunds", customer.workspace_id) == []


def refused_refunds(gateway: Gateway) -> list[object]:
    """The requests for refunds that the gateway has answered with 503."""
    requests = gateway.admin.ledger(gateway.merchant_id, "requests")["requests"]
    return [each for each in requests if (each["route"], each["status"]) == ("refund", 503)]


@pytest.mark.promise("PAY-10.17")
def test_refund_that_the_gateway_loses__is_carried_out(customers: Customers, clock: Clock) -> None:
    """The gateway is away when a refund is wished for: it is carried out when the gateway is back, once."""
    customer = customers.a_new_customer()
    payment = bought(customer)["id"]
    gateway = clock.gateway
    gateway.behave(faults=[{"route": "refund", "status": 503, "count": 1}])

    assert customer.call("POST", "refunds", payment=payment).status == 201
    until(lambda: refused_refunds(gateway), bool, "the gateway is asked, in vain")
    clock.advance(60)

    until(customer.payment_state, lambda state: state == "refunded", "the money is back", deadline_s=60)
    assert customer.payment is not None
    order = customer.payment.merchant_order_id
    books = gateway.admin.ledger(gateway.merchant_id)["refunds"]
    assert len([each for each in books if each["merchant_order_id"] == order]) == 1
