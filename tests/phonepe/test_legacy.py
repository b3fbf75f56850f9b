"""The v1 protocol: base64 payloads and X-VERIFY both ways."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mocks.phonepe.webhooks.x_verify import sign
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


def refund(shop: Shop, original: str, name: str, amount: int) -> dict[str, Any]:
    """Ask for money back."""
    payload = {
        "merchantId": shop.account.merchant_id,
        "originalTransactionId": original,
        "merchantTransactionId": name,
        "amount": amount,
        "callbackUrl": shop.sink.url,
    }
    answer: dict[str, Any] = post(shop, "/pg/v1/refund", payload).json()
    return answer


def test_refund(shop: Shop) -> None:
    """A refund is pending at first, then done, and called back."""
    name = new_id()[:36]
    submit(shop.http, page_of(shop, pay(shop, name)), outcome="success")
    shop.sink.wait_for(1)
    first = refund(shop, name, "R1", 10_000)
    shop.advance(0.001)
    callback = json.loads(base64.b64decode(shop.sink.wait_for(2)[1].document["response"]))

    assert first["code"] == "PAYMENT_PENDING"
    assert callback == status(shop, "R1").json()
    assert (callback["code"], callback["data"]["responseCode"]) == ("PAYMENT_SUCCESS", "SUCCESS")


def test_refund__too_much(open_shop: Callable[..., Shop]) -> None:
    """A refund of more than is left is pending at first too; later it fails, and what is left can be had after all."""
    shop = open_shop(refund={"confirm_after_s": 10})
    name = new_id()[:36]
    submit(shop.http, page_of(shop, pay(shop, name)), outcome="success")
    excess = refund(shop, name, "R1", 10_001)
    before = status(shop, "R1").json()
    shop.advance(11)
    after = status(shop, "R1").json()
    refund(shop, name, "R2", 10_000)
    shop.advance(11)

    assert (excess["code"], before["code"]) == ("PAYMENT_PENDING", "PAYMENT_PENDING")
    assert (after["success"], after["code"]) == (False, "PAYMENT_ERROR")
    assert (after["data"]["state"], after["data"]["responseCode"]) == ("FAILED", "EXCESS_REFUND_AMOUNT")
    assert status(shop, "R2").json()["data"]["state"] == "COMPLETED"


def test_refund__refused(shop: Shop) -> None:
    """A refund of what was not paid fails at once, and an id is good for one refund."""
    paid, unpaid = (new_id()[:36] for _ in range(2))
    submit(shop.http, page_of(shop, pay(shop, paid)), outcome="success")
    pay(shop, unpaid)
    refund(shop, paid, "R1", 100)

    assert refund(shop, unpaid, "R2", 100)["code"] == "PAYMENT_ERROR"
    assert refund(shop, paid, "R1", 100)["code"] == "DUPLICATE_TXN_REQUEST"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("PAY_PAGE", {"redirectInfo"}),
        ("CARD", {"redirectInfo"}),
        ("NET_BANKING", {"redirectInfo"}),
        ("UPI_INTENT", {"intentUrl"}),
        ("UPI_QR", {"intentUrl", "qrData"}),
        ("UPI_COLLECT", set()),
    ],
)
def test_pay__instruments(shop: Shop, kind: str, fields: set[str]) -> None:
    """Each instrument goes on in its own way: a page, a link, a code, or a request to the payer's app."""
    instrument = {"type": kind, "vpa": "success@ybl"}
    data = pay(shop, "it", paymentInstrument=instrument).json()["data"]
    shop.advance(0.001)

    assert data["instrumentResponse"].keys() == {"type"} | fields
    assert status(shop, "it").json()["data"]["state"] == ("COMPLETED" if kind == "UPI_COLLECT" else "PENDING")


def test_pay__unknown_instrument(shop: Shop) -> None:
    """An instrument that v1 does not know is refused."""
    assert pay(shop, "it", paymentInstrument={"type": "COINS"}).json()["code"] == "BAD_REQUEST"


def test_validate_vpa(shop: Shop) -> None:
    """An address is validated by its form."""
    payload = {"merchantId": shop.account.merchant_id, "vpa": "success@ybl"}

    assert post(shop, "/pg/v1/vpa/validate", payload).json()["data"]["exists"] is True
