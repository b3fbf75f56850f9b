"""The hosted page in a real browser: by role and label, on a phone, without script."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.phonepe.shop import Order, Shop

Open = Callable[..., Shop]
PHONE = ViewportSize(width=360, height=740)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page as narrow as a phone; a violation of its content security policy fails the test."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Security Policy" in message.text else None)
    yield page
    context.close()
    assert refused == []


def open_page(shop: Shop, phone: Page) -> str:
    """Open an order's page; returns the redirectUrl of the merchant."""
    back = shop.sink.url.replace("/hooks/phonepe", "/payment/return?order=1")
    flow = {"type": "PG_CHECKOUT", "merchantUrls": {"redirectUrl": back}}
    phone.goto(shop.order(paymentFlow=flow).page_url)
    return back


def check(page: Page) -> None:
    """No accessibility violations, and nothing wider than the screen, of a page that is there in full."""
    page.wait_for_load_state()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_page__success(shop: Shop, phone: Page) -> None:
    """A payer types a UPI ID, pays, and is back at the merchant by a bare GET."""
    back = open_page(shop, phone)
    expect(phone.get_by_role("heading", name="Pay ₹7,000.00 to A Shop")).to_be_visible()
    check(phone)
    phone.get_by_role("textbox", name="UPI ID").fill("success@ybl")
    phone.get_by_role("button", name="Pay", exact=True).click()
    phone.wait_for_url(back)

    assert shop.ledger()["orders"][0]["state"] == "COMPLETED"


def test_page__card(shop: Shop, phone: Page) -> None:
    """A payer pays by card, with the password on a page of its own."""
    back = open_page(shop, phone)
    phone.get_by_role("radiogroup", name="Payment method").get_by_role("radio", name="Card").check()
    phone.get_by_role("textbox", name="Card number").fill("4208 5851 9011 6667")
    phone.get_by_role("textbox", name="Expiry").fill("06/27")
    phone.get_by_role("textbox", name="CVV").fill("508")
    check(phone)
    phone.get_by_role("button", name="Pay", exact=True).click()
    phone.get_by_role("textbox", name="OTP").fill("000000")
    phone.get_by_role("button", name="Pay", exact=True).click()
    expect(phone.get_by_role("alert")).to_contain_text("2 tries left")
    check(phone)
    phone.get_by_role("textbox", name="OTP").fill("123456")
    phone.get_by_role("button", name="Pay", exact=True).click()
    phone.wait_for_url(back)

    assert shop.ledger()["orders"][0]["attempts"][0]["mode"] == "CARD"


def test_page__net_banking_and_outcome(shop: Shop, phone: Page) -> None:
    """A payer chooses net banking and the outcome by hand."""
    back = open_page(shop, phone)
    phone.get_by_role("radio", name="Net banking").check()
    phone.get_by_role("combobox", name="Bank").select_option(label="HDFC Bank")
    phone.get_by_role("combobox", name="Outcome").select_option(label="Failure: INSUFFICIENT_BALANCE")
    phone.get_by_role("button", name="Pay", exact=True).click()
    phone.wait_for_url(back)

    assert shop.ledger()["orders"][0]["attempts"][0]["error_code"] == "INSUFFICIENT_BALANCE"


def test_page__cancel(shop: Shop, phone: Page) -> None:
    """A payer who cancels is back at the merchant, and the order has failed."""
    back = open_page(shop, phone)
    phone.get_by_role("button", name="Cancel payment").click()
    phone.wait_for_url(back)

    assert shop.ledger()["orders"][0]["state"] == "FAILED"


def test_page__mistake(shop: Shop, phone: Page) -> None:
    """What is wrong is said beside the field, and what was typed is kept."""
    open_page(shop, phone)
    phone.get_by_role("textbox", name="UPI ID").fill("nobody")
    phone.get_by_role("button", name="Pay", exact=True).click()

    expect(phone.get_by_role("textbox", name="UPI ID")).to_have_value("nobody")
    expect(phone.get_by_role("textbox", name="UPI ID")).to_have_attribute("aria-invalid", "true")
    check(phone)


def test_page__second_try(open_shop: Open, phone: Page) -> None:
    """Where the page lets a payer try again, one order has a failed attempt and a paid one."""
    shop = open_shop(page_retries=2)
    back = open_page(shop, phone)
    phone.get_by_role("textbox", name="UPI ID").fill("failure@ybl")
    phone.get_by_role("button", name="Pay", exact=True).click()
    expect(phone.get_by_role("alert")).to_contain_text("You can try again")
    phone.get_by_role("textbox", name="UPI ID").fill("success@ybl")
    phone.get_by_role("button", name="Pay", exact=True).click()
    phone.wait_for_url(back)

    assert [each["state"] for each in shop.ledger()["orders"][0]["attempts"]] == ["FAILED", "COMPLETED"]


def test_page__over(shop: Shop, phone: Page) -> None:
    """A paid order's page says so, however long the order's id, and leads back to the merchant."""
    name = "8" * 63
    order = Order(shop, name, shop.pay(name).json()["redirectUrl"])
    order.submit(outcome="success")
    phone.goto(order.page_url)

    expect(phone.get_by_role("heading", name="Payment received")).to_be_visible()
    expect(phone.get_by_role("link", name="Return to A Shop")).to_be_visible()
    check(phone)


