"""The official Python SDK runs through the acceptance matrix and does not notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.phonepe.sdk import OTHERS, PYTHON, Sdk, SdkError
from tests.phonepe.shop import PASSWORD, REDIRECT, USERNAME, Order, Shop, new_id, until

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="needs .venv-raptorflow: make setup")
Open = Callable[..., Shop]
DAY_S = 86_400


@pytest.fixture(scope="module", params=[PYTHON, *OTHERS], ids=lambda path: path.parts[-3])
def sdk(request: pytest.FixtureRequest, gateway_url: str) -> Iterator[Sdk]:
    """The SDK, in each version there is, pointed at the session's gateway."""
    with Sdk(gateway_url, python=request.param) as it:
        yield it


def pay(sdk: Sdk, shop: Shop, name: str, amount: int = 5_000, **changes: Any) -> Any:
    """Pay by standard checkout."""
    return sdk.call(
        shop, "standard", "pay", "pay", merchant_order_id=name, amount=amount, redirect_url=REDIRECT, **changes
    )


def paid(sdk: Sdk, shop: Shop, **entries: str) -> str:
    """An order that the SDK made and a payer paid."""
    name = new_id()
    Order(shop, name, pay(sdk, shop, name)["redirect_url"]).submit(**(entries or {"upi_id": "success@ybl"}))
    return name


def refused(sdk: Sdk, shop: Shop, *call: Any, **arguments: Any) -> tuple[str, int, str]:
    """The error that a call raises."""
    with pytest.raises(SdkError) as caught:
        sdk.call(shop, *call, **arguments)
    return caught.value.name, caught.value.status, caught.value.code


def test_pay(sdk: Sdk, shop: Shop) -> None:
    """Standard checkout gives a pending order and a page that can be loaded."""
    answer = pay(sdk, shop, new_id(), meta_info={"udf1": "a", "udf2": None}, message="Hello", expire_after=900)

    assert answer["state"] == "PENDING"
    assert shop.http.get(answer["redirect_url"]).status_code == 200


def test_pay__refused(sdk: Sdk, shop: Shop) -> None:
    """Too small an amount is a BadRequest, a second order of the same id an ExpectationFailed."""
    name = new_id()
    pay(sdk, shop, name)
    small = refused(sdk, shop, "standard", "pay", "pay", merchant_order_id=new_id(), amount=99, redirect_url=REDIRECT)
    again = refused(sdk, shop, "standard", "pay", "pay", merchant_order_id=name, amount=100, redirect_url=REDIRECT)

    assert (small[0], again) == ("BadRequest", ("ExpectationFailed", 417, "INVALID_TRANSACTION_ID"))


@pytest.mark.parametrize(("kind", "builder"), [("standard", "standard_order"), ("custom", "custom_order")])
def test_create_sdk_order(sdk: Sdk, shop: Shop, kind: str, builder: str) -> None:
    """An order for a mobile SDK has a token."""
    arguments = {"redirect_url": REDIRECT} if kind == "standard" else {}
    answer = sdk.call(shop, kind, "create_sdk_order", builder, merchant_order_id=new_id(), amount=100, **arguments)

    assert answer["token"]


@pytest.mark.parametrize(
    ("entries", "instrument", "rail"),
    [
        ({"upi_id": "success@ybl"}, "ACCOUNT", "UPI"),
        ({"payment_method": "NET_BANKING"}, "NET_BANKING", "PG"),
    ],
)
def test_order_status__instruments(sdk: Sdk, shop: Shop, entries: dict[str, str], instrument: str, rail: str) -> None:
    """A completed order's instrument and rail are understood."""
    name = paid(sdk, shop, **entries)
    status = sdk.call(shop, "standard", "get_order_status", merchant_order_id=name)
    (detail,) = status["payment_details"]

    assert (status["state"], detail["instrument"]["type"], detail["rail"]["type"]) == ("COMPLETED", instrument, rail)


