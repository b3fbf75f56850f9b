"""Small inputs from public plugins, documents and reports, on which a mock and PhonePe may part."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from mocks.phonepe.webhooks.x_verify import sign
from tests.phonepe.autopay import AUTOPAY, notify, set_up
from tests.phonepe.shop import REDIRECT, Json, Shop, checkout, new_id

Open = Callable[..., Shop]
DAY_S = 86_400


def pay(shop: Shop, order: str, **method: Any) -> Json:
    """Let the payer pay an order without a page."""
    return shop.admin.pay(shop.account.merchant_id, order, **method)


@pytest.mark.parametrize("kind", [AUTOPAY, "SUBSCRIPTION_CHECKOUT"])
@pytest.mark.parametrize("path", ["/checkout/v2/pay", "/checkout/v2/sdk/order"])
def test_checkout_autopay__set_up(shop: Shop, path: str, kind: str) -> None:
    """A mandate is set up by checkout or by an SDK order, and told of as an order of checkout."""
    order, subscription, response = set_up(shop, path, kind)
    pay(shop, order)
    state = shop.call("GET", f"/checkout/v2/subscriptions/{subscription}/status").json()["state"]

    assert (response.status_code, state) == (200, "ACTIVE")
    assert ("token" in response.json()) == path.endswith("/sdk/order")
    assert [each.event for each in shop.sink.wait_for(1)] == ["checkout.order.completed"]


@pytest.mark.parametrize("kind", ["SUBSCRIPTION_CHECKOUT_REDEMPTION", "SUBSCRIPTION_REDEMPTION"])
def test_checkout_autopay__debit(open_shop: Open, kind: str) -> None:
    """A debit of a mandate that checkout set up is announced, redeemed after a day, and told of as an order."""
    shop = open_shop(token_lifetime_s=30 * DAY_S)
    order, subscription, _ = set_up(shop)
    pay(shop, order)
    debit, announced = notify(shop, "/checkout/v2/subscriptions/notify", subscription, kind)
    shop.advance(DAY_S)
    redeemed = shop.call("POST", "/checkout/v2/subscriptions/redeem", {"merchantOrderId": debit})
    events = [each.event for each in shop.sink.wait_for(3)]

    assert (announced.status_code, announced.json()["state"]) == (200, "NOTIFICATION_IN_PROGRESS")
    assert redeemed.status_code == 200
    assert sorted(events) == [
        "checkout.order.completed",
        "checkout.order.completed",
        "subscription.notification.completed",
    ]
    assert shop.call("POST", f"/checkout/v2/subscriptions/{subscription}/cancel").status_code == 204


def test_notify__custom(shop: Shop) -> None:
    """Outside of checkout an announcement answers that it is pending, as the SDKs' fixtures have it."""
    order, subscription, _ = set_up(shop)
    pay(shop, order)
    _, announced = notify(shop, "/subscriptions/v2/notify", subscription, "SUBSCRIPTION_REDEMPTION")
    _, refused = notify(shop, "/subscriptions/v2/notify", subscription, "SUBSCRIPTION_CHECKOUT_REDEMPTION")

    assert (announced.json()["state"], refused.status_code) == ("PENDING", 400)


def test_notify__expires(open_shop: Open) -> None:
    """An announced debit that nobody redeems expires after 48 hours."""
    shop = open_shop(token_lifetime_s=30 * DAY_S)
    order, subscription, _ = set_up(shop)
    pay(shop, order)
    debit, announced = notify(
        shop, "/checkout/v2/subscriptions/notify", subscription, "SUBSCRIPTION_CHECKOUT_REDEMPTION"
    )
    left_s = announced.json()["expireAt"] / 1000 - time.time()
    shop.advance(2 * DAY_S + 1)

    assert left_s == pytest.approx(2 * DAY_S, abs=60)
    assert shop.admin.order(shop.account.merchant_id, debit)["state"] == "EXPIRED"


def test_mandate__umn(shop: Shop) -> None:
    """A mandate's payments carry its UMN, the same one each time; others carry none."""
    order, _, _ = set_up(shop)
    pay(shop, order)
    plain = shop.order(20_000)
    pay(shop, plain.id)
    mandate = shop.call("GET", f"/checkout/v2/order/{order}/status").json()["paymentDetails"][0]["rail"]

    assert mandate["umn"].endswith("@ybl")
    assert "umn" not in plain.status()["paymentDetails"][0]["rail"]