def test_page__unknown(gateway_url: str, phone: Page) -> None:
    """A link that is not known says so."""
    phone.goto(f"{gateway_url}/transact/uat_v2?token=nobody")

    expect(phone.get_by_role("heading", name="No such payment")).to_be_visible()
    check(phone)


def test_page__in_a_frame(shop: Shop, phone: Page) -> None:
    """The merchant's own site may show the page in a frame."""
    back = shop.sink.url.replace("/hooks/phonepe", "/checkout")
    flow = {"type": "PG_CHECKOUT", "merchantUrls": {"redirectUrl": back}}
    order = shop.order(paymentFlow=flow)
    phone.goto(back)
    phone.set_content(f'<title>Shop</title><iframe title="Payment" src="{order.page_url}"></iframe>')
    frame = phone.frame_locator("iframe")
    frame.get_by_role("textbox", name="UPI ID").fill("success@ybl")
    frame.get_by_role("button", name="Pay", exact=True).click()
    phone.wait_for_function("window.frames.length === 1")
    shop.sink.wait_for(1)

    assert order.status()["state"] == "COMPLETED"


def test_page__qr_code(shop: Shop, phone: Page) -> None:
    """A payer pays by a QR code, which is drawn once it is looked at."""
    back = open_page(shop, phone)
    phone.get_by_role("radio", name="QR code").check()
    code = phone.get_by_role("img", name="QR code that pays ₹7,000.00 to A Shop").element_handle()
    phone.wait_for_function("code => code.complete && code.naturalWidth > 0", arg=code)
    check(phone)
    phone.get_by_role("button", name="Pay", exact=True).click()
    phone.wait_for_url(back)

    (attempt,) = shop.ledger()["orders"][0]["attempts"]
    assert (attempt["mode"], attempt["state"]) == ("UPI_QR", "COMPLETED")


def test_page__payment_app(shop: Shop, phone: Page) -> None:
    """A payer pays in a UPI app, to which a link leads."""
    back = open_page(shop, phone)
    phone.get_by_role("radio", name="Payment app").check()
    phone.get_by_role("combobox", name="App").select_option("Google Pay")
    link = phone.get_by_role("link", name="Open the app").get_attribute("href")
    check(phone)
    phone.get_by_role("button", name="Pay", exact=True).click()
    phone.wait_for_url(back)

    (attempt,) = shop.ledger()["orders"][0]["attempts"]
    assert (attempt["mode"], attempt["state"]) == ("UPI_INTENT", "COMPLETED")
    assert "am=7000.00" in str(link)


@pytest.mark.parametrize(
    ("button", "outcome", "state"), [("Pay", "CONCLUDED", "COMPLETED"), ("Cancel payment", "USER_CANCEL", "FAILED")]
)
def test_checkout_script(shop: Shop, phone: Page, gateway_url: str, button: str, outcome: str, state: str) -> None:
    """PhonePe's script on a merchant's page shows the payment in a frame, takes it away and says how it ended."""
    order = shop.order()
    phone.goto(shop.sink.url.replace("/hooks/phonepe", "/checkout"))
    phone.add_script_tag(url=f"{gateway_url}/web/bundle/checkout.js")
    phone.evaluate(
        "tokenUrl => PhonePeCheckout.transact({tokenUrl, type: 'IFRAME', callback: it => { window.outcome = it; }})",
        order.page_url,
    )
    frame = phone.frame_locator("iframe[title=Payment]")
    frame.get_by_role("textbox", name="UPI ID").fill("success@ybl")
    frame.get_by_role("button", name=button, exact=True).click()
    phone.wait_for_function("window.outcome")

    assert phone.evaluate("[window.outcome, window.frames.length]") == [outcome, 0]
    assert order.status()["state"] == state


@pytest.mark.parametrize("path", ["/web/bundle/checkout.js", "/transact/assets/frame.js", "/transact/assets/style.css"])
def test_scripts__of_any_origin(shop: Shop, path: str) -> None:
    """Scripts and styles may be loaded by a merchant's page of any origin, with `crossorigin` too."""
    headers = shop.http.get(path, headers={"origin": "https://shop.example"}).headers

    assert (headers["access-control-allow-origin"], headers["cross-origin-resource-policy"]) == ("*", "cross-origin")


def test_checkout_script__redirect(shop: Shop, phone: Page, gateway_url: str) -> None:
    """Without a frame the script leads to the page itself."""
    order = shop.order()
    phone.goto(shop.sink.url.replace("/hooks/phonepe", "/checkout"))
    phone.add_script_tag(url=f"{gateway_url}/web/bundle/checkout.js")
    phone.evaluate("tokenUrl => PhonePeCheckout.transact({tokenUrl})", order.page_url)
    phone.wait_for_url(order.page_url)

    expect(phone.get_by_role("heading", name="Pay ₹7,000.00 to A Shop")).to_be_visible()


def test_timeline(shop: Shop, gateway_url: str, phone: Page) -> None:
    """The admin page shows a merchant's requests, transitions and webhooks in their order."""
    order = shop.order()
    order.submit(upi_id="success@ybl")
    shop.sink.wait_for(1)
    phone.goto(f"{gateway_url}/_admin/")
    phone.locator(f"a[href$='{shop.account.merchant_id}']").click()
    phone.get_by_role("link", name="time line").click()

    expect(phone.get_by_role("listitem").filter(has_text="PENDING → COMPLETED").first).to_be_visible()
    expect(phone.get_by_role("listitem").filter(has_text="checkout.order.completed").first).to_be_visible()
    check(phone)
