"""What a strict gateway refuses and a lenient one lets through."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.phonepe.shop import REDIRECT, Shop, checkout, new_id

Open = Callable[..., Shop]
URLS = {"redirectUrl": REDIRECT}
UPI, CARD = [{"type": "UPI_INTENT"}], [{"type": "CARD", "cardTypes": ["DEBIT_CARD"]}]


def flow(**changes: Any) -> dict[str, Any]:
    """A payment flow with fields replaced."""
    return {"type": "PG_CHECKOUT", "merchantUrls": URLS} | changes


STRICT = [
    ({"amount": 99}, "amount"),
    ({"merchantOrderId": "x" * 64}, "merchantOrderId"),
    ({"merchantOrderId": "white space"}, "merchantOrderId"),
    ({"expireAfter": 299}, "expireAfter"),
    ({"expireAfter": 3601}, "expireAfter"),
    ({"metaInfo": {"udf1": "x" * 257}}, "metaInfo.udf1"),
    ({"metaInfo": {"udf11": "x" * 51}}, "metaInfo.udf11"),
    ({"metaInfo": {"udf12": "<>"}}, "metaInfo.udf12"),
    ({"metaInfo": {"userId": "5"}}, "metaInfo.userId"),
    ({"metaInfo": {"udf1": 5}}, "metaInfo.udf1"),
    ({"metaInfo": {"udf1": {"nested": "x"}}}, "metaInfo.udf1"),
    ({"amount": "100"}, "amount"),
    ({"amount": "100.00"}, "amount"),
    ({"amount": 100.0}, "amount"),
    ({"amount": 99.0}, "amount"),
    ({"paymentFlow": None}, "paymentFlow.type"),
    ({"paymentFlow": flow(type="OTHER")}, "paymentFlow.type"),
    ({"paymentFlow": flow(merchantUrls=None)}, "paymentFlow.merchantUrls.redirectUrl"),
    (
        {"paymentFlow": flow(paymentModeConfig={"enabledPaymentModes": UPI, "disabledPaymentModes": CARD})},
        "paymentFlow.paymentModeConfig",
    ),
]

ALWAYS = [
    ({"amount": None}, "amount"),
    ({"amount": 0}, "amount"),
    ({"amount": -5}, "amount"),
    ({"amount": "1e3"}, "amount"),
    ({"amount": "100.5"}, "amount"),
    ({"amount": "9" * 5_000}, "amount"),
    ({"amount": 100.5}, "amount"),
    ({"amount": 1e300}, "amount"),
    ({"amount": True}, "amount"),
    ({"amount": 10**30}, "amount"),
    ({"merchantOrderId": None}, "merchantOrderId"),
    ({"merchantOrderId": "  "}, "merchantOrderId"),
    ({"merchantOrderId": 5}, "merchantOrderId"),
    ({"expireAfter": 10**15}, "expireAfter"),
    ({"metaInfo": "x"}, "metaInfo"),
    (
        {"paymentFlow": flow(merchantUrls={"redirectUrl": "javascript:alert(1)"})},
        "paymentFlow.merchantUrls.redirectUrl",
    ),
    (
        {"paymentFlow": flow(merchantUrls={"redirectUrl": "http://a/\r\nSet-Cookie: a"})},
        "paymentFlow.merchantUrls.redirectUrl",
    ),
]


def refused(shop: Shop, changes: dict[str, Any]) -> tuple[int, str, str]:
    """Status, code and field of a refusal."""
    response = shop.call("POST", "/checkout/v2/pay", checkout(new_id(), 10_000) | changes)
    body = response.json()
    return response.status_code, body.get("code", ""), body.get("context", {}).get("field", "")


@pytest.mark.parametrize(("changes", "field"), STRICT)
def test_strict(shop: Shop, changes: dict[str, Any], field: str) -> None:
    """A strict merchant's request is refused by the documented constraint, naming the field."""
    assert refused(shop, changes) == (400, "BAD_REQUEST", field)
    assert shop.ledger()["orders"] == []


@pytest.mark.parametrize(("changes", "field"), STRICT)
def test_lenient(open_shop: Open, changes: dict[str, Any], field: str) -> None:
    """What the sandbox lets through passes when lenient."""
    assert refused(open_shop(strict=False), changes)[0] == 200


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(("changes", "field"), ALWAYS)
def test_always(open_shop: Open, changes: dict[str, Any], field: str, strict: bool) -> None:
    """Nonsense is refused by its field even when lenient."""
    assert refused(open_shop(strict=strict), changes)[:2] == (400, "BAD_REQUEST")
    assert refused(open_shop(strict=strict), changes)[2] in (field, "expireAt")


def test_accepted__nulls(shop: Shop) -> None:
    """Explicit nulls count as absent, as the Python SDK sends them."""
    nulls = {"metaInfo": None, "expireAfter": None, "disablePaymentRetry": None, "prefillUserLoginDetails": None}

    assert refused(shop, nulls | {"paymentFlow": flow(paymentModeConfig=None, message=None)})[0] == 200


def test_accepted__doubled_query(shop: Shop) -> None:
    """Repeated and capitalised booleans are understood, as the SDKs send them."""
    order = shop.order()
    for vpa in ("pending@ybl", "pending@ybl"):
        order.submit(upi_id=vpa)
    counts = [
        len(shop.call("GET", f"/checkout/v2/order/{order.id}/status?{query}").json()["paymentDetails"])
        for query in ("", "details=False", "details=false&details=false", "details=True", "details=true&details=true")
    ]

    assert counts == [1, 1, 1, 2, 2]


