"""Every page, for everybody: no violation of WCAG 2.2 AA by axe, usable at 360 px, nothing inline."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from drivers.browser import BrowserCustomer
from drivers.http import HttpCustomer
from fixtures.customers import Customers

Browsers = Callable[..., BrowserCustomer]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [
    {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
]
STEPS = (3, 16)
"""One with a list that may be declared empty, one with groups of every kind of field."""


def logged_in(customer: HttpCustomer, open_browser: Browsers, look: dict[str, object]) -> Page:
    """The customer's page in a browser that looks so."""
    browser = open_browser(**look)
    browser.becomes(customer.identity)
    browser.log_in()
    return browser.page


def check(page: Page, url: str) -> None:
    """Opens the page, and looks at it."""
    page.goto(url)
    look_at(page)


def look_at(page: Page) -> None:
    """The page, all of it unfolded, must have no violation, and no need to scroll sideways."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")

    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found] == [], page.url
    assert width[0] <= width[1], f"{page.url} is {width[0]} px wide"


@pytest.mark.parametrize("look", LOOKS, ids=["desktop", "phone"])
def test_open_pages(customers: Customers, open_browser: Browsers, look: dict[str, object]) -> None:
    """The pages that anyone can open, a form with its mistakes among them."""
    page = open_browser(**look).page

    check(page, customers.system.base_url)
    check(page, f"{customers.system.base_url}/login")
    page.goto(f"{customers.system.base_url}/signup")
    page.get_by_role("button", name="Create account", exact=True).click()
    page.get_by_role("alert").wait_for()
    look_at(page)


@pytest.mark.parametrize("look", LOOKS, ids=["desktop", "phone"])
def test_pages_before_a_plan(customers: Customers, open_browser: Browsers, look: dict[str, object]) -> None:
    """Plans, and the callback of a payment that waits."""
    customer = customers.a_new_customer()
    payment = customer.choose_plan("soar", "annual")
    page = logged_in(customer, open_browser, look)
    waiting = f"{customer.routes.url('callback_page')}?merchantOrderId={payment.merchant_order_id}"

    check(page, customer.routes.url("plans_page"))
    check(page, waiting)


@pytest.mark.parametrize("look", LOOKS, ids=["desktop", "phone"])
def test_pages_of_the_steps(customers: Customers, open_browser: Browsers, look: dict[str, object]) -> None:
    """Success, and steps that are filled in."""
    customer = customers.a_customer_at_step(24)
    page = logged_in(customer, open_browser, look)

    check(page, customer.routes.url("success_page"))
    for n in STEPS:
        check(page, customer.routes.url("step_page", step=n))


@pytest.mark.parametrize("look", LOOKS, ids=["desktop", "phone"])
def test_pages_of_a_manifest(customers: Customers, open_browser: Browsers, look: dict[str, object]) -> None:
    """The dashboard with everything on it, and billing."""
    customer = customers.a_customer_with_a_manifest()
    customer.generate("cohorts")
    customer.generate("daily-wins")
    page = logged_in(customer, open_browser, look)

    check(page, customer.routes.url("dashboard_page"))
    check(page, customer.routes.url("billing_page"))


def test_every_page__forbids_what_is_inline(customers: Customers) -> None:
    """The policy of each page allows scripts and styles of this site alone, and the page has none of its own."""
    customer = customers.a_customer_with_a_manifest()

    for name in ("home_page", "plans_page", "dashboard_page", "billing_page"):
        answer = customer.visit(customer.routes.url(name)).response
        policy = answer.headers["content-security-policy"]

        assert "unsafe-inline" not in policy
        assert "default-src 'none'" in policy
        assert "style=" not in answer.text
        assert "<style" not in answer.text
        assert "onclick" not in answer.text