@pytest.mark.parametrize("amount", ["50000", "50000.00", 50000.0])
def test_amount__lenient(open_shop: Open, amount: Any) -> None:
    """A lenient merchant's amount may be numeric text or have a zero fraction; the ledger remarks it."""
    shop = open_shop(strict=False)
    order = shop.order(amount)

    assert order.ledger()["amount"] == 50_000
    assert "amount must be an integer" in shop.ledger("requests")["requests"][-1]["remarks"]


@pytest.mark.parametrize(
    ("path", "url", "status"),
    [
        ("/checkout/v2/pay", "", 200),
        ("/checkout/v2/pay", "myapp://return", 400),
        ("/checkout/v2/sdk/order", "", 200),
        ("/checkout/v2/sdk/order", "myapp://return/here?order=1", 200),
        ("/payments/v2/sdk/order", "myapp://return", 200),
        ("/checkout/v2/sdk/order", "javascript://%0aalert(1)", 400),
        ("/checkout/v2/sdk/order", "not a link", 400),
    ],
)
def test_redirect_url(shop: Shop, path: str, url: str, status: int) -> None:
    """A redirect may be empty as in the documents' samples, and a link of the app where an app opens the page."""
    document = checkout(new_id(), 10_000)
    document["paymentFlow"]["merchantUrls"]["redirectUrl"] = url

    assert shop.call("POST", path, document).status_code == status


def test_redirect_url__empty_page(shop: Shop) -> None:
    """A payer of an order without a way back is shown how it ended."""
    document = checkout(new_id(), 10_000)
    document["paymentFlow"]["merchantUrls"]["redirectUrl"] = ""
    page = shop.call("POST", "/checkout/v2/pay", document).json()["redirectUrl"]
    ended = shop.http.post(page, data={"payment_method": "UPI", "upi_id": "success@ybl", "action": "pay"})

    assert (ended.status_code, "Payment received" in ended.text) == (200, True)


def test_modes__ppe_intent(shop: Shop) -> None:
    """PhonePe's own intent is a mode that a merchant may enable; its payers see the apps."""
    config = {"enabledPaymentModes": [{"type": "PPE_INTENT"}]}
    flow = checkout(new_id(), 1)["paymentFlow"] | {"paymentModeConfig": config}
    order = shop.order(paymentFlow=flow)
    page = order.page().text

    assert ('value="APP"' in page, 'value="CARD"' in page) == (True, False)


def test_settlement_details(shop: Shop) -> None:
    """Settlement details are taken; what is no object is refused by its name."""
    fine = shop.pay(settlementDetails={"settlementInstructions": [{"amount": 700_000}]})
    wrong = shop.pay(settlementDetails="later")

    assert fine.status_code == 200
    assert (wrong.status_code, wrong.json()["context"]) == (400, {"field": "settlementDetails"})


def test_token__expires_in(open_shop: Open) -> None:
    """A token's expires_in is null as in the documents' samples, or seconds when asked for."""
    default, seconds = open_shop(), open_shop(token_expires_in=True)

    assert default.log_in().json()["expires_in"] is None
    assert seconds.log_in().json()["expires_in"] == 3600


def v1_post(shop: Shop, path: str, payload: Json, prefix: str = "") -> httpx.Response:
    """A signed v1 call."""
    encoded = base64.b64encode(json.dumps(payload).encode()).decode()
    verify = sign(encoded + path, shop.account.salt_key, shop.account.salt_index)
    return shop.http.post(prefix + path, json={"request": encoded}, headers={"x-verify": verify})


def v1_pay(shop: Shop, name: str, amount: Any = 10_000) -> httpx.Response:
    """A v1 payment."""
    payload = {
        "merchantId": shop.account.merchant_id,
        "merchantTransactionId": name,
        "merchantUserId": "u",
        "amount": amount,
        "redirectUrl": REDIRECT,
        "redirectMode": "REDIRECT",
        "callbackUrl": shop.sink.url,
        "paymentInstrument": {"type": "PAY_PAGE"},
    }
    return v1_post(shop, "/pg/v1/pay", payload, "/apis/pg-sandbox")


