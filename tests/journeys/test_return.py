"""Customers go away and come back: to the right step, still logged in, or not."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urljoin, urlsplit

import pytest
from playwright.sync_api import expect

from drivers.browser import BrowserCustomer
from drivers.filling import fill
from fixtures.customers import Customers
from fixtures.gateway import Clock
from fixtures.witnesses import Witnesses
from witness.database import DatabaseWitness

Open = Callable[..., BrowserCustomer]


def seated(browser: BrowserCustomer, customers: Customers, step: int) -> BrowserCustomer:
    """Sits a customer who is at ``step`` down at a browser, logged in."""
    browser.becomes(customers.a_customer_at_step(step).identity)
    browser.log_in()
    return browser


def led_to(url: str, location: str) -> str:
    """The host that a browser goes to: it drops tabs and line breaks, and takes a backslash for a slash."""
    return urlsplit(urljoin(url, re.sub(r"[\t\r\n]", "", location).replace("\\", "/"))).netloc


@pytest.mark.promise("ONB-11.3", "ONB-12.10")
@pytest.mark.requirement("ONB-11", "ONB-12", "AUTH-5")
def test_closed_browser__another_device_opens_the_right_step(at_browser: BrowserCustomer, customers: Customers) -> None:
    """A customer who left after step 16 finds step 17 at the next device."""
    seated(at_browser, customers, 17)

    assert at_browser.step_shown() == 17


@pytest.mark.promise("AUTH-5.3")
@pytest.mark.requirement("AUTH-5")
def test_same_profile__is_still_logged_in(
    at_browser: BrowserCustomer, open_browser: Open, customers: Customers
) -> None:
    """A session survives a reload, and a browser that is started again with the same profile.

    Which forgets the cookies that have no end of their own.
    """
    seated(at_browser, customers, 3)

    at_browser.page.reload()
    assert at_browser.step_shown() == 3
    kept = at_browser.page.context.storage_state()
    kept["cookies"] = [cookie for cookie in kept["cookies"] if cookie["expires"] > 0]
    restarted = open_browser(storage_state=kept)
    restarted.open("/onboarding/session/step/2")
    assert restarted.step_shown() == 2


@pytest.mark.promise("AUTH-5.11")
@pytest.mark.requirement("AUTH-5")
def test_protected_page__returns_after_login(at_browser: BrowserCustomer, customers: Customers) -> None:
    """Who asks for a protected page without a session logs in and gets that page."""
    at_browser.becomes(customers.a_customer_at_step(5).identity)
    at_browser.open("/onboarding/session/step/2")
    expect(at_browser.page).to_have_url(re.compile(r"/login\?next="))

    at_browser.log_in()

    assert at_browser.step_shown() == 2


@pytest.mark.promise("AUTH-5.12")
@pytest.mark.requirement("AUTH-5")
@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example/x",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "\t//evil.example",
    ],
)
def test_next_to_another_site__stays_here(elsewhere: str, customers: Customers) -> None:
    """After a login nobody is sent to an address outside of this site, however it is written."""
    customer = customers.a_new_customer()
    page = customer.site.get(f"{customer.routes.url('login_page')}?next={quote(elsewhere, safe='')}", "login page")
    entry = {"email": customer.identity.email, "password": customer.identity.password}

    answer = customer.site.send(customer.site.filled(page, entry, "log in page"))

    assert answer.status in (302, 303)
    assert led_to(page.url, answer.headers["location"]) == urlsplit(page.url).netloc


@pytest.mark.promise("AUTH-5.13")
@pytest.mark.requirement("AUTH-5")
def test_logout_in_one_tab__ends_the_others(at_browser: BrowserCustomer, customers: Customers) -> None:
    """Who logs out in one tab is logged out in all of them, at once."""
    seated(at_browser, customers, 2)
    other = at_browser.page.context.new_page()
    other.goto(f"{at_browser.routes.base_url}/onboarding/session/step/1")

    at_browser.log_out()

    expect(other).to_have_url(re.compile(r"/login"), timeout=10_000)


@pytest.mark.promise("ONB-12.11")
@pytest.mark.requirement("ONB-12")
def test_draft__is_there_again(at_browser: BrowserCustomer, customers: Customers, database: DatabaseWitness) -> None:
    """What was typed and not saved is on the page again after a reload, and does not count as completed."""
    seated(at_browser, customers, 1)
    typed = f"Half a name {at_browser.identity.canary}"
    field = at_browser.page.get_by_label("Company name", exact=True)
    field.fill(typed)
    expect(at_browser.page.get_by_text("Draft saved.")).to_be_visible(timeout=10_000)

    at_browser.page.reload()

    expect(field).to_have_value(typed)
    rows = database.customer(at_browser.identity.email)
    assert rows is not None
    assert rows.completed_steps == []


@pytest.mark.promise("ONB-13.4")
@pytest.mark.requirement("ONB-13")
def test_two_tabs__the_older_one_is_told(at_browser: BrowserCustomer, customers: Customers) -> None:
    """A step that another tab has saved meanwhile is not overwritten without a word."""
    seated(at_browser, customers, 1)
    answers = customers.answers_of(at_browser)
    older = at_browser.page.context.new_page()
    older.goto(f"{at_browser.routes.base_url}/onboarding/session/step/1")
    older.get_by_label("Company name", exact=True).fill("The older tab")
    older.get_by_label("Industry", exact=True).fill("Old")
    older.get_by_label("Stage", exact=True).fill("Idea")
    at_browser.answer(1, answers[1])

    older.get_by_role("button", name="Save and continue", exact=True).click()

    expect(older.get_by_role("alert")).to_contain_text("another tab")
    at_browser.open("/onboarding/session/step/1")
    expect(at_browser.page.get_by_label("Company name", exact=True)).to_have_value(answers[1]["company_name"])


@pytest.mark.promise("ONB-13.17")
@pytest.mark.requirement("ONB-13")
def test_back__shows_what_was_saved(at_browser: BrowserCustomer, customers: Customers) -> None:
    """The link "Back" and the browser's own button lead to the step before, as it was saved."""
    seated(at_browser, customers, 3)
    answers = customers.answers_of(at_browser)
    value = at_browser.page.get_by_label("Value proposition", exact=True)

    at_browser.page.get_by_role("link", name="Back", exact=True).click()
    expect(value).to_have_value(answers[2]["value_proposition"])
    at_browser.page.get_by_role("link", name="Back", exact=True).click()
    at_browser.page.wait_for_url("**/step/1")
    at_browser.page.go_back()

    expect(value).to_have_value(answers[2]["value_proposition"])
    at_browser.page.go_forward()
    assert at_browser.step_shown() == 1


