"""Every duration of money by the clock: just before, at and just after; at the ends of months, in any time zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.gateway import Clock
from fixtures.witnesses import Witnesses
from stack.embedded import Stack
from stack.slice import Slice
from tests.support.application import SETTINGS, asked
from tests.support.buying import bought, buy, deliver, event, signature, subscription
from tests.support.cast import session_cookies
from tests.support.times import moment, time_of
from tests.support.zones import ZONES, living_in

DAY, HOUR = 86_400, 3_600
PERIODS: tuple[tuple[str, str, str], ...] = (
    ("2027-01-31T20:30:00", "monthly", "2027-02-28T20:30:00"),
    ("2027-02-28T23:59:59", "monthly", "2027-03-28T23:59:59"),
    ("2028-01-30T04:30:00", "monthly", "2028-02-29T04:30:00"),
    ("2027-03-31T11:00:00", "monthly", "2027-04-30T11:00:00"),
    ("2027-12-31T19:00:00", "monthly", "2028-01-31T19:00:00"),
    ("2028-02-29T00:00:01", "annual", "2029-02-28T00:00:01"),
    ("2027-02-28T22:00:00", "annual", "2028-02-28T22:00:00"),
    ("2027-12-31T23:30:00", "annual", "2028-12-31T23:30:00"),
    ("2027-03-14T06:30:00", "monthly", "2027-04-14T06:30:00"),
    ("2027-10-31T05:30:00", "monthly", "2027-11-30T05:30:00"),
)
"""When a plan is bought, and when its period ends: month ends, leap days, year ends, days on which clocks change."""


def until_then(text: str) -> float:
    """Seconds from the machine's present to a moment."""
    return (moment(text) - datetime.now(UTC)).total_seconds()


@pytest.mark.promise("PAY-9.3", "PAY-9.4", "PAY-9.5", "E2E-20.11")
@pytest.mark.parametrize("zone", ZONES)
def test_period__is_counted_in_utc_wherever_the_server_is(
    make_slice: Callable[..., Slice], transport: HttpxTransport, zone: str
) -> None:
    """In whatever zone process and database live, a period is a month or year of UTC's calendar, to the second, its
    successor is appended to the anchor's day, and what is told are moments of UTC.
    """
    own = make_slice(**living_in(zone))
    customers, found = Customers(own.system, transport, zone), list[str]()
    with time_of(own) as clock:
        for begins, cycle, ends in PERIODS:
            clock.set(until_then(begins) - 1)
            customer = customers.a_new_customer()
            bought(customer, "glide", cycle)
            now = subscription(customer)["subscription"]
            start, end = moment(now["period_start"]), moment(now["period_end"])
            late = start - moment(begins)
            if (end - late, late < timedelta(seconds=60)) != (moment(ends), True):
                found.append(f"{begins} {cycle} ends {now['period_end']}")
            if not all(str(now[name]).endswith("Z") for name in ("period_start", "period_end", "created_at")):
                found.append(f"{now} is not told in UTC")
        bought(customer, "glide", cycle)
        again = subscription(customer)["subscription"]

    assert found == []
    assert moment(again["paid_until"]) > moment(again["period_end"])


@pytest.mark.promise("PAY-9.11", "PAY-9.12", "PAY-9.10")
def test_end__to_the_second(customers: Customers, clock: Clock) -> None:
    """By API and page, access lasts until a second before the end of the grace of three days, and of the period when
    the subscription was cancelled, and not for a second longer.
    """
    paying, leaving = customers.a_customer_with_a_manifest(), customers.a_customer_with_a_manifest()
    leaving.cancel_subscription()
    ends = {who: until_then(subscription(who)["subscription"]["period_end"]) for who in (paying, leaving)}
    found = list[str]()
    cases: tuple[tuple[HttpCustomer, float, str, bool], ...] = (
        (paying, -20, "active", True),
        (paying, 2, "past_due", True),
        (paying, 3 * DAY - 20, "past_due", True),
        (paying, 3 * DAY + 2, "expired", False),
        (leaving, -20, "cancelled", True),
        (leaving, 2, "expired", False),
    )

    for customer, beyond, status, opens in cases:
        clock.set(ends[customer] + beyond)
        customer.log_in()
        session_cookies(customer)
        said = subscription(customer)
        page = customer.site.get(customer.routes.url("dashboard_page"), "page")
        seen = (
            said["subscription"]["status"],
            not said["needs_payment"],
            not customer.me().needs_payment,
            customer.call("GET", "bcm").status == 200,
            page.path == "/dashboard",
        )
        if seen != (status, opens, opens, opens, opens):
            found.append(f"{beyond} s beyond the end: {seen} and not {status}, {opens}")

    assert found == []


