"""After onboarding the answers are edited on the same forms, and reach the manifest with the next rebuild."""

from __future__ import annotations

import pytest

from drivers.http import HttpCustomer
from drivers.pages import Page
from fixtures.customers import Customers

pytestmark = pytest.mark.requirement("BCM-16")


def answers_page(customer: HttpCustomer, n: int) -> Page:
    """The form with the answers of step `n`."""
    return customer.visit(f"{customer.routes.base_url}/dashboard/answers/{n}")


@pytest.mark.promise("BCM-16.7")
def test_saved__reaches_the_manifest(customers: Customers) -> None:
    """A changed answer is in the business context at once, and in the manifest after a rebuild."""
    customer = customers.a_customer_with_a_manifest()

    page = customer.site.submit(answers_page(customer, 9), {"category": "Audited catering"}, "save answers")

    assert "Saved." in page.response.text
    assert customer.business_context().answers["9"]["category"] == "Audited catering"
    assert "Audited catering" in str(customer.rebuild().manifest)


@pytest.mark.promise("BCM-16.7")
def test_wrong__comes_back_with_a_sentence(customers: Customers) -> None:
    """A bad answer is told at its field, and changes nothing."""
    customer = customers.a_customer_with_a_manifest()
    before = customer.business_context()

    page = customer.site.submit(answers_page(customer, 9), {"category": " "}, "save answers")

    assert (page.response.status, "This is required." in page.response.text) == (422, True)
    assert customer.business_context() == before


@pytest.mark.promise("BCM-16.7")
def test_two_tabs__the_second_save_asks_first(customers: Customers) -> None:
    """A save over another tab's change says so, and keeps that change."""
    customer = customers.a_customer_with_a_manifest()
    first, second = answers_page(customer, 9), answers_page(customer, 9)
    customer.site.submit(first, {"category": "Saved first"}, "save answers")

    page = customer.site.submit(second, {"category": "Too late"}, "save answers")

    assert (page.response.status, "changed elsewhere" in page.response.text) == (409, True)
    assert customer.business_context().answers["9"]["category"] == "Saved first"


def test_before_completion__leads_to_the_open_step(customers: Customers) -> None:
    """There is nothing to edit before onboarding is completed."""
    page = answers_page(customers.a_customer_at_step(2), 1)

    assert page.path == "/onboarding/session/step/2"
