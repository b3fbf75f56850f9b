"""PostgreSQL is read-only, full, out of connections, locked or silent: who needs it is told so, and nobody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from psycopg import sql

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.gateway import Gateway
from fixtures.stack import need_it_here
from stack.slice import Slice
from tests.resilience.answers import LONGEST_S, down, put_off, readiness, timed
from tests.resilience.line import Line
from tests.support.buying import GLIDE, deliver, event, signature
from tests.support.problems import refused
from tests.support.sessions import send
from tests.support.slices import locked, superuser

READY_S = 2.0
SLACK_S = 1.0
"""What a busy machine may add to it."""


@contextmanager
def altered(own: Slice, change: str, back: str) -> Iterator[None]:
    """The slice's database has another setting, for whoever connects from now on: all others are put out."""
    name = sql.Identifier(own.system.name)
    with superuser(own) as connection:
        connection.execute("set default_transaction_read_only = off")
        connection.execute(sql.SQL("alter database {} " + change).format(name))
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        try:
            yield
        finally:
            connection.execute(sql.SQL("alter database {} " + back).format(name))
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )


@pytest.mark.promise("E2E-20.26")
@pytest.mark.requirement("ONB-12")
def test_read_only__reads_go_on_and_writes_are_put_off(
    own: Slice, customers: Customers, own_gateway: Gateway, transport: HttpxTransport
) -> None:
    """After a failover, or on a full disk, what writes gets 503 with the time to come again, over the API and at the
    pages; what reads goes on; readiness names PostgreSQL; afterwards everything works at once.
    """
    customer = customers.a_customer_at_step(2)
    answers = customers.answers_of(customer)
    entry = {"email": customer.identity.email, "password": customer.identity.password}

    with altered(own, "set default_transaction_read_only = on", "reset default_transaction_read_only"):
        until(lambda: customer.call("GET", "step", step=1).status, lambda status: status == 200, "reading works")
        put_off(timed(customer, "PUT", "step", {"data": answers[2], "version": 0}, step=2), "DATABASE_READ_ONLY")
        put_off(timed(customer, "POST", "login", entry), "DATABASE_READ_ONLY")
        put_off(timed(customer, "POST", "payments", GLIDE, headers={"idempotency-key": "k"}), "DATABASE_READ_ONLY")
        put_off(deliver(customer, signature(own_gateway), event("rf-none")), "DATABASE_READ_ONLY")
        page = send(customer, "POST", "/login", {}, urlencode(entry).encode())
        assert (page.status, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert int(page.headers["retry-after"]) >= 1
        assert customer.call("GET", "me").status == 200
        assert "postgresql" in down(readiness(own, transport))

    until(lambda: down(readiness(own, transport)), lambda named: named == [], "ready again")
    assert customer.call("PUT", "step", {"data": answers[2], "version": 0}, step=2).status == 200


@pytest.mark.promise("E2E-20.9")
@pytest.mark.requirement("ONB-12")
@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("53100", "DATABASE_FULL"),
        ("53200", "DATABASE_BUSY"),
        ("53300", "DATABASE_BUSY"),
        ("40001", "DATABASE_BUSY"),
        ("40P01", "DATABASE_BUSY"),
        ("55P03", "DATABASE_BUSY"),
        ("57014", "DATABASE_BUSY"),
        ("25006", "DATABASE_READ_ONLY"),
        ("57P01", "DATABASE_UNAVAILABLE"),
        ("57P03", "DATABASE_UNAVAILABLE"),
        ("58030", "DATABASE_UNAVAILABLE"),
        ("08006", "DATABASE_UNAVAILABLE"),
        ("28000", "DATABASE_UNAVAILABLE"),
        ("XX001", "DATABASE_UNAVAILABLE"),
    ],
)
def test_every_class_of_error__says_what_to_do(own: Slice, customers: Customers, state: str, code: str) -> None:
    """Whatever state PostgreSQL is in, a customer learns by a stable code that it will pass, and when to come again."""
    customer = customers.a_customer_at_step(1)
    with superuser(own) as connection:
        connection.execute(
            "create or replace function private.fail() returns trigger language plpgsql as $$ begin"
            f" raise exception 'a secret of the server' using errcode = '{state}'; end $$".encode()
        )
        connection.execute("grant execute on function private.fail() to public")
        connection.execute("create trigger fail before insert on onboarding_steps execute function private.fail()")
    body = {"data": customers.answers_of(customer)[1], "version": 0}

    document = put_off(timed(customer, "PUT", "step", body, step=1), code)

    assert "secret" not in str(document)
    with superuser(own) as connection:
        connection.execute("drop trigger fail on onboarding_steps")
    assert customer.call("PUT", "step", body, step=1).status == 200


@pytest.mark.promise("E2E-20.4")
@pytest.mark.requirement("ONB-12")
def test_mistake_of_ours__is_not_called_a_bad_moment(own: Slice, customers: Customers) -> None:
    """A row that breaks a rule of the schema is a bug: 500, for asking again would not help."""
    customer = customers.a_customer_at_step(1)
    with superuser(own) as connection:
        connection.execute("alter table onboarding_steps add check (step > 1) not valid")

    answer = customer.call("PUT", "step", {"data": customers.answers_of(customer)[1], "version": 0}, step=1)

    refused(answer, 500, "INTERNAL_ERROR")


