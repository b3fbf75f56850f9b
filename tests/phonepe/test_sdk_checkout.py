"""The official SDKs, Python in three versions and Node, go through the acceptance matrix and do not notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.phonepe.clients import Client, ClientError, call_of
from tests.phonepe.sdk import MODES, paid, pay, refused
from tests.phonepe.shop import PASSWORD, REDIRECT, USERNAME, Order, Shop, new_id, until

Open = Callable[..., Shop]
KINDS = pytest.mark.parametrize("kind", ["standard", "custom"])


def test_pay(sdk: Client, shop: Shop) -> None:
    """Standard checkout gives a pending order and a page that can be loaded."""
    answer = pay(sdk, shop, new_id(), meta_info={"udf1": "a", "udf2": None}, message="Hello", expire_after=900)

    assert answer["state"] == "PENDING"
    assert shop.http.get(answer["redirect_url"]).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"amount": 99}, {"merchant_order_id": "x" * 64}, {"merchant_order_id": "a b"}, {"redirect_url": "nowhere"}],
)
def test_pay__refused(sdk: Client, shop: Shop, changes: dict[str, Any]) -> None:
    """What breaks a documented constraint is a BadRequest."""
    arguments = {"merchant_order_id": new_id(), "amount": 100, "redirect_url": REDIRECT} | changes

    assert refused(sdk, shop, "standard", "pay", "pay", **arguments) == ("BadRequest", 400, "BAD_REQUEST")


def test_pay__again(sdk: Client, shop: Shop) -> None:
    """A second order of the same id is an ExpectationFailed."""
    name = new_id()
    pay(sdk, shop, name)
    arguments = {"merchant_order_id": name, "amount": 100, "redirect_url": REDIRECT}

    assert refused(sdk, shop, "standard", "pay", "pay", **arguments) == (
        "ExpectationFailed",
        417,
        "INVALID_TRANSACTION_ID",
    )


@pytest.mark.parametrize(("kind", "builder"), [("standard", "standard_order"), ("custom", "custom_order")])
def test_create_sdk_order(sdk: Client, shop: Shop, kind: str, builder: str) -> None:
    """An order for a mobile SDK has a token; one that breaks a constraint is a BadRequest."""
    arguments = {"redirect_url": REDIRECT} if kind == "standard" else {}
    name = new_id()
    answer = sdk.call(shop, kind, "create_sdk_order", builder, merchant_order_id=name, amount=100, **arguments)
    small = refused(sdk, shop, kind, "create_sdk_order", builder, merchant_order_id=name, amount=99, **arguments)

    assert answer["token"]
    assert small[:2] == ("BadRequest", 400)


@pytest.mark.parametrize(
    ("instrument", "rail"),
    [
        ("ACCOUNT", "UPI"),
        ("CREDIT_LINE", "UPI"),
        ("CREDIT_CARD", "PG"),
        ("DEBIT_CARD", "PG"),
        ("NET_BANKING", "PG"),
        ("WALLET", "PPI_WALLET"),
        ("EGV", "PPI_EGV"),
    ],
)
def test_order_status__instruments(sdk: Client, shop: Shop, instrument: str, rail: str) -> None:
    """A completed order's instrument and rail are understood, whatever it was paid with."""
    name = new_id()
    pay(sdk, shop, name)
    mode = {"CREDIT_CARD": "CARD", "DEBIT_CARD": "CARD", "NET_BANKING": "NET_BANKING"}.get(instrument, "UPI_INTENT")
    shop.admin.pay(shop.account.merchant_id, name, mode=mode, instrument=instrument)
    status = sdk.call(shop, "standard", "get_order_status", merchant_order_id=name, details=False)
    (detail,) = status["payment_details"]

    assert (status["state"], detail["payment_mode"]) == ("COMPLETED", mode)
    assert (detail["instrument"]["type"], detail["rail"]["type"]) == (instrument, rail)