def test_order_status__failed(sdk: Sdk, shop: Shop) -> None:
    """A failed order has its codes."""
    name = paid(sdk, shop, outcome="failure:INSUFFICIENT_BALANCE")
    status = sdk.call(shop, "standard", "get_order_status", merchant_order_id=name, details=True)

    assert (status["state"], status["error_code"], status["detailed_error_code"]) == (
        "FAILED",
        "INSUFFICIENT_BALANCE",
        "Z9",
    )


def test_order_status__unknown(sdk: Sdk, shop: Shop) -> None:
    """An unknown order is a BadRequest."""
    answer = refused(sdk, shop, "standard", "get_order_status", merchant_order_id="nobody")

    assert answer == ("BadRequest", 400, "INVALID_MERCHANT_ORDER_ID")


@pytest.mark.parametrize("kind", ["standard", "custom", "subscription"])
def test_transaction_status(sdk: Sdk, shop: Shop, kind: str) -> None:
    """An attempt's status is found by each client; an unknown one is a BadRequest."""
    name = paid(sdk, shop)
    status = sdk.call(shop, "standard", "get_order_status", merchant_order_id=name)
    transaction = status["payment_details"][0]["transaction_id"]
    found = sdk.call(shop, kind, "get_transaction_status", transaction_id=transaction)

    assert found["order_id"] == status["order_id"]
    assert refused(sdk, shop, kind, "get_transaction_status", transaction_id="x")[2] == "MAPPING_NOT_FOUND"


@pytest.mark.parametrize("kind", ["standard", "custom", "subscription"])
def test_refund(sdk: Sdk, shop: Shop, kind: str) -> None:
    """A refund is pending, then completed; too much, twice, or of nothing is refused."""
    original, name = paid(sdk, shop), new_id()
    asked = {"original_merchant_order_id": original, "merchant_refund_id": name}
    answer = sdk.call(shop, kind, "refund", "refund", amount=3_000, **asked)
    shop.advance(0.001)
    status = sdk.call(shop, kind, "get_refund_status", merchant_refund_id=name)

    assert (answer["state"], status["state"], status["amount"]) == ("PENDING", "COMPLETED", 3_000)
    assert status["payment_details"][0]["rail"]["type"] == "UPI"
    assert refused(sdk, shop, kind, "refund", "refund", amount=100, **asked)[2] == "REFUND_ID_DUPLICATED"
    more = asked | {"merchant_refund_id": new_id()}
    assert refused(sdk, shop, kind, "refund", "refund", amount=2_001, **more)[0] == "BadRequest"


def test_refund_status__unknown(sdk: Sdk, shop: Shop) -> None:
    """An unknown refund is a ResourceNotFound."""
    answer = refused(sdk, shop, "standard", "get_refund_status", merchant_refund_id="nobody")

    assert answer == ("ResourceNotFound", 404, "REFUND_NOT_FOUND")


CARD = {
    "auth_mode": "3DS",
    "encryption_key_id": 1,
    "encrypted_cvv": "x",
    "expiry_month": "12",
    "expiry_year": "2027",
    "redirect_url": REDIRECT,
}


@pytest.mark.parametrize(
    ("builder", "arguments", "given"),
    [
        ("intent", {"device_os": "IOS", "target_app": "PHONEPE"}, "intent_url"),
        ("qr", {}, "qr_data"),
        ("collect", {"vpa": "success@ybl", "message": "Hello"}, "order_id"),
        ("collect_phone", {"phone_number": "9999999999", "message": "Hello"}, "order_id"),
        ("net_banking", {"bank_id": "SBIN", "redirect_url": REDIRECT}, "redirect_url"),
        ("card", CARD | {"encrypted_card_number": "x", "card_holder_name": "A Payer"}, "redirect_url"),
        ("token", CARD | {"encrypted_token": "x", "cryptogram": "x", "pan_suffix": "1234"}, "redirect_url"),
    ],
)
def test_custom_pay(sdk: Sdk, shop: Shop, builder: str, arguments: dict[str, Any], given: str) -> None:
    """Every mode of custom checkout is understood, and the order's status by the same client."""
    name = new_id()
    answer = sdk.call(shop, "custom", "pay", builder, merchant_order_id=name, amount=100, **arguments)
    status = sdk.call(shop, "custom", "get_order_status", merchant_order_id=name)

    assert answer[given]
    assert status["amount"] == 100