@pytest.mark.promise("E2E-20.9")
@pytest.mark.requirement("AUTH-5")
def test_out_of_connections__is_told_and_passes(own: Slice, newcomer: HttpCustomer) -> None:
    """When PostgreSQL takes no more connections requests are put off within 10 s, and work when it does again."""
    with altered(own, "connection limit 0", "connection limit -1"):
        told = until(
            lambda: timed(newcomer, "GET", "me"), lambda told: told.answer.status != 200, "the connections are gone"
        )
        put_off(told, "DATABASE_UNAVAILABLE")

    until(lambda: newcomer.call("GET", "me").status, lambda status: status == 200, "works again")


@pytest.mark.promise("E2E-20.26")
@pytest.mark.requirement("PAY-10")
def test_locked_table__takes_down_only_what_needs_it(own: Slice, customers: Customers) -> None:
    """While twenty wait for the payments that somebody has locked, all else is answered at once; they are put off."""
    customer, other = customers.a_customer_at_step(2), customers.a_new_customer()
    saved = {"data": customers.answers_of(customer)[2], "version": 0}

    with locked(own, "payments"), ThreadPoolExecutor(20) as threads:
        waiting = [threads.submit(timed, other, "GET", "payments") for _ in range(20)]
        until(lambda: _waiting(own), lambda many: many > 0, "somebody waits for the table")
        rest = [
            timed(other, "GET", "me"),
            timed(customer, "PUT", "step", saved, step=2),
            timed(other, "GET", "workspaces"),
        ]
        told = [each.result() for each in waiting]

    assert [each.answer.status for each in rest] == [200, 200, 200]
    assert max(each.seconds for each in rest) < 2.0
    assert Counter(each.answer.status for each in told) == {503: 20}
    for each in told:
        put_off(each, "DATABASE_BUSY")


@pytest.mark.promise("E2E-20.26")
@pytest.mark.requirement("BCM-18")
def test_locked_manifests__onboarding_goes_on(own: Slice, customers: Customers) -> None:
    """Routes ask only for what they need: with the manifests locked, a step is saved."""
    customer = customers.a_customer_at_step(2)

    with locked(own, "bcm_manifests"):
        told = timed(customer, "PUT", "step", {"data": customers.answers_of(customer)[2], "version": 0}, step=2)

    assert (told.answer.status, told.seconds < 2.0) == (200, True)


@pytest.mark.promise("PAY-7.6")
@pytest.mark.requirement("PAY-7")
def test_locked_events__a_webhook_is_answered_in_time(own: Slice, newcomer: HttpCustomer, own_gateway: Gateway) -> None:
    """The gateway waits 3 s for an answer: an event that cannot be stored is put off within them, and comes again."""
    with locked(own, "webhook_events"):
        answer = deliver(newcomer, signature(own_gateway), event("rf-none"))

    put_off(answer, "DATABASE_BUSY")
    assert answer.elapsed_s < 3.0


@pytest.mark.promise("E2E-20.26", "PAY-7.13")
@pytest.mark.requirement("PAY-9")
def test_silent_connections__everybody_is_answered_and_paid_orders_settle(
    make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """All connections to PostgreSQL fall silent, new ones work: nobody waits more than 10 s, a paid order whose webhook
    is lost is settled all the same, and the application is well again by itself.
    """
    own = make_slice(RECONCILE_SCHEDULE="0.2x1000")
    need_it_here(own)
    with Line.to_database(own.environment["DATABASE_URL"]) as line:
        through = {name: line.dsn(own.environment[name]) for name in ("DATABASE_URL", "WORKER_DATABASE_URL")}
        own.restart_application(**through)
        customers = Customers(own.system, transport, "silent")
        everybody = [customers.a_new_customer() for _ in range(4)]
        buyer = everybody[0]
        buyer.choose_plan("glide", "monthly")
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda each: each.me(), everybody))

            line.silence(also_new=False)
            buyer.pay(come_back=False)
            told = list(threads.map(lambda each: timed(each, "GET", "me"), everybody))

        assert max(each.seconds for each in told) < LONGEST_S
        for each in told:
            if each.answer.status != 200:
                put_off(each, "DATABASE_UNAVAILABLE")
        states = until(
            lambda: timed(buyer, "GET", "payments").answer,
            lambda answer: answer.status == 200 and answer.json()["payments"][0]["state"] == "completed",
            "the paid order is settled",
        )
        assert states.status == 200
        assert [each.call("GET", "me").status for each in everybody] == [200] * 4
        until(lambda: down(readiness(own, transport)), lambda named: named == [], "ready again")


@pytest.mark.promise("E2E-20.8")
@pytest.mark.requirement("BCM-16")
def test_silent_database__readiness_says_so_in_two_seconds(
    make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """A PostgreSQL that accepts and never answers is named by readiness within 2 s, each time it is asked."""
    own = make_slice()
    need_it_here(own)
    with Line.to_database(own.environment["DATABASE_URL"]) as line:
        own.restart_application(
            **{name: line.dsn(own.environment[name]) for name in ("DATABASE_URL", "WORKER_DATABASE_URL")}
        )
        assert down(readiness(own, transport)) == []

        line.silence(also_new=True)
        told = [readiness(own, transport) for _ in range(3)]
        line.speak()

        assert all("postgresql" in down(each) for each in told)
        assert max(each.seconds for each in told) < READY_S + SLACK_S
        until(lambda: down(readiness(own, transport)), lambda named: named == [], "ready again")


def _waiting(own: Slice) -> int:
    with superuser(own) as connection:
        row = connection.execute(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        ).fetchone()
    return int(row[0]) if row else 0
