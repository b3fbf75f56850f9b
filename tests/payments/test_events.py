"""A payment's states, as they happen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from drivers.httpx_transport import HttpxTransport
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.stack import need
from stack.slice import Slice
from stack.system import System
from tests.support.buying import bought, buy
from tests.support.streams import WITHIN_S, Stream, following

pytestmark = pytest.mark.requirement("PAY-8")
ENDS_S = 1.0
"""The contract's deadline; a test waits five times as long, and the load metrics judge the deadline itself."""
BEAT_S = 0.05
PATIENCE_S = 1.0
"""How long the application waits for a connection before it says that there is none; an outage is longer."""
OUTAGE_BEATS = int(1.5 * PATIENCE_S / BEAT_S)


@pytest.mark.promise("PAY-8.1", "PAY-8.2", "PAY-8.4", "PAY-8.5")
def test_stream__present_state_then_each_change_then_the_end(customers: Customers) -> None:
    """The pending state comes at once, completion within a second of its commit, and then the stream ends."""
    customer = customers.a_new_customer()
    customer.choose_plan("glide", "monthly")
    assert customer.payment is not None
    with following(customer, str(customer.payment.id)) as stream:
        first = stream.next()
        customer.pay(come_back=False)
        second, end = stream.next(), stream.next()
    arrived = time.monotonic()

    assert first is not None
    assert second is not None
    assert (first[1]["state"], second[1]["state"], end) == ("pending", "completed", None)
    assert second[0] == second[1]["version"]
    assert second[0] > first[0]
    assert arrived - second[2] < 5 * ENDS_S


@pytest.mark.promise("PAY-8.4")
def test_ended_payment__answers_and_ends(customers: Customers) -> None:
    """The stream of a payment that is over gives its state and ends; who has seen it gets nothing more."""
    customer = customers.a_new_customer()
    payment = bought(customer)

    with following(customer, payment["id"]) as stream:
        first, end = stream.next(), stream.next()
    with following(customer, payment["id"], str(payment["version"])) as seen:
        status = seen.response.status

    assert first is not None
    assert (first[0], first[1]["state"], end, status) == (payment["version"], "completed", None, 204)


@pytest.mark.promise("PAY-8.6")
def test_last_event_id__gets_what_was_missed(customers: Customers) -> None:
    """Who saw the pending state and lost the connection gets the completion at once."""
    customer = customers.a_new_customer()
    pending = buy(customer).json()["payment"]
    customer.payment = None
    payment = bought(customer)

    with following(customer, payment["id"], str(pending["version"])) as stream:
        missed = stream.next()

    assert missed is not None
    assert missed[1]["state"] == "completed"


@pytest.mark.promise("PAY-8.9")
def test_logged_out__sees_no_more(customers: Customers) -> None:
    """A stream that is open when its session is logged out ends with the next change, and says nothing of it."""
    customer = customers.a_new_customer()
    customer.choose_plan("glide", "monthly")
    assert customer.payment is not None
    with following(customer, str(customer.payment.id)) as stream:
        first = stream.next()
        assert customer.call("POST", "logout").status == 204
        customer.pay()
        end = stream.next()

    assert first is not None
    assert (first[1]["state"], end) == ("pending", None)


@pytest.mark.promise("PAY-8.10")
def test_many_watchers__hold_no_connection(customers: Customers) -> None:
    """Sixty open streams, more than the pool has connections, leave the application answering."""
    customer = customers.a_new_customer()
    payment = buy(customer).json()["payment"]["id"]
    opened = threading.Barrier(61, timeout=WITHIN_S)
    done = threading.Event()

    def watch() -> None:
        with following(customer, payment) as stream:
            stream.next()
            opened.wait()
            done.wait(WITHIN_S)

    threads = [threading.Thread(target=watch) for _ in range(60)]
    for thread in threads:
        thread.start()
    opened.wait()
    answers = [customer.call("GET", "me").status for _ in range(20)]
    done.set()
    for thread in threads:
        thread.join()

    assert answers == [200] * 20