def test_subscription(sdk: Sdk, open_shop: Open) -> None:
    """A subscription is set up, announced, debited and cancelled by the SDK."""
    shop = open_shop(token_lifetime_s=365 * DAY_S)
    subscription, debit = new_id(), new_id()
    terms = {
        "auth_workflow_type": "TRANSACTION",
        "amount_type": "FIXED",
        "frequency": "MONTHLY",
        "max_amount": 50_000,
        "amount": 50_000,
    }
    named = {"merchant_subscription_id": subscription}
    sdk.call(
        shop,
        "subscription",
        "setup",
        "setup_collect",
        merchant_order_id=new_id(),
        vpa="success@ybl",
        message="",
        **named,
        **terms,
    )
    shop.advance(0.001)
    active = sdk.call(shop, "subscription", "get_subscription_status", **named)
    announced = sdk.call(
        shop,
        "subscription",
        "notify",
        "notify",
        merchant_order_id=debit,
        amount=50_000,
        redemption_retry_strategy="STANDARD",
        **named,
    )
    shop.advance(DAY_S + 1)
    redeemed = sdk.call(shop, "subscription", "redeem", merchant_order_id=debit)
    shop.advance(0.001)
    status = sdk.call(shop, "subscription", "get_order_status", merchant_order_id=debit)
    sdk.call(shop, "subscription", "cancel_subscription", **named)
    over = sdk.call(shop, "subscription", "get_subscription_status", **named)

    assert (active["state"], announced["state"], redeemed["state"]) == (
        "ACTIVE",
        "NOTIFICATION_IN_PROGRESS",
        "PENDING",
    )
    assert (status["state"], status["payment_flow"]["merchant_subscription_id"]) == ("COMPLETED", subscription)
    assert over["state"] == "CANCELLED"


def test_subscription__refused(sdk: Sdk, shop: Shop) -> None:
    """An unknown subscription is a BadRequest to each method."""
    named = {"merchant_subscription_id": "nobody"}
    codes = {
        refused(sdk, shop, "subscription", method, **named)[2]
        for method in ("get_subscription_status", "cancel_subscription")
    }

    assert codes == {"SUBSCRIPTION_NOT_FOUND"}


def test_callback(sdk: Sdk, shop: Shop) -> None:
    """The SDK takes a webhook with its own signature, and refuses any other."""
    paid(sdk, shop)
    (webhook,) = shop.sink.wait_for(1)
    given = {"username": USERNAME, "password": PASSWORD, "callback_response_data": webhook.body.decode()}
    header = webhook.headers["authorization"]
    callback = sdk.call(shop, "standard", "validate_callback", callback_header_data=header, **given)

    assert (callback["event"], callback["payload"]["state"]) == ("checkout.order.completed", "COMPLETED")
    for bad in (header.upper(), f"Basic {header}", "x"):
        answer = refused(sdk, shop, "standard", "validate_callback", callback_header_data=bad, **given)
        assert answer[:2] == ("PhonePeException", 417)


def test_callback__unknown_type(sdk: Sdk, open_shop: Open) -> None:
    """A type that the SDK does not know makes it raise ValueError, as the real one does."""
    shop = open_shop(webhook={"tamper": {"type": "PAYLINK_ORDER_COMPLETED"}})
    paid(sdk, shop)
    (webhook,) = shop.sink.wait_for(1)
    given = {"username": USERNAME, "password": PASSWORD, "callback_response_data": webhook.body.decode()}
    header = webhook.headers["authorization"]

    assert refused(sdk, shop, "standard", "validate_callback", callback_header_data=header, **given)[0] == "ValueError"


