"""The v1 protocol: base64 payloads and X-VERIFY both ways."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx

from mocks.phonepe.legacy_views import sign
from tests.phonepe.shop import REDIRECT, Shop, new_id, submit


def post(shop: Shop, path: str, payload: dict[str, Any], salt: str | None = None, prefix: str = "") -> httpx.Response:
    """A signed v1 call."""
    encoded = base64.b64encode(json.dumps(payload).encode()).decode()
    verify = sign(encoded + path, salt or shop.account.salt_key, shop.account.salt_index)
    return shop.http.post(prefix + path, json={"request": encoded}, headers={"X-VERIFY": verify})


def pay(shop: Shop, name: str, **changes: Any) -> httpx.Response:
    """Ask for a payment."""
    payload = {
        "merchantId": shop.account.merchant_id,
        "merchantTransactionId": name,
        "merchantUserId": "U1",
        "amount": 10_000,
        "redirectUrl": REDIRECT,
        "redirectMode": "REDIRECT",
        "callbackUrl": shop.sink.url,
        "paymentInstrument": {"type": "PAY_PAGE"},
    }
    return post(shop, "/pg/v1/pay", payload | changes, prefix="/apis/hermes")


def status(shop: Shop, name: str) -> httpx.Response:
    """Ask for a transaction's status."""
    path = f"/pg/v1/status/{shop.account.merchant_id}/{name}"
    headers = {"X-VERIFY": sign(path, shop.account.salt_key, shop.account.salt_index)}
    return shop.http.get(path, headers=headers | {"X-MERCHANT-ID": shop.account.merchant_id})


def page_of(shop: Shop, response: httpx.Response) -> httpx.Response:
    """The page that a pay answer leads to."""
    return shop.http.get(response.json()["data"]["instrumentResponse"]["redirectInfo"]["url"])


def test_pay__success(shop: Shop) -> None:
    """A paid transaction is PAYMENT_SUCCESS by status and by callback, whose X-VERIFY fits its body."""
    name = new_id()[:36]
    submit(shop.http, page_of(shop, pay(shop, name)), upi_id="success@ybl")
    (callback,) = shop.sink.wait_for(1)
    encoded = callback.document["response"]

    assert callback.headers["x-verify"] == sign(encoded, shop.account.salt_key, shop.account.salt_index)
    assert json.loads(base64.b64decode(encoded)) == status(shop, name).json()
    assert status(shop, name).json()["code"] == "PAYMENT_SUCCESS"


def test_pay__failure_is_http_200(shop: Shop) -> None:
    """A failed payment is HTTP 200 with success false."""
    name = new_id()[:36]
    submit(shop.http, page_of(shop, pay(shop, name)), outcome="failure:INSUFFICIENT_BALANCE")
    response = status(shop, name)

    assert (response.status_code, response.json()["success"]) == (200, False)
    assert (response.json()["code"], response.json()["data"]["responseCode"]) == ("PAYMENT_ERROR", "Z9")


def test_pay__redirect_by_post(shop: Shop) -> None:
    """With redirectMode POST the payer's browser posts the result to the merchant."""
    page = page_of(shop, pay(shop, new_id()[:36], redirectMode="POST"))
    response = submit(shop.http, page, upi_id="success@ybl")

    assert response.status_code == 200
    assert 'name="checksum"' in response.text
    assert 'value="PAYMENT_SUCCESS"' in response.text


def test_pay__bad_signature(shop: Shop) -> None:
    """A wrong X-VERIFY is refused."""
    payload = {"merchantId": shop.account.merchant_id, "merchantTransactionId": "T1", "amount": 100}
    response = post(shop, "/pg/v1/pay", payload, salt="wrong")

    assert (response.status_code, response.json()["code"]) == (401, "AUTHORIZATION_FAILED")


def test_pay__unknown_merchant(shop: Shop) -> None:
    """A merchant without a key is told so."""
    assert post(shop, "/pg/v1/pay", {"merchantId": "nobody"}).json()["code"] == "KEY_NOT_CONFIGURED"


def test_status__unknown(shop: Shop) -> None:
    """An unknown transaction is not found."""
    assert status(shop, "nobody").json()["code"] == "TRANSACTION_NOT_FOUND"


def test_refund(shop: Shop) -> None:
    """A refund is pending at first; more than is left is an error that is told with HTTP 200."""
    name = new_id()[:36]
    submit(shop.http, page_of(shop, pay(shop, name)), outcome="success")
    base = {"merchantId": shop.account.merchant_id, "originalTransactionId": name}
    first = post(shop, "/pg/v1/refund", base | {"merchantTransactionId": "R1", "amount": 10_000}).json()
    second = post(shop, "/pg/v1/refund", base | {"merchantTransactionId": "R2", "amount": 1}).json()

    assert (first["code"], second["code"]) == ("PAYMENT_PENDING", "PAYMENT_ERROR")
    assert second["data"]["responseCode"] == "EXCESS_REFUND_AMOUNT"


def test_validate_vpa(shop: Shop) -> None:
    """An address is validated by its form."""
    payload = {"merchantId": shop.account.merchant_id, "vpa": "success@ybl"}

    assert post(shop, "/pg/v1/vpa/validate", payload).json()["data"]["exists"] is True
