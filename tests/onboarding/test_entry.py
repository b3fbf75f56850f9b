"""Paid customers land in onboarding, and nobody else does."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.customers import Customers
from fixtures.witnesses import Witnesses
from tests.support.problems import refused

pytestmark = pytest.mark.requirement("ONB-11")
GUARDED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("POST", "session", {}),
    ("GET", "session", {}),
    ("GET", "step", {"step": "1"}),
    ("PUT", "draft", {"step": "1"}),
    ("POST", "complete", {}),
)


@pytest.mark.promise("ONB-11.1")
def test_unpaid__is_asked_to_pay(customers: Customers) -> None:
    """Without a paid plan no route of onboarding opens."""
    customer = customers.a_new_customer()

    for method, route, parts in GUARDED:
        body = {"data": {"industry": "Spa"}} if method == "PUT" else None
        refused(customer.call(method, route, body, **parts), 402, "SUBSCRIPTION_REQUIRED")


@pytest.mark.promise("ONB-11.1")
def test_unpaid__cannot_save_a_step(customers: Customers, witnesses: Witnesses) -> None:
    """A step is not saved for a customer who has not paid, and none is kept."""
    customer = customers.a_new_customer()
    body = {"data": customers.answers_of(customer)[1], "version": 0}

    refused(customer.call("PUT", "step", body, step=1), 402, "SUBSCRIPTION_REQUIRED")

    assert witnesses.database.rows("onboarding_steps", customer.workspace_id) == []


def test_without_a_session__is_unauthenticated_first(customers: Customers) -> None:
    """A stranger is told to log in before anything is said of plans or steps."""
    refused(customers.nobody().call("POST", "session"), 401, "UNAUTHENTICATED")


@pytest.mark.promise("AUTH-4.19")
@pytest.mark.requirement("AUTH-4", "BCM-18")
def test_refusals__come_in_their_order(customers: Customers) -> None:
    """Who may not is told the first of: not logged in, no such workspace, no such right, not paid, not ready."""
    host, guest, stranger = customers.a_new_customer(), customers.a_new_customer(), customers.a_new_customer()
    host.call("POST", "members", {"email": guest.identity.email, "role": "member"}, workspace=host.workspace_id)
    there = {"x-workspace-id": host.workspace_id}

    refused(customers.nobody().call("POST", "bcm_rebuild", headers=there), 401, "UNAUTHENTICATED")
    refused(stranger.call("POST", "bcm_rebuild", headers=there), 404, "WORKSPACE_NOT_FOUND")
    refused(guest.call("POST", "bcm_rebuild", headers=there), 403, "FORBIDDEN_ROLE")
    refused(host.call("POST", "bcm_rebuild", headers=there), 402, "SUBSCRIPTION_REQUIRED")
    refused(customers.a_paid_customer().call("POST", "bcm_rebuild"), 412, "BCM_NOT_READY")


@pytest.mark.promise("ONB-11.2")
def test_paid__the_success_page_leads_to_the_first_step(customers: Customers) -> None:
    """Who has just paid is led to step 1."""
    customer = customers.a_paid_customer()

    page = customer.visit(customer.routes.url("success_page"))

    assert 'href="/onboarding/session/step/1"' in page.response.text


@pytest.mark.promise("ONB-11.3")
def test_paid_and_left__comes_back_to_the_step_they_were_on(customers: Customers) -> None:
    """A customer who logs in again is led to the first step that they have not completed."""
    customer = customers.a_customer_at_step(4)

    page = customer.visit(customer.routes.url("dashboard_page"))

    assert page.url.endswith("/onboarding/session/step/4")


@pytest.mark.promise("ONB-11.4")
def test_unpaid__the_step_page_leads_to_the_plans(customers: Customers) -> None:
    """The address of a step leads a customer who has not paid to the plans."""
    customer = customers.a_new_customer()

    page = customer.visit(customer.routes.url("step_page", step=1))

    assert page.url.endswith("/onboarding/plans")


@pytest.mark.promise("ONB-11.5")
def test_a_step_too_far__leads_back_to_the_open_one(customers: Customers) -> None:
    """Typing the address of a later step leads to the one that is to be answered."""
    customer = customers.a_customer_at_step(3)

    page = customer.visit(customer.routes.url("step_page", step=9))

    assert page.url.endswith("/onboarding/session/step/3")