def test_credentials__wrong(sdk: Sdk, shop: Shop) -> None:
    """Wrong credentials are refused when the client is made."""
    credentials = {"client_id": shop.account.client_id, "client_secret": "wrong", "client_version": 1}
    call = {"kind": "standard", "method": "get_order_status", "arguments": {"merchant_order_id": "x"}}
    with pytest.raises(SdkError) as caught:
        sdk.send(shop, call | {"credentials": credentials})

    assert (caught.value.name, caught.value.status, caught.value.code) == ("BadRequest", 400, "OIM000")


@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        ({"status": 401, "body": {"code": "AUTHORIZATION_FAILED"}}, "UnauthorizedAccess", 401),
        ({"status": 403, "body": {}}, "ForbiddenAccess", 403),
        ({"status": 409, "body": {}}, "ResourceConflict", 409),
        ({"status": 410, "body": {}}, "ResourceGone", 410),
        ({"status": 422, "body": {}}, "ResourceInvalid", 422),
        ({"status": 429, "body": {}}, "TooManyRequests", 429),
        ({"status": 500}, "ServerError", 500),
        ({"status": 502, "body": "<html>Bad gateway</html>"}, "ServerError", 502),
        ({"status": 503, "body": "R999"}, "ServerError", 503),
    ],
)
def test_faults(sdk: Sdk, open_shop: Open, fault: dict[str, Any], error: str, status: int) -> None:
    """Every error of the gateway is the SDK's own exception for it."""
    shop = open_shop(faults=[fault | {"route": "checkout.status"}])

    answer = refused(sdk, shop, "standard", "get_order_status", merchant_order_id="x")
    assert answer[:2] == (error, status)


@pytest.mark.parametrize("fault", [{"latency_s": 30}, {"hang_up": "reset"}, {"hang_up": "mid_response"}])
def test_faults__no_answer(sdk: Sdk, open_shop: Open, fault: dict[str, Any]) -> None:
    """An answer that does not come, or breaks off, is an error of the SDK, though the order is made."""
    shop = open_shop(faults=[fault | {"route": "checkout.pay", "when": "after"}])
    arguments = {"merchant_order_id": new_id(), "amount": 100, "redirect_url": REDIRECT}
    with pytest.raises(SdkError):
        sdk.send(
            shop, {"kind": "standard", "method": "pay", "arguments": arguments, "read_timeout": 0.5}, builder="pay"
        )

    assert until(lambda: len(shop.ledger()["orders"])) == 1


def test_unauthorized__fetches_one_more_token(sdk: Sdk, open_shop: Open) -> None:
    """After a 401 the SDK asks for a token once, and its next call is good."""
    shop = open_shop(faults=[{"route": "checkout.status", "revoke_token": True, "count": 1}])
    name = new_id()
    pay(sdk, shop, name)
    answer = refused(sdk, shop, "standard", "get_order_status", merchant_order_id=name)
    again = sdk.call(shop, "standard", "get_order_status", merchant_order_id=name)

    tokens = [each for each in shop.ledger()["requests"] if each["route"] == "token"]
    assert (answer[0], again["state"], len(tokens)) == ("UnauthorizedAccess", "PENDING", 2)


def test_production__events(sdk: Sdk, shop: Shop) -> None:
    """In production the SDK's events arrive in the ledger."""
    arguments = {"merchant_order_id": new_id(), "amount": 100, "redirect_url": REDIRECT}
    call = {"kind": "standard", "method": "pay", "arguments": arguments, "env": "PRODUCTION"}
    answer = sdk.send(shop, call, builder="pay")

    assert answer["state"] == "PENDING"
    assert until(lambda: shop.ledger()["events"])
