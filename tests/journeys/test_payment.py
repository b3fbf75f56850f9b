"""What happens on the way to the money and back."""

from __future__ import annotations

import pytest

from core.contract import PRICES, Cycle, Plan
from drivers.browser import BrowserCustomer
from drivers.customer import Customer, Subscription
from drivers.waiting import until
from fixtures.customers import Customers, Stranger
from fixtures.gateway import Clock, Gateway
from fixtures.witnesses import Witnesses
from witness.database import DatabaseWitness

SETTLES_S = 30


def states(database: DatabaseWitness, customer: Customer) -> list[str]:
    """The states of a customer's payments, as the database has them."""
    rows = database.customer(customer.identity.email)
    assert rows is not None
    return sorted(payment.state for payment in rows.payments)


@pytest.mark.promise("PAY-9.2", "PAY-9.14")
@pytest.mark.requirement("PAY-9")
@pytest.mark.parametrize(("plan", "cycle"), PRICES)
def test_each_plan__is_charged_and_activated(
    plan: Plan, cycle: Cycle, customers: Customers, witnesses: Witnesses
) -> None:
    """Whatever plan is bought, the gateway is asked for its price, and that plan and cycle become active."""
    customer = customers.a_paid_customer(plan, cycle)

    assert customer.subscription() == Subscription(plan, cycle, "active")
    seen = witnesses.of(customer)
    assert seen.money() == []
    assert [payment.amount for payment in seen.rows.payments] == [PRICES[plan, cycle]]


@pytest.mark.promise("PAY-9.14", "PAY-10.16")
@pytest.mark.requirement("PAY-9")
def test_each_button__leads_to_its_price(at_browser: BrowserCustomer, stranger: Stranger) -> None:
    """Each of the six buttons leads to the gateway's page for that plan's price, by the month or by the year."""
    at_browser.sign_up(stranger.identity)

    asked = {(plan, cycle): at_browser.choose_plan(plan, cycle).amount for plan, cycle in PRICES}

    assert asked == PRICES


@pytest.mark.promise("PAY-10.10")
@pytest.mark.requirement("PAY-10", "E2E-20")
def test_payment_fails__then_succeeds(customer: Customer, stranger: Stranger, witnesses: Witnesses) -> None:
    """A customer whose payment failed is told so, tries again with a new order, and is activated once."""
    customer.sign_up(stranger.identity)
    refused = customer.choose_plan("glide", "monthly")
    customer.pay("failure:INSUFFICIENT_BALANCE")
    customer.wait_for_payment("failed")
    assert customer.subscription() is None

    again = customer.choose_plan("glide", "monthly")
    customer.pay()
    customer.wait_for_payment("completed")

    assert again.merchant_order_id != refused.merchant_order_id
    assert customer.subscription() == Subscription("glide", "monthly", "active")
    seen = witnesses.of(customer)
    assert seen.money() == []
    assert sorted(payment.state for payment in seen.rows.payments) == ["completed", "failed"]


@pytest.mark.promise("PAY-9.7")
@pytest.mark.requirement("PAY-10")
def test_payment_cancelled__nothing_is_activated(customer: Customer, stranger: Stranger, witnesses: Witnesses) -> None:
    """A customer who cancels at the gateway has paid nothing and has no access."""
    customer.sign_up(stranger.identity)
    customer.choose_plan("soar", "monthly")
    customer.pay("cancel")
    customer.wait_for_payment("failed")

    assert customer.subscription() is None
    assert witnesses.of(customer).money() == []


@pytest.mark.promise("PAY-8.12")
@pytest.mark.requirement("PAY-8", "PAY-7")
def test_pending_payment__completes_while_the_customer_watches(
    customer: Customer, stranger: Stranger, gateway: Gateway, witnesses: Witnesses
) -> None:
    """A payment that the bank confirms later is shown as pending, and then as completed without being asked again."""
    gateway.behave(settle_pending_after_s=SETTLES_S)
    customer.sign_up(stranger.identity)
    customer.choose_plan("glide", "monthly")
    customer.pay("pending")
    customer.wait_for_payment("pending")

    gateway.advance(SETTLES_S + 1)

    customer.wait_for_payment("completed")
    assert witnesses.of(customer).money() == []


@pytest.mark.promise("PAY-7.13", "PAY-8.12")
@pytest.mark.requirement("PAY-8", "PAY-7")
def test_pending_payment__completes_by_the_reconciler_alone(
    customer: Customer, stranger: Stranger, gateway: Gateway, clock: Clock, witnesses: Witnesses
) -> None:
    """The bank confirms later and no webhook comes: the system asks by itself, and who watches is told."""
    gateway.behave(settle_pending_after_s=SETTLES_S, webhook={"mode": "lost"})
    customer.sign_up(stranger.identity)
    bought = customer.choose_plan("glide", "monthly")
    customer.pay("pending")
    customer.wait_for_payment("pending")

    clock.advance(SETTLES_S + 60)

    customer.wait_for_payment("completed")
    assert witnesses.of(customer).money() == []
    assert {each["acknowledged_at"] for each in gateway.deliveries(bought.merchant_order_id)} <= {None}


