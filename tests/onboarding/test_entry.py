"""Paid customers land in onboarding, and nobody else does."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.customers import Customers
from tests.onboarding.problems import refused

pytestmark = pytest.mark.requirement("ONB-11")
GUARDED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("POST", "session", {}),
    ("GET", "session", {}),
    ("GET", "step", {"step": "1"}),
    ("POST", "complete", {}),
)


def test_unpaid__is_asked_to_pay(customers: Customers) -> None:
    """Without a paid plan no route of onboarding opens."""
    customer = customers.a_new_customer()

    for method, route, parts in GUARDED:
        refused(customer.call(method, route, None, **parts), 402, "SUBSCRIPTION_REQUIRED")


def test_unpaid__cannot_save_a_step(customers: Customers) -> None:
    """A step is not saved for a customer who has not paid, and none is kept."""
    customer = customers.a_new_customer()
    body = {"data": customers.answers_of(customer)[1], "version": 0}

    refused(customer.call("PUT", "step", body, step=1), 402, "SUBSCRIPTION_REQUIRED")


def test_without_a_session__is_unauthenticated_first(customers: Customers) -> None:
    """A stranger is told to log in before anything is said of plans or steps."""
    refused(customers.nobody().call("POST", "session"), 401, "UNAUTHENTICATED")


def test_paid__the_success_page_leads_to_the_first_step(customers: Customers) -> None:
    """Who has just paid is led to step 1."""
    customer = customers.a_paid_customer()

    page = customer.visit(customer.routes.url("success_page"))

    assert 'href="/onboarding/session/step/1"' in page.response.text


def test_paid_and_left__comes_back_to_the_step_they_were_on(customers: Customers) -> None:
    """A customer who logs in again is led to the first step that they have not completed."""
    customer = customers.a_customer_at_step(4)

    page = customer.visit(customer.routes.url("dashboard_page"))

    assert page.url.endswith("/onboarding/session/step/4")


def test_unpaid__the_step_page_leads_to_the_plans(customers: Customers) -> None:
    """The address of a step leads a customer who has not paid to the plans."""
    customer = customers.a_new_customer()

    page = customer.visit(customer.routes.url("step_page", step=1))

    assert page.url.endswith("/onboarding/plans")


def test_a_step_too_far__leads_back_to_the_open_one(customers: Customers) -> None:
    """Typing the address of a later step leads to the one that is to be answered."""
    customer = customers.a_customer_at_step(3)

    page = customer.visit(customer.routes.url("step_page", step=9))

    assert page.url.endswith("/onboarding/session/step/3")
