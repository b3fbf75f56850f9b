"""What a payment gives, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.gateway import Clock
from fixtures.witnesses import Witnesses
from tests.support.buying import bought, settled, subscription
from tests.support.problems import refused

pytestmark = pytest.mark.requirement("PAY-9")
DAY = 86_400.0


def seconds_until(moment: str) -> float:
    """From the machine's present to a moment in RFC 3339."""
    return (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds()


@pytest.mark.promise("PAY-9.3")
@pytest.mark.parametrize(
    ("bought_on", "cycle", "ends_on"),
    [
        ("2027-01-31", "monthly", "2027-02-28"),
        ("2028-01-31", "monthly", "2028-02-29"),
        ("2027-02-28", "monthly", "2027-03-28"),
        ("2028-02-29", "annual", "2029-02-28"),
        ("2027-12-15", "monthly", "2028-01-15"),
    ],
)
def test_period__is_by_the_calendar(
    customers: Customers, clock: Clock, bought_on: str, cycle: str, ends_on: str
) -> None:
    """A month or a year of the calendar, cut to the last day of a shorter month."""
    clock.set(seconds_until(f"{bought_on}T12:00:00+00:00"))
    customer = customers.a_new_customer()

    bought(customer, "glide", cycle)

    period = subscription(customer)["subscription"]
    assert (period["period_start"][:10], period["period_end"][:10]) == (bought_on, ends_on)
    assert period["period_start"][11:] == period["period_end"][11:]


@pytest.mark.promise("PAY-9.5")
def test_same_plan_again__is_appended(customers: Customers, clock: Clock, witnesses: Witnesses) -> None:
    """Bought three times from 31 January, a month ends on 28 February, 31 March and 30 April, without a gap."""
    clock.set(seconds_until("2027-01-31T12:00:00+00:00"))
    customer = customers.a_new_customer()

    for _ in range(3):
        bought(customer)

    periods = sorted(witnesses.of(customer).rows.subscriptions, key=lambda row: row.period_start)
    assert [str(row.period_end.astimezone(UTC).date()) for row in periods] == ["2027-02-28", "2027-03-31", "2027-04-30"]
    assert all(before.period_end == after.period_start for before, after in pairwise(periods))


@pytest.mark.promise("PAY-9.6")
def test_another_plan__replaces_from_now(customers: Customers) -> None:
    """An upgrade counts at once, for its own cycle."""
    customer = customers.a_new_customer()
    bought(customer, "glide", "monthly")

    bought(customer, "soar", "annual")

    now = subscription(customer)["subscription"]
    start, end = (datetime.fromisoformat(now[name]) for name in ("period_start", "period_end"))
    assert (now["plan"], now["billing_cycle"], now["status"]) == ("soar", "annual", "active")
    assert timedelta(days=365) <= end - start <= timedelta(days=366)


@pytest.mark.promise("PAY-9.7")
def test_failed_purchase__touches_nothing(customers: Customers) -> None:
    """A payment that fails leaves the running subscription as it was."""
    customer = customers.a_new_customer()
    bought(customer)
    before = subscription(customer)

    customer.choose_plan("soar", "annual")
    customer.pay("failure")

    assert settled(customer) == "failed"
    assert subscription(customer) == before


@pytest.mark.promise("PAY-9.12")
def test_end_of_period__grace_then_expired(customers: Customers, clock: Clock) -> None:
    """Access goes on for three days of grace after the period, and then is over; a new payment opens it again."""
    customer = customers.a_new_customer()
    bought(customer)
    ends = seconds_until(subscription(customer)["subscription"]["period_end"])

    def standing(at: float) -> tuple[str, bool | None]:
        clock.set(at)
        customer.log_in()
        return subscription(customer)["subscription"]["status"], customer.me().needs_payment

    assert standing(ends - 60) == ("active", False)
    assert standing(ends + 60) == ("past_due", False)
    assert standing(ends + 3 * DAY - 60) == ("past_due", False)
    assert standing(ends + 3 * DAY + 60) == ("expired", True)
    refused(customer.call("POST", "session"), 402, "SUBSCRIPTION_REQUIRED")
    bought(customer)
    assert standing(ends + 4 * DAY) == ("active", False)


@pytest.mark.promise("PAY-9.10")
def test_cancelled__until_the_period_ends(customers: Customers, clock: Clock) -> None:
    """A cancelled subscription gives access until its period ends, without grace; cancelling again changes nothing."""
    customer = customers.a_new_customer()
    bought(customer)
    ends = seconds_until(subscription(customer)["subscription"]["period_end"])

    first, second = customer.call("POST", "cancel_subscription"), customer.call("POST", "cancel_subscription")

    assert (first.status, second.status) == (200, 200)
    assert first.json() == second.json()
    assert (first.json()["subscription"]["status"], customer.me().needs_payment) == ("cancelled", False)
    clock.set(ends + 60)
    customer.log_in()
    assert (subscription(customer)["subscription"]["status"], customer.me().needs_payment) == ("expired", True)


@pytest.mark.promise("PAY-9.12")
def test_nothing_bought__nothing_to_cancel(customers: Customers) -> None:
    """Who never paid has no access and nothing to cancel."""
    customer = customers.a_new_customer()

    assert subscription(customer) == {"subscription": None, "needs_payment": True}
    refused(customer.call("POST", "cancel_subscription"), 409, "NO_SUBSCRIPTION")


@pytest.mark.promise("PAY-9.8", "PAY-9.9")
@pytest.mark.requirement("PAY-10")
def test_full_refund__ends_access(customers: Customers) -> None:
    """All of the money back ends what it had bought; a part of it does not."""
    customer = customers.a_new_customer()
    payment = bought(customer)["id"]

    assert customer.call("POST", "refunds", {"amount": 200_000}, payment=payment).status == 201
    until(customer.payment_state, lambda state: state == "partially_refunded", "the part is back")
    assert not customer.me().needs_payment
    assert customer.call("POST", "refunds", {}, payment=payment).json()["amount"] == 500_000
    until(customer.payment_state, lambda state: state == "refunded", "all is back")
    assert customer.me().needs_payment


@pytest.mark.promise("PAY-9.17")
@pytest.mark.requirement("PAY-10")
def test_refunded_upgrade__what_it_replaced_runs_again(customers: Customers) -> None:
    """Who gives an upgrade back keeps what they had paid for before it."""
    customer = customers.a_new_customer()
    bought(customer, "glide", "monthly")
    upgrade = bought(customer, "soar", "monthly")["id"]

    customer.call("POST", "refunds", payment=upgrade)

    until(lambda: subscription(customer)["subscription"]["plan"], lambda plan: plan == "glide", "glide runs again")
    assert subscription(customer)["subscription"]["status"] == "active"


@pytest.mark.promise("PAY-9.17")
@pytest.mark.requirement("PAY-10")
def test_refunded_first_period__the_appended_one_moves_up(customers: Customers) -> None:
    """Who gives the running one of two periods back goes on with the other at once, for a whole month."""
    customer = customers.a_new_customer()
    first = bought(customer)["id"]
    second = bought(customer)["id"]

    customer.call("POST", "refunds", payment=first)

    until(lambda: subscription(customer)["subscription"]["payment_id"], lambda paid: paid == second, "the other runs")
    now = subscription(customer)["subscription"]
    start, end = (datetime.fromisoformat(now[name]) for name in ("period_start", "period_end"))
    assert now["status"] == "active"
    assert timedelta(days=28) <= end - start <= timedelta(days=31)
    assert datetime.now(UTC) - start < timedelta(minutes=2)