def v1_status(shop: Shop, name: str, sender: str | None) -> httpx.Response:
    """A v1 status with, or without, its X-MERCHANT-ID."""
    path = f"/pg/v1/status/{shop.account.merchant_id}/{quote(name, safe='')}"
    headers = {"x-verify": sign(path, shop.account.salt_key, shop.account.salt_index)}
    return shop.http.get(path, headers=headers | ({} if sender is None else {"x-merchant-id": sender}))


@pytest.mark.parametrize("amount", ["10000", "10000.00", 10000.0])
def test_v1__amount(shop: Shop, amount: Any) -> None:
    """v1 takes the numeric text that PhonePe's own plugin sends."""
    assert v1_pay(shop, new_id()[:30], amount).status_code == 200
    assert shop.ledger("orders")["orders"][0]["amount"] == 10_000


@pytest.mark.parametrize(("name", "status"), [("T" * 37, 200), ("T" * 38, 400), ("a b/c#", 400), ("a_B-9", 200)])
def test_v1__transaction_id(shop: Shop, name: str, status: int) -> None:
    """A v1 transaction id is shorter than 38 letters, digits, underscores and hyphens."""
    response = v1_pay(shop, name)

    assert response.status_code == status
    assert response.json()["code"] == ("PAYMENT_INITIATED" if status == 200 else "INVALID_TRANSACTION_ID")


def test_v1__transaction_id_lenient(open_shop: Open) -> None:
    """A lenient merchant's id passes, and the ledger says what is wrong with it."""
    shop = open_shop(strict=False)

    assert v1_pay(shop, "T" * 38).status_code == 200
    assert "merchantTransactionId" in shop.ledger("requests")["requests"][-1]["remarks"][0]


@pytest.mark.parametrize(
    ("sender", "strict", "status", "code"),
    [
        ("own", True, 200, "PAYMENT_PENDING"),
        (None, True, 400, "BAD_REQUEST"),
        ("OTHER", True, 401, "AUTHORIZATION_FAILED"),
        (None, False, 200, "PAYMENT_PENDING"),
    ],
)
def test_v1__x_merchant_id(open_shop: Open, sender: str | None, strict: bool, status: int, code: str) -> None:
    """A v1 status names its merchant in X-MERCHANT-ID."""
    shop = open_shop(strict=strict)
    v1_pay(shop, "T1")
    response = v1_status(shop, "T1", shop.account.merchant_id if sender == "own" else sender)

    assert (response.status_code, response.json()["code"]) == (status, code)


def test_v1__plugin_event(shop: Shop) -> None:
    """What PhonePe's shop plugins tell of themselves is taken, and kept in the ledger."""
    event = {"merchantId": shop.account.merchant_id, "flowType": "B2B_PG", "eventType": "PLUGIN_USER_CANCEL"}
    response = v1_post(shop, "/plugin/ingest-event", event, "/apis/hermes")

    assert (response.status_code, response.json()["success"]) == (200, True)
    assert shop.ledger("events")["events"] == [event]


def test_open_attempt__method(shop: Shop) -> None:
    """Who pays an open attempt decides about its mode, instrument and rail."""
    name = new_id()
    flow = {"type": "PG", "paymentMode": {"type": "UPI_INTENT", "targetApp": "com.phonepe.app"}}
    shop.call("POST", "/payments/v2/pay", {"merchantOrderId": name, "amount": 50_000, "paymentFlow": flow})
    pay(shop, name, instrument="CREDIT_LINE")
    status = shop.call("GET", f"/payments/v2/order/{name}/status").json()["paymentDetails"]

    assert [each["paymentMode"] for each in status] == ["UPI_INTENT"]
    assert (status[0]["instrument"]["type"], status[0]["rail"]["type"]) == ("CREDIT_LINE", "UPI")


def test_client__salt(shop: Shop) -> None:
    """The typed client gives a merchant the v1 key that a caller wants."""
    key = "x" * 36
    account = shop.admin.create_merchant(salt_key=key, salt_index=3)
    shop.admin.delete_merchant(account.merchant_id)

    assert (account.salt_key, account.salt_index) == (key, 3)