def test_quiet_stream__has_a_heartbeat(make_slice: Callable[..., Slice], transport: HttpxTransport) -> None:
    """While nothing changes a comment comes now and then, so that nobody on the way cuts the stream off."""
    customers = Customers(make_slice(HEARTBEAT_SECONDS=str(BEAT_S)).system, transport, "quiet")
    customer = customers.a_new_customer()
    payment = buy(customer).json()["payment"]["id"]

    with following(customer, payment) as stream:
        stream.next()
        lines = [stream.response.readline() for _ in range(5)]

    assert lines.count(b": heartbeat\n") >= 2


@pytest.mark.promise("PAY-8.7")
def test_listener_cut_off__what_was_missed_is_told(make_slice: Callable[..., Slice], transport: HttpxTransport) -> None:
    """The process loses the connection that it listens on, and a payment completes before it has a new one: whoever
    watches is told as soon as it listens again.
    """
    system = make_slice().system
    customer = Customers(system, transport, "cut off").a_new_customer()
    customer.choose_plan("glide", "monthly")
    assert customer.payment is not None
    customer.payment_state()
    name = sql.Identifier(system.name)

    with (
        following(customer, str(customer.payment.id)) as stream,
        psycopg.connect(str(system.database_dsn), autocommit=True) as admin,
        psycopg.connect(make_conninfo(str(system.database_dsn), dbname="postgres"), autocommit=True) as server,
    ):
        stream.next()
        server.execute(sql.SQL("alter database {} allow_connections false").format(name))
        cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'raptorflow-watch' "
        assert admin.execute(f"{cut} and datname = current_database()".encode()).fetchall() == [(True,)]
        customer.pay(come_back=False)
        done = "select count(*) from payments where state = 'completed'"
        until(lambda: admin.execute(done.encode()).fetchone(), lambda seen: seen == (1,), "completed, unheard")
        server.execute(sql.SQL("alter database {} allow_connections true").format(name))
        missed = stream.next()

    assert missed is not None
    assert missed[1]["state"] == "completed"


def heard(stream: Stream, beats: int) -> int:
    """How many heartbeats come, of so many; fewer when the stream ends, or takes too long over them."""
    count, ends = 0, time.monotonic() + WITHIN_S
    while count < beats and time.monotonic() < ends and (line := stream.response.readline()):
        count += line == b": heartbeat\n"
    return count


@pytest.mark.promise("PAY-8.13")
def test_database_away__the_stream_stays(make_slice: Callable[..., Slice], transport: HttpxTransport) -> None:
    """While the database cannot be reached a watcher's stream goes on with heartbeats, and then tells what happens."""
    system = make_slice(HEARTBEAT_SECONDS=str(BEAT_S), DATABASE_TIMEOUT_SECONDS=str(PATIENCE_S)).system
    customer = Customers(system, transport, "outage").a_new_customer()
    customer.choose_plan("glide", "monthly")
    assert customer.payment is not None
    name = sql.Identifier(system.name)

    with (
        following(customer, str(customer.payment.id)) as stream,
        psycopg.connect(make_conninfo(str(system.database_dsn), dbname="postgres"), autocommit=True) as server,
    ):
        stream.next()
        server.execute(sql.SQL("alter database {} allow_connections false").format(name))
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (system.name,))
        beats = heard(stream, OUTAGE_BEATS)
        server.execute(sql.SQL("alter database {} allow_connections true").format(name))
        until(lambda: customer.call("GET", "me").status, lambda status: status == 200, "the database is back")
        customer.pay(come_back=False)
        then = stream.next()

    assert beats == OUTAGE_BEATS, "heartbeats keep their time, whatever the database does"
    assert then is not None
    assert then[1]["state"] == "completed"


@pytest.mark.promise("PAY-8.8")
def test_notification__says_nothing_that_a_listener_could_use(customers: Customers, system: System) -> None:
    """Whoever may connect may listen: what they hear names neither the payment, nor the order, nor the tenant."""
    customer = customers.a_new_customer()
    with psycopg.connect(need(system.app_dsn, "the application's role"), autocommit=True) as listener:
        listener.execute("listen payments")
        payment = bought(customer)
        heard = [notification.payload for notification in listener.notifies(timeout=WITHIN_S, stop_after=1)]

    assert heard
    for word in (payment["id"], payment["merchant_order_id"], customer.workspace_id, customer.user_id):
        assert all(word not in said for said in heard)
