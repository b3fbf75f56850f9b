"""What every method of every official SDK makes of a gateway that refuses, breaks or does not answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from mocks.phonepe.state.route_names import ROUTE_NAMES
from tests.phonepe.clients import Client, call_of
from tests.phonepe.sdk import MODES, TERMS
from tests.phonepe.shop import REDIRECT, Json, Shop, new_id, until

Open = Callable[..., Shop]
API = sorted(ROUTE_NAMES - {"token", "events", "unmapped"})
READ_TIMEOUT_S = 0.1
ORDER_TIMEOUT_S = 0.5
"""Time enough for the gateway to have made an order before its client gives up."""


def checkout_calls() -> list[Json]:
    """A call of each method that the clients of standard and custom checkout have."""
    order = {"merchant_order_id": "x", "amount": 100}
    refund = {"merchant_refund_id": "x", "original_merchant_order_id": "x", "amount": 100}
    calls = [
        call_of("standard", "pay", "pay", **order, redirect_url=REDIRECT),
        call_of("standard", "create_sdk_order", "standard_order", **order, redirect_url=REDIRECT),
        call_of("custom", "create_sdk_order", "custom_order", **order),
        *(call_of("custom", "pay", mode, **order, **arguments) for mode, (arguments, _) in MODES.items()),
    ]
    for kind in ("standard", "custom"):
        calls += [
            call_of(kind, "get_order_status", merchant_order_id="x", details=False),
            call_of(kind, "get_transaction_status", transaction_id="x"),
            call_of(kind, "refund", "refund", **refund),
            call_of(kind, "get_refund_status", merchant_refund_id="x"),
        ]
    return calls


def subscription_calls() -> list[Json]:
    """A call of each method that the subscription client has."""
    kind, named = "subscription", {"merchant_subscription_id": "x"}
    setup = TERMS | named | {"merchant_order_id": "x"}
    announced = named | {"merchant_order_id": "x", "amount": 100, "redemption_retry_strategy": "CUSTOM"}
    refund = {"merchant_refund_id": "x", "original_merchant_order_id": "x", "amount": 100}
    return [
        call_of(kind, "setup", "setup_intent", **setup, device_os="IOS", target_app="PHONEPE"),
        call_of(kind, "setup", "setup_collect", **setup, vpa="a@ybl", message=""),
        call_of(kind, "notify", "notify", **announced),
        call_of(kind, "redeem", merchant_order_id="x"),
        call_of(kind, "get_subscription_status", **named),
        call_of(kind, "get_order_status", merchant_order_id="x"),
        call_of(kind, "get_transaction_status", transaction_id="x"),
        call_of(kind, "cancel_subscription", **named),
        call_of(kind, "refund", "refund", **refund),
        call_of(kind, "get_refund_status", merchant_refund_id="x"),
    ]


def calls_of(sdk: Client) -> list[Json]:
    """Every method that makes a request."""
    return checkout_calls() + (subscription_calls() if sdk.make.subscriptions else [])


def faulty(open_shop: Open, fault: Json) -> Shop:
    """A merchant whose every route but the token's has the fault."""
    return open_shop(faults=every_route(fault))


def every_route(fault: Json) -> list[Json]:
    """The fault on every route but the token's."""
    return [fault | {"route": route} for route in API]


def requests(shop: Shop) -> Counter[str]:
    """How often each route was asked."""
    return Counter(each["route"] for each in shop.ledger()["requests"])


@pytest.mark.parametrize(
    ("fault", "error", "again"),
    [
        ({"status": 401, "body": {"code": "AUTHORIZATION_FAILED"}}, ("UnauthorizedAccess", 401), False),
        ({"status": 429, "body": {"code": "TOO_MANY_REQUESTS"}}, ("TooManyRequests", 429), True),
        ({"status": 500}, ("ServerError", 500), True),
        ({"status": 502, "body": "<html>Bad gateway</html>"}, ("ServerError", 502), True),
    ],
    ids=lambda value: str(value["status"]) if isinstance(value, dict) else "",
)
def test_every_method(sdk: Client, open_shop: Open, fault: Json, error: tuple[str, int], again: bool) -> None:
    """Each method raises the SDK's own exception; a 401 makes it fetch one more token, and 2.3.0 repeats the rest."""
    shop, calls = faulty(open_shop, fault), calls_of(sdk)
    told = [sdk.together(shop, [call])[0] for call in calls]
    asked = requests(shop)

    wrong = [
        (call, each) for call, each in zip(calls, told, strict=True) if (each.get("error"), each["status"]) != error
    ]
    clients = len({call["kind"] for call in calls}) if sdk.make.tokens_apart else 1
    assert wrong == []
    assert asked.pop("token") == clients + (len(calls) if fault["status"] == 401 else 0)
    times = 2 if fault["status"] == 401 and sdk.make.repeats_after_401 else sdk.make.attempts if again else 1
    assert asked.total() == len(calls) * times