@pytest.mark.promise("PAY-7.13")
@pytest.mark.requirement("PAY-7")
def test_lost_redirect__the_webhook_activates(
    customer: Customer, stranger: Stranger, witnesses: Witnesses, database: DatabaseWitness
) -> None:
    """A customer whose browser never comes back from the gateway has the plan that they paid for."""
    customer.sign_up(stranger.identity)
    customer.choose_plan("glide", "monthly")
    customer.pay(come_back=False)

    until(lambda: states(database, customer), lambda seen: seen == ["completed"], "the payment completed by webhook")
    assert customer.subscription() == Subscription("glide", "monthly", "active")
    assert witnesses.of(customer).money() == []


@pytest.mark.promise("PAY-7.13")
@pytest.mark.requirement("PAY-7", "PAY-9")
def test_lost_webhook_and_redirect__the_reconciler_activates(
    customers: Customers, gateway: Gateway, clock: Clock, witnesses: Witnesses
) -> None:
    """With neither webhook nor redirect, the system asks the gateway by itself and activates what was paid."""
    gateway.behave(webhook={"mode": "lost"})
    customer = customers.a_new_customer()
    customer.choose_plan("glide", "annual")
    customer.pay(come_back=False)
    assert customer.payment_state() == "pending"

    clock.advance(60)

    customer.wait_for_payment("completed")
    seen = witnesses.of(customer)
    assert seen.money() == []
    assert len(seen.rows.subscriptions) == 1


@pytest.mark.promise("PAY-6.8")
@pytest.mark.requirement("PAY-6")
def test_abandoned_payment__another_try_is_offered(at_browser: BrowserCustomer, stranger: Stranger) -> None:
    """A customer who left the gateway's page unpaid finds the plans again, and can pay for one."""
    at_browser.sign_up(stranger.identity)
    at_browser.choose_plan("ascent", "monthly")

    at_browser.open("/dashboard")
    at_browser.choose_plan("glide", "monthly")
    at_browser.pay()

    at_browser.wait_for_payment("completed")
    assert at_browser.subscription() == Subscription("glide", "monthly", "active")


@pytest.mark.promise("PAY-6.4")
@pytest.mark.requirement("PAY-6", "BCM-17")
def test_another_customers_order__is_unknown(customers: Customers) -> None:
    """The callback page of somebody else's order says no more than that of an order that never was."""
    owner, other = customers.a_paid_customer(), customers.a_new_customer()
    assert owner.payment is not None
    theirs = owner.payment.merchant_order_id
    other.visit(other.routes.url("plans_page"))

    answers = [
        other.site.get(f"{other.routes.url('callback_page')}?merchantOrderId={order}", "callback page").response
        for order in (theirs, "never-was")
    ]

    assert [answer.status for answer in answers] == [404, 404]
    assert theirs not in answers[0].text


@pytest.mark.promise("PAY-9.6")
@pytest.mark.requirement("PAY-9")
def test_upgrade__replaces_the_plan(customer: Customer, stranger: Stranger, witnesses: Witnesses) -> None:
    """Another plan replaces the one that runs, from the moment it is paid."""
    customer.sign_up(stranger.identity)
    plans: tuple[Plan, ...] = ("ascent", "soar")
    for plan in plans:
        customer.choose_plan(plan, "monthly")
        customer.pay()
        customer.wait_for_payment("completed")

    assert customer.subscription() == Subscription("soar", "monthly", "active")
    seen = witnesses.of(customer)
    assert seen.money() == []
    assert sorted(row.status for row in seen.rows.subscriptions) == ["active", "replaced"]


@pytest.mark.promise("PAY-9.7")
@pytest.mark.requirement("PAY-9", "PAY-10")
def test_failed_upgrade__leaves_the_plan_untouched(
    customer: Customer, stranger: Stranger, witnesses: Witnesses
) -> None:
    """A purchase that fails changes nothing about the plan that runs."""
    customer.sign_up(stranger.identity)
    customer.choose_plan("ascent", "monthly")
    customer.pay()
    customer.wait_for_payment("completed")
    before = witnesses.of(customer).rows.subscriptions

    customer.choose_plan("soar", "monthly")
    customer.pay("failure")
    customer.wait_for_payment("failed")

    assert customer.subscription() == Subscription("ascent", "monthly", "active")
    assert witnesses.of(customer).rows.subscriptions == before


@pytest.mark.promise("PAY-9.10")
@pytest.mark.requirement("PAY-9")
def test_cancelled_plan__access_stays(customer: Customer, stranger: Stranger, witnesses: Witnesses) -> None:
    """A cancelled subscription still gives access until its period ends."""
    customer.sign_up(stranger.identity)
    customer.choose_plan("glide", "monthly")
    customer.pay()
    customer.wait_for_payment("completed")

    customer.cancel_subscription()

    assert customer.subscription() == Subscription("glide", "monthly", "cancelled")
    assert customer.start_onboarding() == 1
    assert [row.status for row in witnesses.of(customer).rows.subscriptions] == ["cancelled"]


@pytest.mark.promise("PAY-9.10")
@pytest.mark.requirement("PAY-9", "ONB-11")
def test_cancelled_plan__access_ends_with_its_period(customers: Customers, clock: Clock) -> None:
    """When the period of a cancelled subscription is over, onboarding asks for a plan again."""
    customer = customers.a_paid_customer("glide", "monthly")
    customer.cancel_subscription()

    clock.advance(32 * 24 * 3600)
    customer.log_in()

    assert customer.me().needs_payment is True
    assert customer.call("POST", "session").status == 402