@KINDS
def test_order_status__pending(sdk: Client, shop: Shop, kind: str) -> None:
    """An order that nobody has tried to pay is pending, with no attempts."""
    name = new_id()
    pay(sdk, shop, name)
    status = sdk.call(shop, kind, "get_order_status", merchant_order_id=name, details=False)

    assert (status["state"], status["amount"], status["payment_details"]) == ("PENDING", 5_000, [])


@KINDS
def test_order_status__details(sdk: Client, open_shop: Open, kind: str) -> None:
    """With details there are all attempts and their codes, without only the last one."""
    shop, name = open_shop(page_retries=1), new_id()
    order = Order(shop, name, pay(sdk, shop, name)["redirect_url"])
    order.submit(outcome="failure:INSUFFICIENT_BALANCE")
    order.submit(outcome="failure:OTHERS")
    whole, last = (
        sdk.call(shop, kind, "get_order_status", merchant_order_id=name, details=details) for details in (True, False)
    )

    assert [each["error_code"] for each in whole["payment_details"]] == ["INSUFFICIENT_BALANCE", "OTHERS"]
    assert [each["error_code"] for each in last["payment_details"]] == ["OTHERS"]
    assert (last["state"], last["error_code"], last["detailed_error_code"]) == ("FAILED", "OTHERS", "500")


@KINDS
def test_order_status__unknown(sdk: Client, open_shop: Open, kind: str) -> None:
    """An unknown order is a BadRequest, or what the merchant's settings make of it."""
    shop = open_shop()
    call = (kind, "get_order_status")
    first = refused(sdk, shop, *call, merchant_order_id="nobody")
    shop.behave(errors={"unknown_order": {"status": 404, "code": "ORDER_NOT_FOUND"}})

    assert first == ("BadRequest", 400, "INVALID_MERCHANT_ORDER_ID")
    assert refused(sdk, shop, *call, merchant_order_id="nobody") == ("ResourceNotFound", 404, "ORDER_NOT_FOUND")


def test_order_status__unknown_mode(sdk: Client, shop: Shop) -> None:
    """CREDIT_LINE as a payment mode makes the newest Python SDK raise ValueError; the others take it as it is."""
    name = new_id()
    pay(sdk, shop, name)
    shop.admin.pay(shop.account.merchant_id, name, mode="CREDIT_LINE")
    call = call_of("standard", "get_order_status", merchant_order_id=name, details=False)
    (told,) = sdk.together(shop, [call])

    assert told.get("error") == ("ValueError" if sdk.make.name.startswith("python") else None)


@KINDS
def test_transaction_status(sdk: Client, shop: Shop, kind: str) -> None:
    """An attempt's status is found by each client; an unknown one is a BadRequest."""
    name = paid(sdk, shop)
    status = sdk.call(shop, "standard", "get_order_status", merchant_order_id=name, details=False)
    transaction = status["payment_details"][0]["transaction_id"]
    found = sdk.call(shop, kind, "get_transaction_status", transaction_id=transaction)

    assert found["order_id"] == status["order_id"]
    assert refused(sdk, shop, kind, "get_transaction_status", transaction_id="x") == (
        "BadRequest",
        400,
        "MAPPING_NOT_FOUND",
    )


@KINDS
def test_refund__refused(sdk: Client, shop: Shop, kind: str) -> None:
    """A refund too large, too small, made twice, of what was not paid or is unknown is refused, each in its own way."""
    original, unpaid, name = paid(sdk, shop), new_id(), new_id()
    pay(sdk, shop, unpaid)

    def why(merchant_refund_id: str, order: str, amount: int) -> tuple[str, int, str]:
        given = {"merchant_refund_id": merchant_refund_id, "original_merchant_order_id": order, "amount": amount}
        return refused(sdk, shop, kind, "refund", "refund", **given)

    sdk.call(shop, kind, "refund", "refund", merchant_refund_id=name, original_merchant_order_id=original, amount=3_000)

    assert why(name, original, 100) == ("BadRequest", 400, "REFUND_ID_DUPLICATED")
    assert why(new_id(), original, 2_001) == ("BadRequest", 400, "BAD_REQUEST")
    assert why(new_id(), original, 99) == ("BadRequest", 400, "BAD_REQUEST")
    assert why(new_id(), unpaid, 100) == ("BadRequest", 400, "BAD_REQUEST")
    assert why(new_id(), "nobody", 100) == ("BadRequest", 400, "INVALID_MERCHANT_ORDER_ID")


