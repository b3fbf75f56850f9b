"""Clients that other people wrote, on v2 and on v1: tranchepay and phonepe, each method, right and wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.phonepe.clients import Client, call_of
from tests.phonepe.shop import REDIRECT, Json, Order, Shop, new_id

Open = Callable[..., Shop]
STYLES = pytest.mark.parametrize("kind", ["tranchepay.oauth", "tranchepay.x-verify"])


@pytest.fixture
def shop(open_shop: Open) -> Shop:
    """A merchant as lenient as the sandbox: tranchepay's v2 body has no paymentFlow."""
    return open_shop(strict=False)


def order(wild: Client, shop: Shop, kind: str, name: str, **arguments: Any) -> Any:
    """Ask for a payment as tranchepay does."""
    given: Json = {"amount_paise": 5_000, "redirect_url": REDIRECT, "callback_url": shop.sink.url} | arguments
    return wild.call(shop, kind, "create_order", merchant_transaction_id=name, **given)


@STYLES
def test_tranchepay__paid(wild: Client, shop: Shop, kind: str) -> None:
    """An order is made, paid on its page and found completed, by either name of the method."""
    name = new_id()[:30]
    made = order(wild, shop, kind, name, notes={"udf1": "a"})
    before = wild.call(shop, kind, "fetch_order", order_id=name)
    Order(shop, name, made["redirect_url"]).submit(upi_id="success@ybl")
    after = wild.call(shop, kind, "fetch_payment", payment_id=name)

    assert (made["success"], made["status"], before["status"]) == (True, "pending", "pending")
    assert (after["success"], after["status"], after["amount"]) == (True, "completed", 5_000)


@STYLES
def test_tranchepay__failed(wild: Client, shop: Shop, kind: str) -> None:
    """A failed payment is found failed."""
    name = new_id()[:30]
    Order(shop, name, order(wild, shop, kind, name)["redirect_url"]).submit(upi_id="failure@ybl")

    assert wild.call(shop, kind, "fetch_order", order_id=name)["status"] == "failed"


@STYLES
def test_tranchepay__refused(wild: Client, shop: Shop, kind: str) -> None:
    """A second order of one id and an unknown order are refused with the catalogue's codes."""
    name = new_id()[:30]
    order(wild, shop, kind, name)
    again = order(wild, shop, kind, name)
    unknown = wild.call(shop, kind, "fetch_order", order_id="nobody")

    v1 = kind.endswith("x-verify")
    assert (again["success"], again["code"]) == (False, "DUPLICATE_TXN_REQUEST" if v1 else "INVALID_TRANSACTION_ID")
    assert (unknown["success"], unknown["code"]) == (
        False,
        "TRANSACTION_NOT_FOUND" if v1 else "INVALID_MERCHANT_ORDER_ID",
    )


def test_tranchepay__wrong_secret(wild: Client, shop: Shop) -> None:
    """A wrong secret is refused in both styles."""
    account = {**shop.account.document, "client_secret": "wrong", "salt_key": "wrong"}
    oauth, signed = wild.together(
        shop,
        [
            call_of(kind, "fetch_order", order_id="x") | {"account": account}
            for kind in ("tranchepay.oauth", "tranchepay.x-verify")
        ],
    )

    assert "INVALID_CLIENT" in oauth["message"]
    assert signed["result"]["code"] == "AUTHORIZATION_FAILED"


def test_tranchepay__callback(wild: Client, shop: Shop) -> None:
    """The call back of a v1 order carries a checksum that tranchepay believes, and no other."""
    name = new_id()[:30]
    Order(shop, name, order(wild, shop, "tranchepay.x-verify", name)["redirect_url"]).submit(outcome="success")
    (callback,) = shop.sink.wait_for(1)

    def believes(body: str, signature: str) -> Any:
        return wild.call(
            shop, "tranchepay.x-verify", "verify_webhook_signature", body=body, signature=signature
        ) and wild.call(shop, "tranchepay.x-verify", "verify_signature", order_id=body, payment_id=signature)

    response, signature = callback.document["response"], callback.headers["x-verify"]
    assert believes(response, signature) is True
    assert believes(response + "A", signature) is False
    assert believes(response, "0" * 64 + "###1") is False


class Phonepe:
    """The `phonepe` package, with one merchant's settings."""

    def __init__(self, wild: Client, shop: Shop) -> None:
        self._wild, self._shop = wild, shop
        self._settings = {"redirect_url": REDIRECT, "webhook_url": shop.sink.url}

    def __call__(self, method: str, account: Json | None = None, **arguments: Any) -> Any:
        """Call a method."""
        call = call_of("phonepe", method, **arguments) | {"settings": self._settings}
        return self._wild.send(self._shop, call | ({"account": account} if account else {}))

    def page_of(self, name: str, amount: int = 5_000) -> str:
        """The page of a new transaction."""
        made = self("create_txn", order_id=name, amount=amount, user="U1")
        assert (made["success"], made["code"]) == (True, "PAYMENT_INITIATED")
        return str(made["data"]["instrumentResponse"]["redirectInfo"]["url"])


@pytest.fixture
def phonepe(wild: Client, shop: Shop) -> Phonepe:
    """The `phonepe` package."""
    return Phonepe(wild, shop)