def test_every_status(sdk: Client, open_shop: Open) -> None:
    """Each HTTP status is the SDK's own exception for it."""
    names = {
        403: "ForbiddenAccess",
        404: "ResourceNotFound",
        409: "ResourceConflict",
        410: "ResourceGone",
        417: "ExpectationFailed",
        418: "ClientError",
        422: "ResourceInvalid",
    }
    shop = open_shop(
        faults=[{"route": "checkout.status", "status": status, "body": {}, "count": 1} for status in names]
    )
    call = call_of("standard", "get_order_status", merchant_order_id="x", details=False)
    told = [sdk.together(shop, [call])[0] for _ in names]

    assert {each["status"]: each["error"] for each in told} == names


@pytest.mark.parametrize(
    "fault", [{"latency_s": 3}, {"hang_up": "reset"}, {"hang_up": "mid_response", "status": 200, "body": {"a": "b"}}]
)
def test_every_method__no_answer(sdk: Client, open_shop: Open, fault: Json) -> None:
    """An answer that does not come in time, or breaks off, is an error of every method and of no HTTP status."""
    shop, impatient = open_shop(), {"read_timeout": READ_TIMEOUT_S}
    calls = [call | impatient for call in calls_of(sdk)]
    first = [call for call in calls if call["method"] == "get_order_status"]
    assert until(lambda: all(each["status"] for each in sdk.together(shop, first))), "its clients hold no tokens"
    shop.behave(faults=every_route(fault))
    told = sdk.together(shop, calls)

    assert [call for call, each in zip(calls, told, strict=True) if "error" not in each] == []
    assert {each["status"] for each in told} == {None}


@pytest.mark.parametrize("fault", [{"latency_s": 2}, {"hang_up": "mid_response"}, {"status": 502, "body": "<p>"}])
def test_order_made__answer_lost(sdk: Client, open_shop: Open, fault: Json) -> None:
    """Where the answer is lost after the order was made, there is one order, though 2.3.0 asks for it thrice."""
    shop = open_shop(faults=[fault | {"route": "checkout.pay", "when": "after"}])
    status = call_of("standard", "get_order_status", merchant_order_id="x", details=False)
    pay = call_of("standard", "pay", "pay", merchant_order_id=new_id(), amount=100, redirect_url=REDIRECT)
    impatient = {"read_timeout": ORDER_TIMEOUT_S} if "latency_s" in fault else {}
    assert until(lambda: sdk.together(shop, [status | impatient])[0]["status"] is not None), "it holds no token"
    (told,) = sdk.together(shop, [pay | impatient])

    assert "error" in told
    assert until(lambda: requests(shop)["checkout.pay"] == sdk.make.attempts)
    assert len(shop.ledger()["orders"]) == 1


def test_token_revoked(sdk: Client, open_shop: Open) -> None:
    """After its token was revoked an SDK asks for one once; its call fails or is repeated, and the next one is good."""
    shop = open_shop(faults=[{"route": "checkout.status", "revoke_token": True, "count": 1}])
    name = new_id()
    pay = call_of("standard", "pay", "pay", merchant_order_id=name, amount=100, redirect_url=REDIRECT)
    status = call_of("standard", "get_order_status", merchant_order_id=name, details=False)
    sdk.send(shop, pay)
    told = [sdk.together(shop, [status])[0] for _ in range(2)]

    first = told[0]["result"]["state"] if sdk.make.repeats_after_401 else told[0]["error"]
    assert first == ("PENDING" if sdk.make.repeats_after_401 else "UnauthorizedAccess")
    assert told[1]["result"]["state"] == "PENDING"
    assert requests(shop)["token"] == 2


def test_token__gateway_down(sdk: Client, open_shop: Open) -> None:
    """Once OAuth is up again an SDK gets a token: by itself, or at the next call."""
    shop = open_shop(faults=[{"route": "token", "status": 503, "body": "R999", "count": sdk.make.attempts}])
    call = call_of("standard", "get_order_status", merchant_order_id="x", details=False)

    assert until(lambda: sdk.together(shop, [call])[0]["error"] == "BadRequest")
    statuses = [each["status"] for each in shop.ledger()["requests"] if each["route"] == "token"]
    assert statuses == [503] * sdk.make.attempts + [200]
