"""The payer is back: what the gateway says of the order decides, and the page says it in plain words."""

from __future__ import annotations

import pytest

from drivers.http import HttpCustomer
from drivers.pages import Page
from fixtures.customers import Customers
from fixtures.gateway import Gateway
from fixtures.witnesses import Witnesses

pytestmark = pytest.mark.requirement("PAY-6")


def callback(customer: HttpCustomer, order: str, more: str = "") -> Page:
    """Where the callback page of an order leads somebody who is logged in at the website."""
    if not customer.site.cookies:
        customer.visit(customer.routes.url("billing_page"))
    return customer.site.get(f"{customer.routes.url('callback_page')}?merchantOrderId={order}{more}", "callback page")


@pytest.mark.promise("PAY-6.1", "PAY-6.6")
def test_redirect_alone__activates(customers: Customers, gateway: Gateway, witnesses: Witnesses) -> None:
    """With every webhook lost, the redirect makes us ask the gateway, and leads to the success page with access."""
    customer = customers.a_new_customer()
    gateway.behave(webhook={"mode": "lost"})
    order = customer.choose_plan("glide", "monthly").merchant_order_id
    customer.pay(come_back=False)

    page = callback(customer, order)

    assert page.path == "/onboarding/success"
    assert not customer.me().needs_payment
    assert len(witnesses.of(customer).rows.subscriptions) == 1


@pytest.mark.promise("PAY-6.2", "PAY-6.5")
@pytest.mark.parametrize("claim", ["&state=COMPLETED&code=PAYMENT_SUCCESS&amount=700000", "&status=completed"])
def test_claims_in_the_address__are_not_believed(customers: Customers, witnesses: Witnesses, claim: str) -> None:
    """An unpaid order is pending, whatever the address says of it; the page says so and follows its events."""
    customer = customers.a_new_customer()
    payment = customer.choose_plan("glide", "monthly")

    page = callback(customer, payment.merchant_order_id, claim)

    assert page.path.startswith("/onboarding/plans/callback")
    assert "<h1>Waiting for your payment</h1>" in page.response.text
    assert f'data-events="/api/v1/payments/{payment.id}/events"' in page.response.text
    assert customer.payment_state() == "pending"
    assert witnesses.of(customer).rows.subscriptions == []


@pytest.mark.promise("PAY-6.3")
def test_failed__says_why_and_offers_another_try(customers: Customers) -> None:
    """Somebody whose account was empty reads that it was, and finds the way to the plans."""
    customer = customers.a_new_customer()
    order = customer.choose_plan("glide", "monthly").merchant_order_id
    customer.pay("failure:INSUFFICIENT_BALANCE", come_back=False)

    page = callback(customer, order)

    assert (page.response.status, "not enough money" in page.response.text) == (200, True)
    assert '<a class="button" href="/onboarding/plans">' in page.response.text


@pytest.mark.promise("PAY-6.4")
@pytest.mark.parametrize("order", ["", "never-was", "a" * 64, "..%2F..", "%00"])
def test_unknown_order__is_404(customers: Customers, order: str) -> None:
    """An order that never was, and what no order can be called, is not found."""
    assert callback(customers.a_new_customer(), order).response.status == 404


@pytest.mark.promise("PAY-6.4")
def test_order_of_my_other_workspace__is_404_in_this_one(customers: Customers) -> None:
    """Somebody with two workspaces finds an order only in the one that bought it."""
    customer = customers.a_paid_customer()
    assert customer.payment is not None
    order = customer.payment.merchant_order_id
    second = customer.call("POST", "workspaces", {"name": "Second"}).json()["id"]
    assert callback(customer, order).path == "/onboarding/success"

    customer.site.cookies["raptorflow_workspace"] = second

    assert callback(customer, order).response.status == 404