def test_error_context(shop: Shop) -> None:
    """The error context is shown when it is asked for, and only of a failed order."""
    order = shop.order()
    asked = {"errorContext": "true"}
    before = order.status(**asked)
    order.submit(outcome="failure:INVALID_MPIN")

    assert "errorContext" not in before
    assert order.status(**asked)["errorContext"]["errorCode"] == "INVALID_MPIN"
    assert "errorContext" not in order.status()


@pytest.mark.parametrize(
    ("prefix", "status"),
    [
        ("", 200),
        ("/apis/pg-sandbox", 200),
        ("/apis/pg", 200),
        ("/apis/hermes", 404),
        ("/apis/identity-manager", 404),
        ("/apis/pg-ingestion", 404),
        ("/apis/merchant-simulator", 404),
    ],
)
def test_prefixes(shop: Shop, prefix: str, status: int) -> None:
    """Each of PhonePe's prefixes serves its own routes; the ledger keeps by which one a request came."""
    order = shop.order()
    response = shop.call("GET", f"{prefix}/checkout/v2/order/{order.id}/status")
    kept = shop.ledger("requests")["requests"][-1]

    assert (response.status_code, kept["prefix"], kept["host"]) == (status, prefix, "127.0.0.1")


def test_prefixes__token(shop: Shop) -> None:
    """A token is given by the sandbox and by the identity manager, and by no other of PhonePe's prefixes."""
    form = {
        "client_id": shop.account.client_id,
        "client_secret": shop.account.client_secret,
        "client_version": str(shop.account.client_version),
        "grant_type": "client_credentials",
    }
    prefixes = ("/apis/pg-sandbox", "/apis/identity-manager", "/apis/pg", "/apis/hermes", "/apis/pg-ingestion")
    statuses = [shop.http.post(f"{prefix}/v1/oauth/token", data=form).status_code for prefix in prefixes]

    assert statuses == [200, 200, 404, 404, 404]


@pytest.mark.parametrize(
    ("host", "prefix", "status"),
    [
        ("api-preprod.phonepe.com", "/apis/pg-sandbox", 200),
        ("api-preprod.phonepe.com", "/apis/pg", 404),
        ("api.phonepe.com", "/apis/pg", 200),
        ("api.phonepe.com", "/apis/pg-sandbox", 404),
        ("api.phonepe.com", "", 404),
        ("cards.phonepe.com", "/apis/pg", 200),
    ],
)
def test_hosts(shop: Shop, host: str, prefix: str, status: int) -> None:
    """Each of PhonePe's hosts serves its own prefixes."""
    shop.log_in()
    headers = {"authorization": f"O-Bearer {shop.tokens[-1]}", "host": host}
    document = checkout(new_id(), 10_000)
    response = shop.http.post(f"{prefix}/checkout/v2/pay", json=document, headers=headers)

    assert response.status_code == status


def test_prefixes__lenient(open_shop: Open) -> None:
    """A lenient merchant is served anywhere, and the ledger says what production would have refused."""
    shop = open_shop(strict=False)
    response = shop.call("POST", "/apis/hermes/checkout/v2/pay", checkout(new_id(), "100"))
    remarks = shop.ledger("requests")["requests"][-1]["remarks"]

    assert response.status_code == 200
    assert remarks == ["127.0.0.1/apis/hermes does not serve /checkout/v2/pay", "amount must be an integer"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_media_type(shop: Shop, open_shop: Open, kind: str | None) -> None:
    """JSON that is not sent as JSON is refused when strict, and remarked when lenient."""
    lenient = open_shop(strict=False)
    answers = []
    for each in (shop, lenient):
        each.log_in()
        headers = {"authorization": f"O-Bearer {each.tokens[-1]}"} | ({"content-type": kind} if kind else {})
        content = json.dumps(checkout(new_id(), 10_000))
        answers.append(each.http.post("/checkout/v2/pay", content=content, headers=headers))

    assert [each.status_code for each in answers] == [415, 200]
    assert answers[0].json()["code"] == "UNSUPPORTED_MEDIA_TYPE"
    assert lenient.ledger("requests")["requests"][-1]["remarks"] == [
        f"Content-Type must be application/json, not {kind or 'absent'}"
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/paylinks/v1/pay"), ("GET", "/configs/v1/webhooks"), ("GET", "/checkout/v2/pay"), ("PUT", "/nowhere")],
)
def test_unmapped(shop: Shop, method: str, path: str) -> None:
    """What is not built says that it is not mapped."""
    response = shop.call(method, path)

    assert (response.status_code, response.json()["code"]) == (404, "404")
    assert response.json()["message"] == "Bad Request - Api Mapping Not Found"


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff\xfe", b'"\\ud800"', b"[" * 100_000, b"1e999"])
@pytest.mark.parametrize(
    "path",
    ["/checkout/v2/pay", "/payments/v2/pay", "/payments/v2/refund", "/subscriptions/v2/setup", "/pg/v1/pay"],
)
def test_no_json(shop: Shop, path: str, body: bytes) -> None:
    """A body that is no JSON object is refused, never an error of the gateway."""
    shop.log_in()
    response = shop.http.post(path, content=body, headers={"authorization": f"O-Bearer {shop.tokens[-1]}"})

    assert response.status_code == 400


def test_surrogates(open_shop: Open) -> None:
    """Half a character in a lenient merchant's order id breaks neither the answer nor the page."""
    shop = open_shop(strict=False)
    document = checkout("\ud800", 100)
    response = shop.call("POST", "/checkout/v2/pay", document)

    assert response.status_code == 200
    assert shop.http.get(response.json()["redirectUrl"]).status_code == 200
    assert shop.ledger()["orders"][0]["amount"] == 100
