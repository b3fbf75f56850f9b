"""The background work hangs, fails, or is cut off: it goes on by itself, and readiness says for how long it did not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from drivers.httpx_transport import HttpxTransport
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.gateway import Gateway
from fixtures.stack import need_it_here
from mocks.phonepe.client import AdminClient
from stack.slice import Slice
from tests.resilience.answers import down, metric, readiness
from tests.resilience.line import Line
from tests.support.buying import deliver, event, shown, signature
from tests.support.slices import locked, superuser

AGE = "raptorflow_reconciler_last_good_round_age_seconds"
MEANWHILE_S = 7.0
"""A question to the gateway that hangs takes 10 s."""
NO_LEASE_S = 10.0
"""A lease lasts 30 s: whoever waits for its end comes too late."""


@pytest.mark.promise("E2E-20.25")
@pytest.mark.requirement("PAY-9")
def test_no_good_round__readiness_and_metrics_say_so(
    make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """With the events locked no round is good: after five intervals readiness names the reconciler, and the metrics
    give its age; afterwards both are well again.
    """
    own = make_slice(RECONCILE_POLL_SECONDS="0.2")
    until(lambda: metric(own, transport, AGE), lambda age: age < 1.0, "the first rounds")
    assert down(readiness(own, transport)) == []

    with locked(own, "webhook_events"):
        until(lambda: down(readiness(own, transport)), lambda named: named == ["reconciler"], "it is named")
        assert metric(own, transport, AGE) > 5 * 0.2

    until(lambda: down(readiness(own, transport)), lambda named: named == [], "ready again")
    assert metric(own, transport, AGE) < 5 * 0.2


@pytest.mark.promise("PAY-7.12")
@pytest.mark.requirement("PAY-7")
def test_event_hit_by_an_error__does_not_wait_for_its_lease(
    make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """An event whose processing fails is looked into again soon: the payment completes long before the lease ends."""
    own = make_slice(RECONCILE_SCHEDULE="1000x1")
    customer = Customers(own.system, transport, "hit").a_new_customer()
    customer.choose_plan("glide", "monthly")
    with superuser(own) as connection, closing(AdminClient(str(own.system.gateway_admin_url))) as admin:
        gateway = Gateway(admin, str(own.system.merchant_id))
        gateway.behave(webhook={"mode": "lost"})
        connection.execute(
            "create function private.fail() returns trigger language plpgsql as"
            " $$ begin raise exception 'not now' using errcode = '40001'; end $$"
        )
        connection.execute("create trigger fail before insert on subscriptions execute function private.fail()")
        customer.pay(come_back=False)
        assert customer.payment is not None
        signed, body = signature(gateway), event(customer.payment.merchant_order_id)
        assert deliver(customer, signed, body).status == 200
        until(lambda: "not now" in Path(str(own.system.log_path)).read_text(), bool, "it was tried in vain")

        connection.execute("drop trigger fail on subscriptions")

        until(customer.payment_state, lambda state: state == "completed", "looked into again", deadline_s=NO_LEASE_S)


@pytest.mark.promise("PAY-7.19")
@pytest.mark.requirement("PAY-7")
def test_database_away_in_the_middle__nothing_waits_for_its_lease(
    make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """The answer to the COMMIT of a lease gets lost: the process holds an event and does not know so. It is given back
    with the next round, long before the lease ends.
    """
    own = make_slice(RECONCILE_SCHEDULE="1000x1", RECONCILE_POLL_SECONDS="3")
    need_it_here(own)
    with Line.to_database(own.environment["WORKER_DATABASE_URL"]) as line:
        own.restart_application(WORKER_DATABASE_URL=line.dsn(own.environment["WORKER_DATABASE_URL"]))
        customer = Customers(own.system, transport, "leased").a_new_customer()
        customer.choose_plan("glide", "monthly")
        with closing(AdminClient(str(own.system.gateway_admin_url))) as admin:
            gateway = Gateway(admin, str(own.system.merchant_id))
            gateway.behave(webhook={"mode": "lost"})
            customer.pay(come_back=False)
            assert customer.payment is not None
            line.lose_answer_to(b"commit", after=b"lease_due_webhooks")
            assert deliver(customer, signature(gateway), event(customer.payment.merchant_order_id)).status == 200
            until(lambda: line.lost, lambda lost: lost == 1, "the lease got lost")

        until(customer.payment_state, lambda state: state == "completed", "looked into", deadline_s=NO_LEASE_S)


@pytest.mark.promise("PAY-7.13")
@pytest.mark.requirement("PAY-9")
def test_one_hanging_order__does_not_hold_up_the_others(own: Slice, customers: Customers, own_gateway: Gateway) -> None:
    """While the gateway takes its time over some orders, another is settled at once."""
    slow, quick = customers.a_new_customer(), customers.a_new_customer()
    hang = {"route": "checkout.status", "latency_s": 20, "count": 1}
    own_gateway.behave(webhook={"mode": "lost"}, faults=[hang])
    slow.choose_plan("glide", "monthly")
    until(lambda: _leased(own), lambda leased: leased >= 1, "the slow one is asked about")

    quick.choose_plan("glide", "monthly")
    quick.pay(come_back=False)

    until(quick.payment_state, lambda state: state == "completed", "settled meanwhile", deadline_s=MEANWHILE_S)
    assert shown(slow)["state"] == "pending"


def _leased(own: Slice) -> int:
    with superuser(own) as connection:
        row = connection.execute("select count(*) from payments where leased_by is not null").fetchone()
    return int(row[0]) if row else 0
