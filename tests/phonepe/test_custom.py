"""Custom checkout: each payment mode, paid by whoever pays it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.phonepe.shop import REDIRECT, Shop, new_id, submit

Open = Callable[..., Shop]
CARD = {"type": "CARD", "authMode": "3DS", "cardDetails": {"encryptedCardNumber": "x", "expiry": {"month": "12"}}}


def pay(shop: Shop, mode: dict[str, Any], name: str, **changes: Any) -> httpx.Response:
    """Ask for a payment in one mode."""
    flow = {"type": "PG", "paymentMode": mode, "merchantUrls": {"redirectUrl": REDIRECT}}
    document = {"merchantOrderId": name, "amount": 5_000, "paymentFlow": flow} | changes
    return shop.call("POST", "/payments/v2/pay", document)


def status(shop: Shop, name: str, **query: Any) -> dict[str, Any]:
    """The order's status by the custom route."""
    answer: dict[str, Any] = shop.call("GET", f"/payments/v2/order/{name}/status", **query).json()
    return answer


@pytest.mark.parametrize(
    ("mode", "fields"),
    [
        ({"type": "UPI_INTENT", "targetApp": "PHONEPE"}, {"intentUrl"}),
        ({"type": "UPI_QR"}, {"intentUrl", "qrData"}),
        ({"type": "UPI_COLLECT", "details": {"type": "VPA", "vpa": "pending@ybl"}}, set()),
        (CARD, {"redirectUrl"}),
        ({"type": "NET_BANKING", "bankId": "SBIN"}, {"redirectUrl"}),
    ],
)
def test_pay__fields(shop: Shop, mode: dict[str, Any], fields: set[str]) -> None:
    """Each mode answers with the fields that its payer needs next."""
    answer = pay(shop, mode, new_id()).json()

    assert set(answer) - {"orderId", "state", "expireAt"} == fields
    assert answer["state"] == "PENDING"


@pytest.mark.parametrize(
    ("vpa", "state"), [("Success@YBL", "COMPLETED"), ("failure@ybl", "FAILED"), ("pending@ybl", "PENDING")]
)
def test_collect__magic_vpa(shop: Shop, vpa: str, state: str) -> None:
    """A collect request is answered as the sandbox's addresses decide."""
    name = new_id()
    pay(shop, {"type": "UPI_COLLECT", "details": {"type": "VPA", "vpa": vpa}}, name)
    shop.advance(0.001)

    assert status(shop, name)["state"] == state


def test_collect__bad_vpa(shop: Shop) -> None:
    """Something that is no address is refused by its field."""
    response = pay(shop, {"type": "UPI_COLLECT", "details": {"type": "VPA", "vpa": "nobody"}}, new_id())

    assert response.json()["context"] == {"field": "paymentFlow.paymentMode.details.vpa"}


def test_intent__paid_in_an_app(shop: Shop) -> None:
    """An intent is paid when its payer acts, with the mode and rail of UPI, and the merchant is told."""
    name = new_id()
    pay(shop, {"type": "UPI_INTENT"}, name)
    shop.admin.pay(shop.account.merchant_id, name)
    (webhook,) = shop.sink.wait_for(1)
    (attempt,) = status(shop, name)["paymentDetails"]

    assert webhook.event == "pg.order.completed"
    assert (attempt["paymentMode"], attempt["rail"]["type"], attempt["state"]) == ("UPI_INTENT", "UPI", "COMPLETED")


def test_intent__outcome_by_behaviour(open_shop: Open) -> None:
    """A merchant's outcome template decides an intent by itself, after the payer's delay."""
    shop = open_shop(outcome={"failure": "BANK_TECHNICAL_ISSUE"}, payer_delay_s=30)
    name = new_id()
    pay(shop, {"type": "UPI_INTENT"}, name)
    before = status(shop, name)["state"]
    shop.advance(31)

    assert (before, status(shop, name)["errorCode"]) == ("PENDING", "BANK_TECHNICAL_ISSUE")


def test_card__one_time_password(shop: Shop) -> None:
    """A card's redirectUrl asks for the password; the right one pays and leads back to the merchant."""
    name = new_id()
    page = shop.http.get(pay(shop, CARD, name).json()["redirectUrl"])
    wrong = submit(shop.http, page, otp="000000")
    right = submit(shop.http, page, otp="123456")

    assert (wrong.status_code, right.status_code, right.headers["location"]) == (422, 303, REDIRECT)
    assert status(shop, name)["paymentDetails"][0]["instrument"]["type"] == "CREDIT_CARD"


def test_net_banking__page(shop: Shop) -> None:
    """Net banking's redirectUrl offers net banking alone."""
    name = new_id()
    page = shop.http.get(pay(shop, {"type": "NET_BANKING"}, name).json()["redirectUrl"])
    response = submit(shop.http, page)

    assert 'value="CARD"' not in page.text
    assert (response.status_code, status(shop, name)["paymentDetails"][0]["paymentMode"]) == (303, "NET_BANKING")


def test_transaction_status(shop: Shop) -> None:
    """An attempt's own status shows its order with that attempt alone."""
    name = new_id()
    pay(shop, {"type": "UPI_INTENT"}, name)
    transaction = status(shop, name)["paymentDetails"][0]["transactionId"]
    found = shop.call("GET", f"/payments/v2/transaction/{transaction}/status").json()

    assert (found["merchantOrderId"], len(found["paymentDetails"])) == (name, 1)


def test_transaction_status__unknown(shop: Shop) -> None:
    """An unknown attempt has no mapping."""
    assert shop.call("GET", "/payments/v2/transaction/nobody/status").json()["code"] == "MAPPING_NOT_FOUND"


@pytest.mark.parametrize("route", ["/payments/v2/sdk/order", "/checkout/v2/sdk/order"])
def test_sdk_order(shop: Shop, route: str) -> None:
    """An order for the mobile SDK carries a token instead of a page."""
    flow = {"type": "PG" if "payments" in route else "PG_CHECKOUT", "merchantUrls": {"redirectUrl": REDIRECT}}
    answer = shop.call("POST", route, {"merchantOrderId": new_id(), "amount": 100, "paymentFlow": flow}).json()

    assert set(answer) == {"orderId", "state", "expireAt", "token"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expireAfter": 299}, "expireAfter"),
        ({"amount": 99}, "amount"),
        ({"paymentFlow": {"type": "PG", "paymentMode": {"type": "CARD"}}}, "paymentFlow.merchantUrls.redirectUrl"),
        ({"paymentFlow": {"type": "PG", "paymentMode": {"type": "CASH"}}}, "paymentFlow.paymentMode.type"),
    ],
)
def test_pay__refused(shop: Shop, changes: dict[str, Any], field: str) -> None:
    """What a strict gateway refuses, it refuses by field."""
    response = pay(shop, CARD, new_id(), **changes)

    assert (response.status_code, response.json()["context"]) == (400, {"field": field})


@pytest.mark.parametrize(
    ("document", "answer"),
    [
        ({"type": "VPA", "vpa": "success@ybl"}, {"valid": True, "name": "A Payer"}),
        ({"type": "VPA", "vpa": "nobody"}, {"valid": False}),
        ({"type": "UPI_NUMBER", "upiNumber": "9999999999"}, {"valid": True, "name": "A Payer"}),
    ],
)
def test_validate_upi(shop: Shop, document: dict[str, Any], answer: dict[str, Any]) -> None:
    """An address is validated by its form."""
    assert shop.call("POST", "/v2/validate/upi", document).json() == answer
