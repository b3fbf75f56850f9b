"""The pages for people who debug: find an order, see it whole, choose what happens; newest first, and live."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, Literal

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.phonepe.shop import Order, Shop, new_id

WIDE, NARROW = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)
LOOKS: Final = [(size, scheme) for size in (WIDE, NARROW) for scheme in ("light", "dark")]


def home(shop: Shop, *more: str) -> str:
    """The address of a merchant's page, or of one below it."""
    return "/".join([f"{shop.http.base_url}/_admin/pages/{shop.account.merchant_id}", *more])


def press(shop: Shop, *path: str, **entries: str) -> httpx.Response:
    """Send a page's form, and follow it back."""
    return shop.http.post(home(shop, *path), data=entries, follow_redirects=True)


@pytest.fixture
def wide(browser: Browser) -> Iterator[Page]:
    """A page of a desk; a violation of its content security policy fails the test."""
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Security Policy" in message.text else None)
    yield page
    context.close()
    assert refused == []


def eventful(shop: Shop) -> Order:
    """An order with a failed and a paid attempt, and a refund."""
    shop.behave(page_retries=1)
    order = shop.order()
    order.submit(outcome="failure:INSUFFICIENT_BALANCE")
    order.submit(upi_id="success@ybl")
    refund = {"merchantRefundId": new_id(), "originalMerchantOrderId": order.id, "amount": 100}
    shop.call("POST", "/payments/v2/refund", refund)
    shop.sink.wait_for(4)
    return order


@pytest.mark.parametrize(
    ("size", "scheme"), LOOKS, ids=lambda value: str(value.get("width") if value != str(value) else value)
)
def test_looks(shop: Shop, browser: Browser, size: ViewportSize, scheme: Literal["light", "dark"]) -> None:
    """No page has an accessibility violation or is wider than the screen, at a desk and on a phone, light and dark."""
    order = eventful(shop)
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    timeline = f"{shop.http.base_url}/_admin/timeline/{shop.account.merchant_id}"
    for url in (f"{shop.http.base_url}/_admin/?q={order.id}", home(shop), home(shop, "orders", order.id), timeline):
        page.goto(url)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{url}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), url
    context.close()


def test_find(shop: Shop) -> None:
    """An order is found by any part of its ids, among one merchant's orders and among all."""
    first, second = shop.order(), shop.order()
    names = (first.id[-20:], first.ledger()["order_id"])
    pages = [shop.http.get(f"{where}?q={name}").text for where in (home(shop), "/_admin/") for name in names]

    assert [(first.id in page, second.id in page) for page in pages] == [(True, False)] * 4


def test_whole(shop: Shop) -> None:
    """An order's page has its attempts, refunds, webhooks with their bodies, and requests with their answers."""
    order = eventful(shop)
    page = shop.http.get(home(shop, "orders", order.id)).text
    attempts = order.status(details="true")["paymentDetails"]

    assert all(each["transactionId"] in page for each in attempts)
    for text in ("INSUFFICIENT_BALANCE / Z9", "pg.refund.completed", "WH00000001", "/checkout/v2/pay", "redirectUrl"):
        assert text in page
    assert page.index(attempts[1]["transactionId"]) < page.index(attempts[0]["transactionId"])


def test_choose_outcome(shop: Shop) -> None:
    """The outcome of an open order is chosen on its page, with mode and instrument."""
    order = shop.order()
    page = press(shop, "orders", order.id, "pay", outcome="failure:BANK_ERROR", mode="CARD", instrument="DEBIT_CARD")
    status = order.status()

    assert "The payer is done." in page.text
    assert (status["errorCode"], status["paymentDetails"][0]["instrument"]["type"]) == ("BANK_ERROR", "DEBIT_CARD")


def test_refused(shop: Shop) -> None:
    """What cannot be done is said on the page it was asked for."""
    order = shop.order()
    order.submit(upi_id="success@ybl")
    page = press(shop, "orders", order.id, "pay", outcome="success")

    assert (page.status_code, "can no longer be paid" in page.text) == (200, True)


def test_webhooks(shop: Shop) -> None:
    """A webhook is sent by hand, with a chosen signature, and one of the ledger is sent again."""
    order = shop.order()
    order.submit(upi_id="success@ybl")
    shop.sink.wait_for(1)  # each is awaited before the next is sent: they may overtake each other
    press(shop, "orders", order.id, "webhooks", event="checkout.order.failed", signature="missing")
    shop.sink.wait_for(2)
    press(shop, "orders", order.id, "deliveries", "WH00000001")
    _, by_hand, again = shop.sink.wait_for(3)

    assert (by_hand.event, "authorization" in by_hand.headers) == ("checkout.order.failed", False)
    assert (again.event, "authorization" in again.headers) == ("checkout.order.completed", True)