@KINDS
@pytest.mark.parametrize(("outcome", "last"), [("success", "COMPLETED"), ({"failure": "OTHERS"}, "FAILED")])
def test_refund_status(sdk: Client, open_shop: Open, kind: str, outcome: Any, last: str) -> None:
    """A refund is pending, confirmed, and then completed or failed."""
    shop = open_shop(refund={"outcome": outcome, "confirm_after_s": 10, "complete_after_s": 10})
    name, states = new_id(), []
    given = {"merchant_refund_id": name, "original_merchant_order_id": paid(sdk, shop), "amount": 3_000}
    states.append(sdk.call(shop, kind, "refund", "refund", **given)["state"])
    for _ in range(2):
        shop.advance(10.5)
        status = sdk.call(shop, kind, "get_refund_status", merchant_refund_id=name)
        states.append(status["state"])

    assert states == ["PENDING", "CONFIRMED", last]
    assert (status["amount"], status["payment_details"][0]["rail"]["type"]) == (3_000, "UPI")


@KINDS
def test_refund_status__unknown(sdk: Client, shop: Shop, kind: str) -> None:
    """An unknown refund is a ResourceNotFound."""
    answer = refused(sdk, shop, kind, "get_refund_status", merchant_refund_id="nobody")

    assert answer == ("ResourceNotFound", 404, "REFUND_NOT_FOUND")


@pytest.mark.parametrize("mode", MODES)
def test_custom_pay(sdk: Client, shop: Shop, mode: str) -> None:
    """Every mode of custom checkout gets the fields that are its own, and the order's status by the same client."""
    name, (arguments, fields) = new_id(), MODES[mode]
    answer = sdk.call(shop, "custom", "pay", mode, merchant_order_id=name, amount=100, **arguments)
    status = sdk.call(shop, "custom", "get_order_status", merchant_order_id=name, details=False)

    given = {field for field in ("intent_url", "qr_data", "redirect_url") if answer.get(field)}
    assert (given, answer["state"]) == (fields, "PENDING")
    assert status["amount"] == 100


@pytest.mark.parametrize(
    ("vpa", "state"), [("SUCCESS@ybl", "COMPLETED"), ("failure@ybl", "FAILED"), ("pending@ybl", "PENDING")]
)
def test_custom_pay__outcome(sdk: Client, shop: Shop, vpa: str, state: str) -> None:
    """The sandbox's addresses decide a collect request, in any case."""
    arguments = {"merchant_order_id": new_id(), "amount": 100, "vpa": vpa, "message": ""}
    sdk.call(shop, "custom", "pay", "collect", **arguments)
    shop.advance(0.001)
    name = arguments["merchant_order_id"]

    assert sdk.call(shop, "custom", "get_order_status", merchant_order_id=name, details=False)["state"] == state


@pytest.mark.parametrize(
    ("mode", "changes"),
    [
        ("collect", {"vpa": "nobody"}),
        ("net_banking", {"redirect_url": None}),
        ("card", {"redirect_url": None}),
        ("token", {"redirect_url": None}),
        ("qr", {"expire_after": 299}),
        ("intent", {"expire_after": 5_184_001}),
    ],
)
def test_custom_pay__refused(sdk: Client, shop: Shop, mode: str, changes: dict[str, Any]) -> None:
    """An address that is none, a missing redirectUrl and an expiry out of bounds are each a BadRequest."""
    arguments = {"merchant_order_id": new_id(), "amount": 100} | MODES[mode][0] | changes

    assert refused(sdk, shop, "custom", "pay", mode, **arguments) == ("BadRequest", 400, "BAD_REQUEST")


