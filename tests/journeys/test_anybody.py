"""The journey is everybody's: with a keyboard alone, on a phone, without motion, without script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from drivers.browser import BrowserCustomer
from drivers.customer import Subscription
from fixtures.customers import Stranger
from fixtures.witnesses import Witnesses

Open = Callable[..., BrowserCustomer]
MOST_STOPS = 60
EVERYBODY: dict[str, dict[str, Any]] = {
    "a phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True},
    "no motion": {"reduced_motion": "reduce"},
    "no script": {"java_script_enabled": False},
}
MOVING = "document.getAnimations().filter(each => each.playState === 'running').length"


@pytest.mark.promise("E2E-20.16")
@pytest.mark.requirement("E2E-20")
@pytest.mark.parametrize("settings", EVERYBODY.values(), ids=EVERYBODY)
def test_anybody__pays_and_begins(
    settings: dict[str, Any], open_browser: Open, stranger: Stranger, witnesses: Witnesses
) -> None:
    """A customer on a phone, one who asked for no motion, and one without script all pay and begin onboarding."""
    browser = open_browser(**settings)
    browser.sign_up(stranger.identity)
    browser.choose_plan("ascent", "monthly")
    browser.pay()
    browser.wait_for_payment("completed")
    assert browser.start_onboarding() == 1
    browser.answer(1, stranger.answers[1])

    assert browser.step_shown() == 2
    assert witnesses.of(browser).rows.completed_steps == [1]


@pytest.mark.promise("PAY-8.12")
@pytest.mark.requirement("PAY-8")
@pytest.mark.parametrize(("motion", "moves"), [("reduce", 0), ("no-preference", 1)])
def test_waiting__moves_only_where_motion_is_welcome(
    motion: str, moves: int, open_browser: Open, stranger: Stranger
) -> None:
    """The page that waits for a payment turns its wheel, and holds still for who asked for that."""
    browser = open_browser(reduced_motion=motion)
    browser.sign_up(stranger.identity)
    browser.choose_plan("glide", "monthly")
    browser.pay("pending")
    browser.wait_for_payment("pending")

    assert browser.page.evaluate(MOVING) == moves


@pytest.mark.promise("E2E-20.16")
@pytest.mark.requirement("AUTH-2", "E2E-20")
def test_keyboard_alone__signs_up_pays_and_answers(
    at_browser: BrowserCustomer, stranger: Stranger, witnesses: Witnesses
) -> None:
    """A stranger without a mouse registers, buys, pays and answers the first step with Tab, letters and Enter."""
    page, identity, first = at_browser.page, stranger.identity, stranger.answers[1]
    at_browser.becomes(identity)
    at_browser.open("/signup")
    type_into(page, page.get_by_label("Email", exact=True), identity.email)
    type_into(page, page.get_by_label("Password", exact=True), identity.password)
    press(page, page.get_by_role("button", name="Create account", exact=True))
    press(page, page.get_by_role("button", name="Buy Glide annually", exact=True))
    type_into(page, page.get_by_label("Outcome", exact=True), "Success")
    press(page, page.get_by_role("button", name="Pay", exact=True))
    at_browser.wait_for_payment("completed")
    press(page, page.get_by_role("link", name="Start onboarding", exact=True))
    for label, name in {"Company name": "company_name", "Industry": "industry", "Stage": "stage"}.items():
        type_into(page, page.get_by_label(label, exact=True), first[name])
    press(page, page.get_by_role("button", name="Save and continue", exact=True))
    page.wait_for_url("**/step/2")

    assert at_browser.subscription() == Subscription("glide", "annual", "active")
    assert witnesses.of(at_browser).rows.completed_steps == [1]


def reach(page: Page, wanted: Locator) -> None:
    """Presses Tab until the control has the focus, and sees that the focus shows."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("control => control === document.activeElement"):
            break
    expect(wanted).to_be_focused()
    assert wanted.evaluate("control => control.matches(':focus-visible')")


def type_into(page: Page, field: Locator, text: str) -> None:
    """Reaches a field and types."""
    reach(page, field)
    page.keyboard.type(text)


def press(page: Page, control: Locator) -> None:
    """Reaches a button or link and presses Enter."""
    reach(page, control)
    page.keyboard.press("Enter")