def test_behaviour(shop: Shop) -> None:
    """Outcome, webhooks and signature are chosen without losing what else is set, and the whole is replaced."""
    shop.behave(page_retries=3)
    press(shop, "choose", outcome="failure:INVALID_MPIN", mode="lost", signature="wrong")
    chosen = shop.admin.merchant(shop.account.merchant_id).document["behaviour"]
    press(shop, "behaviour", document=json.dumps({"cancel": "stays_pending"}))
    replaced = shop.admin.merchant(shop.account.merchant_id).document["behaviour"]
    wrong = press(shop, "behaviour", document="{nonsense")

    assert (chosen["outcome"]["failure"], chosen["page_retries"]) == ("INVALID_MPIN", 3)
    assert (chosen["webhook"]["mode"], chosen["webhook"]["signature"]) == ("lost", "wrong")
    assert (replaced["cancel"], replaced["page_retries"], replaced["outcome"]) == ("stays_pending", 0, "by_payer")
    assert "notice bad" in wrong.text


def test_faults(shop: Shop) -> None:
    """A fault is added by a button, befalls the next request, and all are removed by another."""
    shop.log_in()
    press(shop, "faults", fault="R999 once")
    statuses = [shop.pay().status_code for _ in range(2)]
    press(shop, "faults", fault="429 once")
    press(shop, "faults", fault="")

    assert statuses == [503, 200]
    assert shop.pay().status_code == 200


def test_clock(shop: Shop) -> None:
    """The clock is stepped on, through what falls due, and set back to real time."""
    order = shop.order()
    press(shop, "clock", seconds="601")
    state, offset = order.status()["state"], shop.admin.merchant(shop.account.merchant_id).document["clock"]["offset_s"]
    press(shop, "clock", seconds="")

    assert (state, offset) == ("FAILED", 601)
    assert shop.admin.merchant(shop.account.merchant_id).document["clock"]["offset_s"] == 0


@pytest.mark.parametrize("seconds", ["-1", "much", "1e400", "nan"])
def test_clock__refused(shop: Shop, seconds: str) -> None:
    """A step that is none is refused on the page, by its field."""
    page = press(shop, "clock", seconds=seconds)

    assert (page.status_code, "notice bad" in page.text, "seconds" in page.text) == (200, True, True)


def test_other_sites(shop: Shop) -> None:
    """A form that another site's page sends does nothing."""
    order = shop.order()
    headers = {"sec-fetch-site": "cross-site"}
    response = shop.http.post(home(shop, "orders", order.id, "pay"), data={"outcome": "success"}, headers=headers)

    assert (response.status_code, order.status()["state"]) == (403, "PENDING")


def test_live(shop: Shop, wide: Page) -> None:
    """An order's page shows what happens without being loaded again, and keeps open what a person opened."""
    order = shop.order()
    wide.goto(home(shop, "orders", order.id))
    wide.get_by_text("Request and answer").first.click()
    expect(wide.get_by_role("region", name="Choose its outcome")).to_be_visible()
    order.submit(upi_id="success@ybl")

    expect(wide.locator("#live").get_by_text("checkout.order.completed", exact=True)).to_be_visible()
    assert wide.locator("details[open]").count() == 1


def test_by_mouse(shop: Shop, wide: Page) -> None:
    """A person finds an order, chooses its outcome and sends its webhook again, by names alone."""
    order = shop.order()
    wide.goto(f"{shop.http.base_url}/_admin/")
    wide.get_by_label("Find an order of any merchant").fill(order.id)
    wide.get_by_role("button", name="Find").click()
    wide.get_by_role("link", name=order.id).click()
    wide.get_by_label("Outcome", exact=True).select_option("success")
    wide.get_by_role("button", name="Pay").click()
    expect(wide.get_by_role("status")).to_have_text("The payer is done.")
    shop.sink.wait_for(1)
    wide.get_by_role("button", name="Send again").click()
    expect(wide.get_by_role("status")).to_have_text("WH00000001 is sent again.")

    assert [each.event for each in shop.sink.wait_for(2)] == ["checkout.order.completed"] * 2