@pytest.mark.promise("ONB-13.5")
@pytest.mark.requirement("ONB-13")
def test_back_after_saving__saves_anew(
    at_browser: BrowserCustomer, customers: Customers, database: DatabaseWitness
) -> None:
    """Who goes back with the browser's button, changes the answer and saves has the change, and no conflict."""
    seated(at_browser, customers, 1)
    answers = customers.answers_of(at_browser)
    at_browser.answer(1, answers[1])

    at_browser.page.go_back()
    renamed = f"Renamed {at_browser.identity.canary}"
    at_browser.page.get_by_label("Company name", exact=True).fill(renamed)
    at_browser.page.get_by_role("button", name="Save and continue", exact=True).click()

    expect(at_browser.page).to_have_url(re.compile(r"/step/2$"))
    at_browser.open("/onboarding/session/step/1")
    expect(at_browser.page.get_by_label("Company name", exact=True)).to_have_value(renamed)


@pytest.mark.promise("AUTH-5.4")
@pytest.mark.requirement("AUTH-5", "ONB-13")
def test_access_token_expired_mid_step__nothing_is_lost(
    at_browser: BrowserCustomer, customers: Customers, clock: Clock, witnesses: Witnesses
) -> None:
    """A customer who thought for more than an hour saves the step they were on, and is still logged in."""
    seated(at_browser, customers, 2)
    answers = customers.answers_of(at_browser)
    fill(at_browser.page, answers[2], at_browser.labels)

    clock.advance(3601)
    at_browser.page.get_by_role("button", name="Save and continue", exact=True).click()

    expect(at_browser.page).to_have_url(re.compile(r"/step/3$"))
    assert witnesses.of(at_browser).rows.completed_steps == [1, 2]
    at_browser.answer(3, answers[3])
    assert at_browser.step_shown() == 4


@pytest.mark.promise("ONB-13.13")
@pytest.mark.requirement("ONB-13")
def test_wrong_answer__each_field_says_why(at_browser: BrowserCustomer, customers: Customers) -> None:
    """A step with an answer missing is not saved; the field says so, and an alert announces it."""
    seated(at_browser, customers, 1)
    at_browser.page.get_by_label("Company name", exact=True).fill("A company")
    at_browser.page.get_by_role("button", name="Save and continue", exact=True).click()

    expect(at_browser.page.get_by_role("alert")).to_be_visible()
    industry = at_browser.page.get_by_label("Industry", exact=True)
    expect(industry).to_have_attribute("aria-invalid", "true")
    expect(industry).to_have_accessible_description(re.compile(r"\w"))
    expect(at_browser.page.get_by_label("Company name", exact=True)).to_have_value("A company")
