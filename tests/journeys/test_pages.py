"""Every page, for everybody: axe's WCAG 2.2 AA in both colour schemes, and a phone's width."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import ViewportSize, expect

from core.contract import Cycle
from drivers.browser import BrowserCustomer
from fixtures.axe import Axe
from fixtures.customers import Customers, Stranger

Open = Callable[..., BrowserCustomer]
Fits = Callable[[BrowserCustomer], None]
PHONE = ViewportSize(width=360, height=740)
OUTSIDE = ("/", "/signup", "/login")
STEPS = tuple(f"/onboarding/session/step/{n}" for n in range(1, 24))


@pytest.fixture
def fits(axe: Axe) -> Callable[[BrowserCustomer], None]:
    """Asks of a customer's page: no violation that axe finds, light or dark, and nothing wider than the screen."""

    def check(customer: BrowserCustomer) -> None:
        axe.look_over(customer.page)
        widths = customer.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert widths[0] <= widths[1], f"{customer.page.url}: {widths[0]} px wide on a screen of {widths[1]}"

    return check


def seat(browser: BrowserCustomer, customers: Customers, step: int, *, completed: bool = False) -> None:
    """Sits a customer who is at ``step``, or through with onboarding, down at the browser."""
    customer = customers.a_customer_with_a_manifest() if completed else customers.a_customer_at_step(step)
    browser.becomes(customer.identity)
    browser.log_in()


@pytest.mark.promise("E2E-20.13", "E2E-20.14")
@pytest.mark.requirement("E2E-20")
def test_pages_before_payment__fit_a_phone(open_browser: Open, stranger: Stranger, fits: Fits) -> None:
    """What a stranger sees, up to the plans, has no accessibility violation and fits 360 pixels, light and dark."""
    browser = open_browser(viewport=PHONE)
    for path in OUTSIDE:
        browser.open(path)
        fits(browser)
    browser.sign_up(stranger.identity)
    fits(browser)


@pytest.mark.promise("E2E-20.13", "E2E-20.14")
@pytest.mark.requirement("PAY-10")
def test_pages_of_a_payment__fit_a_phone(open_browser: Open, stranger: Stranger, fits: Fits) -> None:
    """The pages that say failed, pending and received have no accessibility violation and fit 360 pixels."""
    browser = open_browser(viewport=PHONE)
    browser.sign_up(stranger.identity)
    cycles: dict[str, Cycle] = {"failure": "monthly", "pending": "annual", "success": "monthly"}
    states = {"failure": "failed", "pending": "pending", "success": "completed"}
    for outcome, cycle in cycles.items():
        browser.choose_plan("glide", cycle)
        browser.pay(outcome)
        browser.wait_for_payment(states[outcome])
        fits(browser)


@pytest.mark.promise("ONB-13.16")
@pytest.mark.requirement("ONB-13")
@pytest.mark.parametrize("turn", range(2))
def test_pages_of_the_steps__fit_a_phone(open_browser: Open, customers: Customers, turn: int, fits: Fits) -> None:
    """Each of the 23 steps has no accessibility violation, light or dark, and fits 360 pixels."""
    browser = open_browser(viewport=PHONE)
    seat(browser, customers, 24)
    for path in STEPS[turn::2]:
        browser.open(path)
        fits(browser)


@pytest.mark.promise("ONB-13.16")
@pytest.mark.requirement("ONB-13")
def test_step_with_mistakes__fits_a_phone(open_browser: Open, customers: Customers, fits: Fits) -> None:
    """A step that comes back with its mistakes has no accessibility violation either."""
    browser = open_browser(viewport=PHONE)
    seat(browser, customers, 1)
    browser.page.get_by_role("button", name="Save and continue", exact=True).click()
    expect(browser.page.get_by_role("alert")).to_be_visible()

    fits(browser)


@pytest.mark.promise("E2E-20.13", "E2E-20.14")
@pytest.mark.requirement("BCM-18")
def test_dashboard__fits_a_phone(open_browser: Open, customers: Customers, fits: Fits) -> None:
    """Dashboard and billing, light and dark, have no accessibility violation and fit 360 pixels."""
    browser = open_browser(viewport=PHONE)
    seat(browser, customers, 23, completed=True)
    browser.generate("cohorts")
    for path in ("/dashboard", "/billing", "/dashboard/answers/7"):
        browser.open(path)
        fits(browser)


@pytest.mark.promise("E2E-20.15")
@pytest.mark.requirement("E2E-20")
def test_own_policy__is_never_violated(open_browser: Open, customers: Customers) -> None:
    """No page breaks its own Content-Security-Policy, and the policy allows no inline script or style."""
    browser = open_browser()
    refused: list[str] = []
    browser.page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    seat(browser, customers, 24)
    for path in ("/", "/onboarding/session/step/7", "/onboarding/plans", "/billing"):
        answer = browser.page.goto(f"{browser.routes.base_url}{path}")
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "unsafe-inline" not in policy
        assert "default-src 'none'" in policy or "default-src 'self'" in policy

    assert refused == []
