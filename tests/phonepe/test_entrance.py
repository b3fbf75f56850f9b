"""Who may open a payment's page: the token's kind and the browser's referrer decide."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.phonepe.shop import Shop, checkout, new_id

Open = Callable[..., Shop]
LED = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
HIDDEN = "<!doctype html><html lang=en><title>Shop</title><meta name=referrer content={policy}><a href='{url}'>Pay</a>"


def sdk_token(shop: Shop) -> str:
    """A token for PhonePe's mobile SDK."""
    return str(shop.call("POST", "/checkout/v2/sdk/order", checkout(new_id(), 10_000)).json()["token"])


def test_token__of_the_sdk(shop: Shop) -> None:
    """An SDK order's token opens no web page, and is not paid there."""
    url = f"/transact/uat_v2?token={sdk_token(shop)}"
    shown, paid = shop.http.get(url), shop.http.post(url, data={"upi_id": "success@ybl", "action": "pay"})

    assert [(each.status_code, "PR004" in each.text) for each in (shown, paid)] == [(401, True)] * 2
    assert shop.ledger("orders")["orders"][0]["state"] == "PENDING"


def test_token__of_the_web(shop: Shop) -> None:
    """A web payment's token is refused where the mobile SDK opens its page."""
    order = shop.order()
    response = shop.http.get(order.page_url.replace("uat_v2", "sdk_v2"))

    assert (response.status_code, response.json()["errorCode"]) == (401, "PR004")


def test_token__in_the_sdk(shop: Shop) -> None:
    """The mobile SDK's page is opened by an SDK order's token."""
    assert shop.http.get(f"/transact/sdk_v2?token={sdk_token(shop)}").status_code == 200


def test_token__lenient(open_shop: Open) -> None:
    """A lenient merchant's token opens either, and the ledger remarks it."""
    shop = open_shop(strict=False)
    response = shop.http.get(f"/transact/uat_v2?token={sdk_token(shop)}")

    assert response.status_code == 200
    assert "PR004" in shop.ledger("requests")["requests"][-1]["remarks"][0]


@pytest.mark.parametrize(
    ("settings", "referrer", "status"),
    [
        ({}, None, 403),
        ({}, "http://shop.example/", 200),
        ({"referrer": "ignored"}, None, 200),
        ({"strict": False}, None, 200),
        ({"strict": False, "referrer": "required"}, None, 403),
    ],
)
def test_referrer(open_shop: Open, settings: dict[str, object], referrer: str | None, status: int) -> None:
    """A browser that was led to the page must say by whom, unless the setting or leniency says otherwise."""
    shop = open_shop(**settings)
    headers = LED | ({"referer": referrer} if referrer else {})
    response = shop.http.get(shop.order().page_url, headers=headers)

    assert (response.status_code, "INTERNAL_SECURITY_BLOCK" in response.text) == (status, status == 403)


def test_referrer__no_browser(shop: Shop) -> None:
    """Programs that are no browsers open the page without a referrer."""
    assert shop.order().page().status_code == 200


@pytest.mark.parametrize(("policy", "heading"), [("no-referrer", "Something went wrong"), ("origin", "Pay ₹7,000.00")])
def test_referrer__browser(shop: Shop, page: Page, policy: str, heading: str) -> None:
    """A real browser is turned away where the merchant's page hides its origin, and let in where it says it."""
    leading = HIDDEN.format(policy=policy, url=shop.order().page_url)
    page.route(f"{shop.sink.url}*", lambda route: route.fulfill(body=leading, content_type="text/html"))
    page.goto(shop.sink.url)
    page.get_by_role("link", name="Pay").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