@pytest.mark.promise("PAY-7.14", "PAY-8.3", "PAY-9.11", "PAY-10.19", "AUTH-2.18", "AUTH-2.5", "E2E-20.18")
def test_defaults__are_the_contracts(stack: Stack) -> None:
    """Where nothing is set, times and costs are what the contract says, and what docs/settings.md tells people."""
    defaults = asked(stack, SETTINGS)

    promised: dict[str, Any] = {
        "ACCESS_TOKEN_SECONDS": 3600,
        "REFRESH_TOKEN_SECONDS": 2_592_000,
        "GRACE_DAYS": 3,
        "HEARTBEAT_SECONDS": 15,
        "ARGON2_MEMORY_KIB": 19_456,
        "ARGON2_TIME_COST": 2,
        "ARGON2_PARALLELISM": 1,
        "PAYMENT_EXPIRES_SECONDS": 600,
        "RECONCILE_SCHEDULE": "22x1,3x10,6x10,10x6,30x2,60x60",
        "ENVIRONMENT": "development",
        "CLOCK_FILE": None,
    }
    assert {name: defaults[name] for name in promised} == promised
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    documented: dict[str, str] = {}
    for names, values in rows:
        given = [each.strip().strip("`") for each in values.split(",")]
        for name, value in zip((each.strip().strip("`") for each in names.split(",")), given, strict=False):
            documented[name] = value
    documented |= {"RECONCILE_SCHEDULE": next(v.strip().strip("`") for n, v in rows if "RECONCILE_SCHEDULE" in n)}
    told = {name: value for name, value in defaults.items() if value is not None}
    wrong = {
        name: (value, documented.get(name))
        for name, value in told.items()
        if name not in ("JWT_ISSUER", "PHONEPE_CLIENT_VERSION") and number(documented.get(name)) != number(value)
    }
    assert wrong == {}


def number(value: object) -> object:
    """A number as one, whatever it is written as; anything else as it is."""
    try:
        return float(str(value))
    except ValueError:
        return value


