"""Onboarding is completed once, with everything that it makes, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest

from drivers.httpx_transport import HttpxTransport
from drivers.transport import Response
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.witnesses import Witnesses
from stack.slice import Slice
from stack.system import System
from tests.support.problems import refused
from tests.support.together import held, meeting, waiting

pytestmark = pytest.mark.requirement("ONB-15")


@pytest.mark.promise("ONB-15.1")
def test_steps_missing__lists_them(customers: Customers) -> None:
    """Completion names the steps that are still open, and nothing is made."""
    customer = customers.a_customer_at_step(22)

    document = refused(customer.call("POST", "complete"), 409, "STEPS_INCOMPLETE")

    assert document["missing"] == [22, 23]
    assert customer.me().onboarding_status == "in_progress"
    refused(customer.call("GET", "bcm"), 412, "BCM_NOT_READY")


@pytest.mark.promise("ONB-15.4")
def test_status__is_completed_only_after_completion(customers: Customers) -> None:
    """With all 23 steps saved onboarding is in progress; it is completed by completing it."""
    customer = customers.a_customer_at_step(24)

    assert customer.me().onboarding_status == "in_progress"
    customer.complete()
    assert customer.me().onboarding_status == "completed"


@pytest.mark.requirement("ONB-14")
def test_completed__is_seen_in_the_database(customers: Customers, witnesses: Witnesses) -> None:
    """One completed session, one business context with all answers, one manifest of version 1."""
    customer = customers.a_customer_with_a_manifest()

    rows = witnesses.of(customer).rows

    assert rows is not None
    assert [state for _, state in rows.sessions] == ["completed"]
    assert list(rows.completed_steps) == list(range(1, 24))
    assert [made.version for made in rows.manifests] == [1]
    assert customer.business_context().answers.keys() == {str(n) for n in range(1, 24)}


@pytest.mark.promise("ONB-15.3")
def test_completed_again__is_the_same(customers: Customers) -> None:
    """A second completion answers with the first one's words."""
    customer = customers.a_customer_at_step(24)

    first, second = customer.call("POST", "complete"), customer.call("POST", "complete")

    assert (first.status, second.status) == (200, 200)
    assert first.json() == second.json()


SESSION = "select from public.onboarding_sessions where workspace_id = %s for update"


@pytest.mark.promise("ONB-15.7")
@pytest.mark.requirement("ONB-14")
def test_completed_at_once__makes_one_manifest(customers: Customers, system: System) -> None:
    """Eight completions that wait for one another make one manifest, and all of them say so."""
    customer = customers.a_customer_at_step(24)

    done = meeting(8, lambda _: customer.call("POST", "complete"), system, SESSION, customer.workspace_id)

    assert {answer.status for answer in done} == {200}
    assert len({answer.body for answer in done}) == 1
    assert [each["version"] for each in customer.call("GET", "bcm_versions").json()["versions"]] == [1]


@pytest.mark.promise("ONB-15.7")
@pytest.mark.parametrize("first", ["save", "complete"])
def test_completed_while_a_step_is_saved__the_manifest_has_what_was_saved(
    customers: Customers, system: System, first: str
) -> None:
    """A save that meets completion is in the manifest when it comes first, and is refused when it comes second."""
    customer = customers.a_customer_at_step(24)
    body = {"data": customers.answers_of(customer)[9] | {"category": "Raced"}, "version": 1}
    calls = {
        "save": lambda: customer.call("PUT", "step", body, step=9),
        "complete": lambda: customer.call("POST", "complete"),
    }
    begun: dict[str, Future[Response]] = {}

    with ThreadPoolExecutor(2) as threads, held(system, SESSION, customer.workspace_id) as queue:
        for name in sorted(calls, key=first.__ne__):
            begun[name] = threads.submit(calls[name])
            queue(len(begun))

    kept = first == "save"
    assert (begun["save"].result().status, begun["complete"].result().status) == (200 if kept else 409, 200)
    assert (customer.business_context().answers["9"]["category"] == "Raced") == kept
    assert ("Raced" in str(customer.bcm().manifest)) == kept


@pytest.mark.promise("ONB-15.5")
def test_closed__takes_no_more_steps(customers: Customers) -> None:
    """After completion the session is closed: no step, no draft, no second session."""
    customer = customers.a_customer_with_a_manifest()
    data = customers.answers_of(customer)[1]

    refused(customer.call("PUT", "step", {"data": data, "version": 1}, step=1), 409, "SESSION_CLOSED")
    refused(customer.call("PUT", "draft", {"data": data}, step=1), 409, "SESSION_CLOSED")
    refused(customer.call("POST", "session"), 409, "ONBOARDING_COMPLETED")
    assert customer.call("GET", "session").json()["status"] == "completed"


@pytest.mark.promise("ONB-15.6")
def test_completed__the_dashboard_opens(customers: Customers) -> None:
    """The dashboard leads to the open step before completion, and shows itself after it."""
    customer = customers.a_customer_at_step(24)

    assert customer.visit(customer.routes.url("dashboard_page")).url.endswith("/onboarding/session/step/23")
    customer.complete()
    assert customer.visit(customer.routes.url("dashboard_page")).url.endswith("/dashboard")
    assert customer.visit(customer.routes.url("step_page", step=3)).url.endswith("/dashboard")


HOLD = """
create function private.hold() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock(15); return new; end $$;
create trigger hold before update of state on public.onboarding_sessions for each row execute function private.hold();
select pg_advisory_lock(15);
"""
MADE = """
select (select count(*) from bcm_manifests), (select count(*) from business_contexts),
       (select state from onboarding_sessions)
"""
CONNECTED = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"


@pytest.mark.promise("ONB-15.2")
@pytest.mark.requirement("ONB-14", "BCM-16")
def test_killed_between_manifest_and_completion__all_or_nothing(
    make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """The process dies when the manifest is written and the session not yet closed: nothing of it is there; after the
    restart the customer completes, once.
    """
    own = make_slice()
    customer = Customers(own.system, transport, "killed").a_customer_at_step(24)

    with (
        ThreadPoolExecutor(1) as thread,
        psycopg.connect(str(own.system.database_dsn), autocommit=True) as holder,
    ):
        holder.execute(HOLD.encode())
        answer = thread.submit(customer.call, "POST", "complete")
        until(lambda: waiting(holder), lambda length: length == 1, "the completion is held")
        own.kill_application()
        assert isinstance(answer.exception(), OSError), "the customer heard nothing"
        holder.execute("select pg_advisory_unlock(15)")
        until(lambda: holder.execute(CONNECTED.encode()).fetchone(), lambda seen: seen == (0,), "nobody is connected")

        assert holder.execute(MADE.encode()).fetchone() == (0, 0, "open")

        own.restart_application()
        customer.complete()
        assert holder.execute(MADE.encode()).fetchone() == (1, 1, "completed")
    assert customer.bcm().version == 1
