"""The steps in a browser: mistakes told at their field, groups behind a disclosure, all of it without script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from drivers.browser import BrowserCustomer
from drivers.http import HttpCustomer
from fixtures.customers import Customers

pytestmark = pytest.mark.requirement("ONB-13")
Browsers = Callable[..., BrowserCustomer]


def at_step(customer: HttpCustomer, open_browser: Browsers, n: int, **context: object) -> Page:
    """The customer, logged in at a browser, on step `n`."""
    browser = open_browser(**context)
    browser.becomes(customer.identity)
    browser.log_in()
    if browser.step_at(browser.page.url) != n:
        browser.page.goto(customer.routes.url("step_page", step=n))
    expect(browser.page.get_by_text(f"Step {n} of 23")).to_be_visible()
    return browser.page


def save(page: Page) -> None:
    """Presses the button of the step."""
    page.get_by_role("button", name="Save and continue").click()


@pytest.mark.promise("ONB-13.13")
def test_mistakes__are_told_at_the_top_and_at_each_field(customers: Customers, open_browser: Browsers) -> None:
    """A step with mistakes keeps what was typed, lists the mistakes in an alert, and tells each field its own."""
    page = at_step(customers.a_customer_at_step(1), open_browser, 1)
    page.get_by_label("Company name", exact=True).fill("Tiffin & <Trails>")

    save(page)

    expect(page.get_by_role("alert")).to_contain_text("Industry")
    expect(page.get_by_label("Company name", exact=True)).to_have_value("Tiffin & <Trails>")
    for label in ("Industry", "Stage"):
        field = page.get_by_label(label, exact=True)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile(r"This is required\.$"))


@pytest.mark.promise("ONB-13.13")
def test_mistake_in_a_list__names_the_line(customers: Customers, open_browser: Browsers) -> None:
    """Of a list, the line that is too long is named by its number."""
    page = at_step(customers.a_customer_at_step(6), open_browser, 6)
    page.get_by_label("Market trends", exact=True).fill("Prices fall\n" + "x" * 161)

    save(page)

    expect(page.get_by_text("Line 2 must have at most 160 characters.")).to_be_visible()


@pytest.mark.promise("ONB-13.8")
def test_groups__are_filled_beyond_the_third(customers: Customers, open_browser: Browsers) -> None:
    """Competitors beyond the third wait behind a disclosure, and are all saved."""
    customer = customers.a_customer_at_step(7)
    page = at_step(customer, open_browser, 7)
    page.get_by_text("More competitors").click()
    for number in (1, 2, 4, 10):
        group = page.get_by_role("group", name=f"Competitor {number}", exact=True)
        for label in ("Name", "Strength", "Weakness"):
            group.get_by_label(label, exact=True).fill(f"{label} {number}")

    save(page)

    expect(page.get_by_text("Step 8 of 23")).to_be_visible()
    assert [each["name"] for each in customer.read_step(7)["data"]["competitors"]] == [
        "Name 1",
        "Name 2",
        "Name 4",
        "Name 10",
    ]


@pytest.mark.promise("E2E-20.16")
def test_without_script__the_steps_work(customers: Customers, open_browser: Browsers) -> None:
    """With JavaScript off, steps are saved, mistakes are told, and the link "Back" leads back."""
    customer = customers.a_customer_at_step(3)
    page = at_step(customer, open_browser, 3, java_script_enabled=False)

    save(page)
    expect(page.get_by_role("alert")).to_contain_text("Contradictions")
    page.get_by_label("We looked and found no contradictions").check()
    save(page)
    expect(page.get_by_text("Step 4 of 23")).to_be_visible()
    page.get_by_role("link", name="Back", exact=True).click()

    expect(page.get_by_label("We looked and found no contradictions")).to_be_checked()
    assert customer.read_step(3)["data"] == {"contradictions": []}