def test_phonepe__paid(phonepe: Phonepe, shop: Shop) -> None:
    """A transaction is made, paid, called back with a good checksum, found, and its payer sent back by a form."""
    name = new_id()[:30]
    page = Order(shop, name, phonepe.page_of(name))
    before = phonepe("check_txn_status", merchant_txn_id=name)
    back = page.submit(upi_id="success@ybl")
    (callback,) = shop.sink.wait_for(1)
    after = phonepe("check_txn_status", merchant_txn_id=name)
    check: Json = {"check_sum": callback.headers["x-verify"], "order_data": callback.document}

    assert (before["code"], after["code"], after["data"]["amount"]) == ("PAYMENT_PENDING", "PAYMENT_SUCCESS", 5_000)
    assert (back.status_code, REDIRECT.replace("&", "&amp;") in back.text) == (200, True)
    assert phonepe("verify_webhook_checksum", **check) is True
    assert phonepe("verify_webhook_checksum", **(check | {"check_sum": "x###1"})) is False


def test_phonepe__failed(phonepe: Phonepe, shop: Shop) -> None:
    """A failed payment is no success, though the answer's status is 200."""
    name = new_id()[:30]
    Order(shop, name, phonepe.page_of(name)).submit(upi_id="failure@ybl")
    status = phonepe("check_txn_status", merchant_txn_id=name)

    assert (status["success"], status["code"], status["data"]["state"]) == (False, "PAYMENT_ERROR", "FAILED")


def test_phonepe__refused(phonepe: Phonepe, shop: Shop) -> None:
    """An unknown transaction, a wrong salt and an unknown index of it are refused with v1's codes."""
    document = shop.account.document

    assert phonepe("check_txn_status", merchant_txn_id="nobody")["code"] == "TRANSACTION_NOT_FOUND"
    for account, code in (
        (document | {"salt_key": "wrong"}, "AUTHORIZATION_FAILED"),
        (document | {"salt_index": 9}, "KEY_NOT_CONFIGURED"),
    ):
        told = [
            phonepe("check_txn_status", account, merchant_txn_id="x"),
            phonepe("create_txn", account, order_id="x", amount=100, user="U1"),
            phonepe("verify_vpa", account, vpa_address="success@ybl"),
        ]
        assert [each["code"] for each in told] == [code] * 3


def test_phonepe__refund(phonepe: Phonepe, shop: Shop) -> None:
    """A refund is pending first and done later; one of too much is pending too, and fails."""
    name, refund, excess = (new_id()[:30] for _ in range(3))
    Order(shop, name, phonepe.page_of(name)).submit(upi_id="success@ybl")

    def ask(refund: str, amount: int) -> Any:
        return phonepe("refund_txn", txn_user_id="U1", merchant_order_id=name, phonepe_txn_id=refund, amount=amount)

    first, too_much = ask(refund, 3_000), ask(excess, 3_000)
    shop.advance(0.001)
    done, failed = (phonepe("check_txn_status", merchant_txn_id=each) for each in (refund, excess))

    assert (first["code"], too_much["code"]) == ("PAYMENT_PENDING", "PAYMENT_PENDING")
    assert (done["code"], done["data"]["state"]) == ("PAYMENT_SUCCESS", "COMPLETED")
    assert (failed["success"], failed["code"], failed["data"]["responseCode"]) == (
        False,
        "PAYMENT_ERROR",
        "EXCESS_REFUND_AMOUNT",
    )


@pytest.mark.parametrize(("vpa", "exists"), [("success@ybl", True), ("nobody", False)])
def test_phonepe__vpa(phonepe: Phonepe, vpa: str, exists: bool) -> None:
    """An address is well formed or not."""
    answer = phonepe("verify_vpa", vpa_address=vpa)

    assert (answer["success"], answer["data"]["exists"]) == (exists, exists)


CALLS = (
    call_of("tranchepay.oauth", "create_order", amount_paise=100, receipt="x"),
    call_of("tranchepay.oauth", "fetch_order", order_id="x"),
    call_of("tranchepay.x-verify", "create_order", amount_paise=100, receipt="x", redirect_url=REDIRECT),
    call_of("tranchepay.x-verify", "fetch_order", order_id="x"),
    call_of("phonepe", "create_txn", order_id="x", amount=100, user="U1"),
    call_of("phonepe", "check_txn_status", merchant_txn_id="x"),
    call_of("phonepe", "refund_txn", txn_user_id="U1", merchant_order_id="x", phonepe_txn_id="y", amount=100),
    call_of("phonepe", "verify_vpa", vpa_address="success@ybl"),
)
SETTINGS = {"redirect_url": REDIRECT, "webhook_url": "http://127.0.0.1:9/hook"}


@pytest.mark.parametrize(
    ("fault", "readable"),
    [
        ({"status": 401, "body": {"success": False, "code": "AUTHORIZATION_FAILED"}}, True),
        ({"status": 429, "body": {"success": False, "code": "TOO_MANY_REQUESTS"}}, True),
        ({"status": 500}, True),
        ({"status": 502, "body": "<html>Bad gateway</html>"}, False),
        ({"hang_up": "reset"}, False),
        ({"hang_up": "mid_response", "status": 200, "body": {"success": True}}, False),
        ({"latency_s": 0.3, "hang_up": "reset"}, False),
    ],
)
def test_every_method__faults(wild: Client, open_shop: Open, fault: Json, readable: bool) -> None:
    """A refusal that is JSON is handed on; anything else is tranchepay's error, and nothing at all from phonepe."""
    routes = ("checkout.pay", "checkout.status", "v1.pay", "v1.status", "v1.refund", "v1.validate")
    shop = open_shop(strict=False, faults=[fault | {"route": route} for route in routes])
    patience = {"read_timeout": 0.1} if "latency_s" in fault else {}
    calls = [call | patience | ({"settings": SETTINGS} if call["kind"] == "phonepe" else {}) for call in CALLS]
    told = wild.together(shop, calls)

    if readable:
        assert {each["result"]["success"] for each in told} == {False}
    else:
        assert [each.get("error", each.get("result")) for each in told] == ["PaymentComposeError"] * 4 + [None] * 4