@pytest.mark.promise("PAY-7.14", "PAY-7.15")
def test_schedule__is_the_recommended_one_and_then_hourly(
    make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """Without a setting the gateway is asked after 22 s, then by PhonePe's intervals, and when they are used up once an
    hour: the next question stands in the row, and nothing is asked before it is due.
    """
    own = make_slice(RECONCILE_SCHEDULE=None, RECONCILE_POLL_SECONDS="0.02", PHONEPE_TIMEOUT_SECONDS="500")
    customer = Customers(own.system, transport, "schedule").a_new_customer()
    intervals = [22.0, *[3.0] * 10, *[6.0] * 10, *[10.0] * 6, *[30.0] * 2, *[60.0] * 60, HOUR, HOUR, HOUR]
    with time_of(own) as clock, psycopg.connect(str(own.system.database_dsn), autocommit=True) as database:
        clock.gateway.behave(webhook={"mode": "lost"}, faults=[{"route": "checkout.status", "status": 503}])
        made = buy(customer).json()["payment"]

        def row() -> tuple[int, datetime]:
            found = database.execute("select checks, next_check_at from payments").fetchall()
            return int(found[0][0]), found[0][1]

        def after(checks: int) -> tuple[float, float]:
            """The least and the most seconds that the next question can be away, once so many were asked."""
            begun = datetime.now(UTC)
            database.execute("update payments set checks = %s, next_check_at = %s", (checks - 1, begun))
            _, due = until(row, lambda seen: seen[0] == checks and not leased(seen[1] - begun), "asked when it was due")
            return (due - datetime.now(UTC)).total_seconds(), (due - begun).total_seconds()

        first = row()
        waits = {checks: after(checks) for checks in (1, 5, 10, 11, 20, 21, 26, 27, 28, 29, 60, 88, 89, 91)}

    assert first[0] == 0
    assert abs((first[1] - moment(made["created_at"])).total_seconds() - intervals[0]) < 0.01
    assert {n: wait for n, wait in waits.items() if not wait[0] <= intervals[n] <= wait[1]} == {}


def leased(wait: timedelta) -> bool:
    """Whether a question is being asked: it is due again after twice the time-out and 10 s, as no interval is."""
    return 900 < wait.total_seconds() < 1200


@pytest.mark.promise("PAY-7.17", "PAY-7.16")
def test_order_that_nobody_knows__has_failed_a_minute_after_the_time_out(
    make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """An order that never reached the gateway is pending until the pay call's time-out and 60 s are over, whoever
    asks, and then has failed.
    """
    own = make_slice(PHONEPE_TIMEOUT_SECONDS="60", RECONCILE_SCHEDULE="1000x1")
    customer = Customers(own.system, transport, "unknown").a_new_customer()
    away = {"route": "checkout.pay", "status": 503, "when": "before"}
    with time_of(own) as clock, psycopg.connect(str(own.system.database_dsn), autocommit=True) as database:
        clock.gateway.behave(faults=[away], webhook={"mode": "lost"})
        made = buy(customer).json()
        clock.gateway.behave(webhook={"mode": "lost"})
        signed, looked = signature(clock.gateway), "select count(*) from webhook_events where outcome is not null"

        def state_at(seconds: float, events: int) -> str:
            clock.set(seconds)
            deliver(customer, signed, event(made["merchant_order_id"], note=f"at {seconds}"))
            until(lambda: database.execute(looked.encode()).fetchall(), lambda seen: seen == [(events,)], "looked into")
            said: str = customer.call("GET", "payment", payment=made["payment_id"]).json()["payment"]["state"]
            return said

        assert [state_at(seconds, n) for n, seconds in enumerate((61, 95, 121), 1)] == ["pending", "pending", "failed"]


@pytest.mark.promise("PAY-10.19", "PAY-7.16")
def test_order__can_be_paid_until_it_says(customers: Customers, clock: Clock, witnesses: Witnesses) -> None:
    """A payment says that it can be paid for ten minutes, and the gateway was told the same."""
    customer = customers.a_new_customer()
    clock.gateway.behave(webhook={"mode": "lost"})
    payment = buy(customer).json()["payment"]

    life = moment(payment["expires_at"]) - moment(payment["created_at"])
    orders = clock.gateway.admin.ledger(clock.gateway.merchant_id, "orders")["orders"]
    told = next(each for each in orders if each["merchant_order_id"] == payment["merchant_order_id"])

    assert life == timedelta(minutes=10)
    assert abs(moment(str(told["expires_at"])) - moment(payment["expires_at"])) < timedelta(seconds=30), told
    clock.advance(700)
    customer.log_in()
    customer.payment = None
    assert witnesses.ledger.order(payment["merchant_order_id"]) is not None
    assert settled_state(customer, payment["id"]) == "expired"


def settled_state(customer: HttpCustomer, payment: str) -> str:
    """Where a payment comes to rest."""
    return until(
        lambda: str(customer.call("GET", "payment", payment=payment).json()["payment"]["state"]),
        lambda state: state not in ("created", "pending"),
        "the payment settled",
    )


@pytest.mark.promise("E2E-20.10")
def test_clock_file__counts_in_the_test_environment_alone(
    make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """With another environment the file that turns the clock is not read: tokens and periods are the machine's."""
    for environment in ("production", "staging", "development", None):
        own = make_slice(ENVIRONMENT=environment or "development")
        customer = Customers(own.system, transport, str(environment)).a_new_customer()
        with time_of(own) as clock:
            clock.set(40 * DAY)
            created = moment(customer.call("GET", "me").json()["created_at"])
            customer.log_in()
            assert customer.call("GET", "me").status == 200, environment
            made = customer.call("POST", "workspaces", {"name": "Now"}).json()["created_at"]
            clock.set(0)
        assert abs(moment(made) - datetime.now(UTC)) < timedelta(hours=1), environment
        assert abs(created - datetime.now(UTC)) < timedelta(hours=1), environment