@KINDS
def test_callback(sdk: Client, shop: Shop, kind: str) -> None:
    """The SDK takes a webhook with its own signature, and refuses any other."""
    paid(sdk, shop)
    (webhook,) = shop.sink.wait_for(1)
    given = {"username": USERNAME, "password": PASSWORD, "callback_response_data": webhook.body.decode()}
    header = webhook.headers["authorization"]
    callback = sdk.call(shop, kind, "validate_callback", callback_header_data=header, **given)

    assert (callback["event"], callback["payload"]["state"]) == ("checkout.order.completed", "COMPLETED")
    for bad in (header.upper(), f"Basic {header}", "x"):
        answer = refused(sdk, shop, kind, "validate_callback", callback_header_data=bad, **given)
        assert answer[:2] == ("PhonePeException", 417)


def test_callback__unknown_type(sdk: Client, open_shop: Open) -> None:
    """A type that the SDK does not know makes the Python one raise ValueError; Node's takes anything."""
    shop = open_shop(webhook={"tamper": {"type": "PAYLINK_ORDER_COMPLETED"}})
    paid(sdk, shop)
    (webhook,) = shop.sink.wait_for(1)
    given = {"username": USERNAME, "password": PASSWORD, "callback_response_data": webhook.body.decode()}
    header = webhook.headers["authorization"]
    (told,) = sdk.together(shop, [call_of("standard", "validate_callback", callback_header_data=header, **given)])

    assert told.get("error") == ("ValueError" if sdk.make.name.startswith("python") else None)


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ({}, ("BadRequest", 400, "OIM000")),
        ({"invalid_client": {"status": 401, "error_code": "OIM004"}}, ("UnauthorizedAccess", 401, "OIM004")),
    ],
)
def test_credentials__wrong(sdk: Client, open_shop: Open, errors: Any, expected: tuple[str, int, str]) -> None:
    """Wrong credentials are refused, as the sandbox does it or as production was seen to."""
    shop = open_shop(errors=errors)
    account = {"client_id": shop.account.client_id, "client_secret": "wrong", "client_version": 1}
    call = call_of("standard", "get_order_status", merchant_order_id="x", details=False)
    with pytest.raises(ClientError) as caught:
        sdk.send(shop, call | {"account": account})

    assert (caught.value.name, caught.value.status, caught.value.code) == expected


@pytest.mark.parametrize(("lived_s", "renewed"), [(1_700, False), (1_900, True)])
def test_token__renewed_at_half_life(sdk: Client, open_shop: Open, lived_s: int, renewed: bool) -> None:
    """Once half of a token's life is over, and not before, the next call comes with a new one."""
    shop = open_shop(token_lifetime_s=3_600)
    shop.admin.set_clock(shop.account.merchant_id, -lived_s)  # a token is that old by the SDK's own clock
    name, tokens = new_id(), []
    pay(sdk, shop, name)
    for _ in range(2):
        sdk.call(shop, "standard", "get_order_status", merchant_order_id=name, details=False)
        tokens.append(sum(each["route"] == "token" for each in shop.ledger()["requests"]))

    assert (tokens[1] > tokens[0]) is renewed


def test_production__events(sdk: Client, shop: Shop) -> None:
    """In production the SDK's events arrive in the ledger."""
    arguments = {"merchant_order_id": new_id(), "amount": 100, "redirect_url": REDIRECT}
    answer = sdk.send(shop, call_of("standard", "pay", "pay", **arguments) | {"env": "PRODUCTION"})

    assert answer["state"] == "PENDING"
    assert until(lambda: shop.ledger("events")["events"])


def test_production__events_refused(sdk: Client, open_shop: Open) -> None:
    """That nobody takes an SDK's events does not break its payments."""
    shop = open_shop(faults=[{"route": "events", "status": 500}])
    arguments = {"merchant_order_id": new_id(), "amount": 100, "redirect_url": REDIRECT}
    sdk.send(shop, call_of("standard", "pay", "pay", **arguments) | {"env": "PRODUCTION"})
    assert until(lambda: [each for each in shop.ledger()["requests"] if each["route"] == "events"])
    again = arguments | {"merchant_order_id": new_id()}

    assert sdk.send(shop, call_of("standard", "pay", "pay", **again) | {"env": "PRODUCTION"})["state"] == "PENDING"
