"""The Python SDK's own fixtures are golden: what they have, the gateway's answers have, of the same JSON types."""

from __future__ import annotations

import ast
import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.phonepe.shop import REDIRECT, Json, Order, Shop, new_id
from tests.phonepe.test_subscriptions import notify, setup

FIXTURES = Path(__file__).parents[2] / ".venv-raptorflow" / "lib"
Open = Callable[..., Shop]

DROPPED = frozenset({"responseCode", "backendErrorCode", "accountNumber", "upi_transaction_id"})
"""Keys that the SDK reads nowhere, or that a fixture misspells."""

pytestmark = pytest.mark.skipif(not FIXTURES.exists(), reason="needs .venv-raptorflow: make setup")


@functools.cache
def golden() -> tuple[Json, ...]:
    """Every JSON object that the SDK's tests hold as text."""
    found: dict[str, Json] = {}
    for path in sorted(FIXTURES.glob("python3*/site-packages/tests/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lstrip().startswith("{"):
                try:
                    document = json.loads(node.value)
                except ValueError:
                    continue
                found[json.dumps(document, sort_keys=True)] = document
    return tuple(found.values())


def with_keys(*keys: str) -> list[Json]:
    """The fixtures that have all of these keys."""
    return [each for each in golden() if set(keys) <= set(each)]


def differences(wanted: Any, given: Any, path: str = "$") -> Iterator[str]:
    """What `given` lacks of `wanted`'s keys and JSON types."""
    if isinstance(wanted, dict) and isinstance(given, dict):
        for key in wanted.keys() - DROPPED:
            if key not in given:
                yield f"{path}.{key} is missing"
            else:
                yield from differences(wanted[key], given[key], f"{path}.{key}")
    elif isinstance(wanted, list) and isinstance(given, list):
        if wanted and not given:
            yield f"{path} is empty"
        for one, other in zip(wanted, given, strict=False):
            yield from differences(one, other, path)
    elif type(wanted) is not type(given):
        yield f"{path} is {type(given).__name__}, not {type(wanted).__name__}"


def lacks(fixtures: list[Json], answer: Json) -> list[str]:
    """Every difference from any of the fixtures; there must be some."""
    assert fixtures, "the SDK's tests hold no such fixture any more"
    return sorted({each for fixture in fixtures for each in differences(fixture, answer)})


META = {f"udf{number}": "x" for number in range(1, 6)}


def test_fixtures__found() -> None:
    """The SDK ships its fixtures."""
    assert len(golden()) >= 30


def test_token(shop: Shop) -> None:
    """The token's answer."""
    assert lacks(with_keys("access_token"), shop.log_in().json()) == []


def test_invalid_client(shop: Shop) -> None:
    """The refusal of unknown credentials."""
    fixtures = [each for each in with_keys("errorCode", "context") if each["code"] == "INVALID_CLIENT"]

    assert lacks(fixtures, shop.log_in(client_secret="wrong").json()) == []


def test_authorization_failed(shop: Shop) -> None:
    """The refusal of an unknown token, word for word."""
    (fixture,) = [each for each in with_keys("success") if each["code"] == "AUTHORIZATION_FAILED"]
    shop.tokens.append("unknown")

    assert shop.call("GET", "/checkout/v2/order/x/status").json() == fixture


def test_pay(shop: Shop) -> None:
    """The answer to a payment."""
    assert lacks(with_keys("orderId", "redirectUrl"), shop.pay().json()) == []


def test_refund(shop: Shop) -> None:
    """The answers to a refund and to its status."""
    order, name = shop.order(), new_id()
    order.submit(outcome="success")
    document = {"merchantRefundId": name, "originalMerchantOrderId": order.id, "amount": 100}
    answer = shop.call("POST", "/payments/v2/refund", document).json()
    status = shop.call("GET", f"/payments/v2/refund/{name}/status").json()

    assert lacks([each for each in with_keys("refundId") if "merchantId" not in each], answer) == []
    assert lacks(with_keys("merchantRefundId", "paymentDetails"), status) == []


def fixtures_with(instrument: str) -> list[Json]:
    """Status and callback fixtures whose first attempt has an instrument of that type."""
    bodies = [each.get("payload", each) for each in golden()]
    details = [(body, (body.get("paymentDetails") or [{}])[0]) for body in bodies]
    found = [(body, detail) for body, detail in details if detail.get("instrument", {}).get("type") == instrument]
    return [detail["instrument"] for _, detail in found]


@pytest.mark.parametrize(
    "instrument", ["ACCOUNT", "CREDIT_CARD", "DEBIT_CARD", "NET_BANKING", "WALLET", "EGV", "CREDIT_LINE"]
)
def test_status__instruments(shop: Shop, instrument: str) -> None:
    """The status of an order paid with each instrument."""
    order = shop.order(metaInfo=META)
    shop.admin.pay(shop.account.merchant_id, order.id, instrument=instrument)
    status = order.status()
    plain = [each for each in with_keys("orderId", "paymentDetails", "state") if each["state"] == "COMPLETED"]
    shapes = [each | {"paymentDetails": []} for each in plain if "paymentFlow" not in each]

    assert lacks(fixtures_with(instrument), status["paymentDetails"][0]["instrument"]) == []
    assert lacks(shapes, status) == []


@pytest.mark.parametrize(("mode", "rail"), [("UPI_QR", "UPI"), ("CARD", "PG"), ("TOKEN", "PG"), ("NET_BANKING", "PG")])
def test_status__rails(shop: Shop, mode: str, rail: str) -> None:
    """The rail of each mode."""
    order = shop.order()
    shop.admin.pay(shop.account.merchant_id, order.id, mode=mode)
    details = [detail for each in with_keys("paymentDetails") for detail in each["paymentDetails"]]
    rails = [each["rail"] for each in details if each.get("rail", {}).get("type") == rail]

    assert lacks(rails, order.status()["paymentDetails"][0]["rail"]) == []


def callbacks(event: str, state: str | None = None) -> list[Json]:
    """The callback fixtures of an event, those with quirks of their own (another root state) left out."""
    found = [each for each in with_keys("event", "payload") if each["event"] == event]
    return [each for each in found if state is None or each["payload"]["state"] == state]


def told(shop: Shop, event: str) -> Json:
    """The first webhook of an event."""

    def seen() -> Json | None:
        return next((each.document for each in shop.sink.received if each.event == event), None)

    shop.advance(0.001)
    document = seen()
    assert document is not None, [each.event for each in shop.sink.received]
    return document


def test_callback__attempt_failed(open_shop: Open) -> None:
    """An attempt failed, the order is still pending, and the root has the attempt's codes."""
    shop = open_shop(page_retries=1)
    shop.order(metaInfo=META).submit(payment_method="NET_BANKING", outcome="failure:PAYMENT_ERROR")
    document = told(shop, "checkout.transaction.attempt.failed")

    assert lacks(callbacks("checkout.transaction.attempt.failed"), document) == []
    assert (document["payload"]["state"], document["payload"]["errorCode"]) == ("PENDING", "PAYMENT_ERROR")


def test_callback__pg_order_completed(shop: Shop) -> None:
    """A custom checkout's order was paid."""
    name = new_id()
    flow = {"type": "PG", "paymentMode": {"type": "UPI_QR"}, "merchantUrls": {"redirectUrl": REDIRECT}}
    document = {"merchantOrderId": name, "amount": 100, "paymentFlow": flow, "metaInfo": META}
    shop.call("POST", "/payments/v2/pay", document)
    shop.admin.pay(shop.account.merchant_id, name)

    assert lacks(callbacks("pg.order.completed", "COMPLETED"), told(shop, "pg.order.completed")) == []


@pytest.mark.parametrize("event", ["pg.refund.accepted", "pg.refund.completed"])
def test_callback__refund(shop: Shop, event: str) -> None:
    """A refund was accepted, and completed."""
    order: Order = shop.order()
    order.submit(upi_id="success@ybl")
    document = {"merchantRefundId": new_id(), "originalMerchantOrderId": order.id, "amount": 100}
    shop.call("POST", "/payments/v2/refund", document)

    assert lacks(callbacks(event), told(shop, event)) == []


def test_callback__subscription(shop: Shop) -> None:
    """A subscription was set up, a debit was announced, and it was cancelled."""
    name = new_id()
    setup(shop, name)
    notify(shop, name, new_id())
    document = told(shop, "subscription.notification.completed")
    for action in ("pause", "cancel"):
        shop.admin.change_subscription(shop.account.merchant_id, name, action)
    set_up, cancelled = "subscription.setup.order.completed", "subscription.cancelled"

    assert lacks(callbacks("subscription.notification.completed"), document) == []
    assert lacks(callbacks(set_up), told(shop, set_up)) == []
    assert lacks(callbacks(cancelled), told(shop, cancelled)) == []
