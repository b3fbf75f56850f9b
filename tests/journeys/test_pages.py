"""Every page, for everybody: axe's WCAG 2.2 AA, both colour schemes, a phone's width, a keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ViewportSize, expect

from drivers.browser import BrowserCustomer
from drivers.customer import Cycle
from fixtures.customers import Customers, Stranger

Open = Callable[..., BrowserCustomer]
PHONE = ViewportSize(width=360, height=740)
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}
OUTSIDE = ("/", "/signup", "/login")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
STEPS = tuple(f"/onboarding/session/step/{n}" for n in range(1, 24))


def fits(customer: BrowserCustomer) -> None:
    """No violation that axe finds, and nothing wider than the screen."""
    found: Any = Axe().run(customer.page, options=RULES)
    assert found.violations_count == 0, f"{customer.page.url}\n{found.generate_report()}"
    widths = customer.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1], f"{customer.page.url}: {widths[0]} px wide on a screen of {widths[1]}"


def seat(browser: BrowserCustomer, customers: Customers, step: int, *, completed: bool = False) -> None:
    """Sits a customer who is at ``step``, or through with onboarding, down at the browser."""
    customer = customers.a_customer_with_a_manifest() if completed else customers.a_customer_at_step(step)
    browser.becomes(customer.identity)
    browser.log_in()


@pytest.mark.requirement("E2E-20")
def test_pages_before_payment__fit_a_phone(open_browser: Open, stranger: Stranger) -> None:
    """What a stranger sees, up to the plans, has no accessibility violation and fits 360 pixels, light and dark."""
    browser = open_browser(viewport=PHONE)
    for path in OUTSIDE:
        browser.open(path)
        fits(browser)
    browser.sign_up(stranger.identity)
    for scheme in SCHEMES:
        browser.page.emulate_media(color_scheme=scheme)
        fits(browser)


@pytest.mark.requirement("PAY-10")
def test_pages_of_a_payment__fit_a_phone(open_browser: Open, stranger: Stranger) -> None:
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


@pytest.mark.requirement("ONB-13")
@pytest.mark.parametrize("turn", range(len(SCHEMES)), ids=SCHEMES)
def test_pages_of_the_steps__fit_a_phone(open_browser: Open, customers: Customers, turn: int) -> None:
    """Each of the 23 steps, by turns light and dark, has no accessibility violation and fits 360 pixels."""
    browser = open_browser(viewport=PHONE, color_scheme=SCHEMES[turn])
    seat(browser, customers, 24)
    for path in STEPS[turn :: len(SCHEMES)]:
        browser.open(path)
        fits(browser)


@pytest.mark.requirement("ONB-13")
def test_step_with_mistakes__fits_a_phone(open_browser: Open, customers: Customers) -> None:
    """A step that comes back with its mistakes has no accessibility violation either."""
    browser = open_browser(viewport=PHONE)
    seat(browser, customers, 1)
    browser.page.get_by_role("button", name="Save and continue", exact=True).click()
    expect(browser.page.get_by_role("alert")).to_be_visible()

    fits(browser)


@pytest.mark.requirement("BCM-18")
def test_dashboard__fits_a_phone(open_browser: Open, customers: Customers) -> None:
    """Dashboard and billing, light and dark, have no accessibility violation and fit 360 pixels."""
    browser = open_browser(viewport=PHONE)
    seat(browser, customers, 23, completed=True)
    browser.generate("cohorts")
    for path in ("/dashboard", "/billing"):
        browser.open(path)
        for scheme in SCHEMES:
            browser.page.emulate_media(color_scheme=scheme)
            fits(browser)


@pytest.mark.requirement("AUTH-2")
def test_keyboard_alone__signs_up(at_browser: BrowserCustomer, stranger: Stranger) -> None:
    """A stranger without a mouse creates an account with Tab, letters and Enter."""
    at_browser.open("/signup")
    email = at_browser.page.get_by_label("Email", exact=True)
    for _ in range(15):
        at_browser.page.keyboard.press("Tab")
        if email.evaluate("field => field === document.activeElement"):
            break
    expect(email).to_be_focused()
    at_browser.page.keyboard.type(stranger.identity.email)
    at_browser.page.keyboard.press("Tab")
    at_browser.page.keyboard.type(stranger.identity.password)
    at_browser.page.keyboard.press("Enter")

    expect(at_browser.page.get_by_role("heading", name="Choose your plan", level=1)).to_be_visible()


@pytest.mark.requirement("E2E-20")
def test_without_script__the_journey_still_works(open_browser: Open, stranger: Stranger) -> None:
    """A customer whose browser runs no script pays and begins onboarding."""
    browser = open_browser(java_script_enabled=False)
    browser.sign_up(stranger.identity)
    browser.choose_plan("ascent", "monthly")
    browser.pay()
    browser.wait_for_payment("completed")
    assert browser.start_onboarding() == 1
    browser.answer(1, stranger.answers[1])
    assert browser.step_shown() == 2


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
