"""Autopay, as the official Python SDK's subscription client goes through it in each version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.phonepe.clients import Client
from tests.phonepe.sdk import TERMS, paid, refused
from tests.phonepe.shop import Shop, new_id

Open = Callable[..., Shop]
DAY_S = 86_400
KIND = "subscription"


@pytest.fixture
def shop(open_shop: Open) -> Shop:
    """A merchant whose tokens outlive a subscription."""
    return open_shop(token_lifetime_s=365 * DAY_S)


def set_up(sdk: Client, shop: Shop, **changes: Any) -> str:
    """A subscription that its payer agreed to."""
    name = new_id()
    given = TERMS | {"merchant_order_id": new_id(), "vpa": "success@ybl", "message": ""} | changes
    sdk.call(shop, KIND, "setup", "setup_collect", merchant_subscription_id=name, **given)
    shop.advance(0.001)
    return name


def announce(sdk: Client, shop: Shop, name: str, **changes: Any) -> Any:
    """Announce a debit."""
    given = {"amount": 50_000, "redemption_retry_strategy": "STANDARD"} | changes
    return sdk.call(shop, KIND, "notify", "notify", merchant_subscription_id=name, **given)


def state_of(sdk: Client, shop: Shop, order: str) -> Any:
    """A debit's status."""
    return sdk.call(shop, KIND, "get_order_status", merchant_order_id=order)


def test_setup__intent(python_sdk: Client, shop: Shop) -> None:
    """A set-up by intent gives a link; it is in progress until the payer agrees, and then active."""
    subscription, order = new_id(), new_id()
    given = TERMS | {"merchant_order_id": order, "device_os": "ANDROID", "target_app": "PHONEPE"}
    answer = python_sdk.call(shop, KIND, "setup", "setup_intent", merchant_subscription_id=subscription, **given)
    named = {"merchant_subscription_id": subscription}
    before = python_sdk.call(shop, KIND, "get_subscription_status", **named)
    shop.admin.pay(shop.account.merchant_id, order)
    after = python_sdk.call(shop, KIND, "get_subscription_status", **named)

    assert answer["intent_url"]
    assert (before["state"], after["state"]) == ("ACTIVATION_IN_PROGRESS", "ACTIVE")


def test_setup__refused(python_sdk: Client, shop: Shop) -> None:
    """A penny drop of anything but two rupees, too high a maximum and a second subscription of one id are refused."""
    name = set_up(python_sdk, shop)

    def why(**changes: Any) -> tuple[str, int, str]:
        fresh = {
            "merchant_order_id": new_id(),
            "merchant_subscription_id": new_id(),
            "vpa": "success@ybl",
            "message": "",
        }
        return refused(python_sdk, shop, KIND, "setup", "setup_collect", **(TERMS | fresh | changes))

    assert why(auth_workflow_type="PENNY_DROP", amount=201) == ("BadRequest", 400, "BAD_REQUEST")
    assert why(max_amount=1_500_001) == ("BadRequest", 400, "BAD_REQUEST")
    assert why(merchant_subscription_id=name) == ("BadRequest", 400, "DUPLICATE_REQUEST_ID")


def test_debit(python_sdk: Client, shop: Shop) -> None:
    """A debit is announced, waited for, executed, and the subscription cancelled."""
    name, debit = set_up(python_sdk, shop), new_id()
    announced = announce(python_sdk, shop, name, merchant_order_id=debit)
    shop.advance(0.001)
    notified = state_of(python_sdk, shop, debit)
    shop.advance(DAY_S + 1)
    redeemed = python_sdk.call(shop, KIND, "redeem", merchant_order_id=debit)
    shop.advance(0.001)
    status = state_of(python_sdk, shop, debit)
    python_sdk.call(shop, KIND, "cancel_subscription", merchant_subscription_id=name)
    over = python_sdk.call(shop, KIND, "get_subscription_status", merchant_subscription_id=name)

    assert (announced["state"], notified["state"]) == ("PENDING", "NOTIFIED")
    assert (redeemed["state"], bool(redeemed["transaction_id"])) == ("PENDING", True)
    assert (status["state"], status["payment_flow"]["merchant_subscription_id"]) == ("COMPLETED", name)
    assert over["state"] == "CANCELLED"


def test_notify__refused(python_sdk: Client, shop: Shop) -> None:
    """No debit of an unknown subscription, of one that is paused, or above its maximum is announced."""
    name = set_up(python_sdk, shop)

    def why(subscription: str, amount: int) -> tuple[str, int, str]:
        given = {"merchant_order_id": new_id(), "merchant_subscription_id": subscription, "amount": amount}
        return refused(python_sdk, shop, KIND, "notify", "notify", redemption_retry_strategy="CUSTOM", **given)

    assert why("nobody", 100) == ("BadRequest", 400, "SUBSCRIPTION_NOT_FOUND")
    assert why(name, 50_001) == ("ExpectationFailed", 417, "TRANSACTION_LIMIT_EXCEEDED")
    shop.admin.change_subscription(shop.account.merchant_id, name, "pause")
    assert why(name, 100) == ("BadRequest", 400, "INVALID_SUBSCRIPTION_STATE")


def test_redeem__refused(python_sdk: Client, open_shop: Open) -> None:
    """A debit is not executed within a day, beside another try, again once paid, or by hand when it is automatic."""
    shop = open_shop(token_lifetime_s=365 * DAY_S, payer_delay_s=60)
    name, debit, automatic = set_up(python_sdk, shop), new_id(), new_id()
    shop.advance(61)
    announce(python_sdk, shop, name, merchant_order_id=debit)
    announce(python_sdk, shop, name, merchant_order_id=automatic, auto_debit=True)
    shop.advance(61)

    def why(order: str) -> str:
        return refused(python_sdk, shop, KIND, "redeem", merchant_order_id=order)[2]

    assert why(debit) == "SUBSCRIPTION_DEBIT_EXECUTE_INTERVAL_NOT_STARTED"
    assert why(automatic) == "INVALID_SUBSCRIPTION_STATE"
    shop.advance(DAY_S)
    python_sdk.call(shop, KIND, "redeem", merchant_order_id=debit)
    assert why(debit) == "BAD_REQUEST"
    shop.advance(61)
    assert why(debit) == "DUPLICATE_TXN_REQUEST"


def test_unknown(python_sdk: Client, shop: Shop) -> None:
    """An unknown subscription, order and transaction are each a BadRequest with a code of its own."""
    codes = {
        method: refused(python_sdk, shop, KIND, method, **{parameter: "nobody"})
        for method, parameter in {
            "get_subscription_status": "merchant_subscription_id",
            "cancel_subscription": "merchant_subscription_id",
            "get_order_status": "merchant_order_id",
            "get_transaction_status": "transaction_id",
            "redeem": "merchant_order_id",
        }.items()
    }

    assert {name: (error, status) for name, (error, status, _) in codes.items()} == dict.fromkeys(
        codes, ("BadRequest", 400)
    )
    assert [code for _, _, code in codes.values()] == [
        "SUBSCRIPTION_NOT_FOUND",
        "SUBSCRIPTION_NOT_FOUND",
        "INVALID_MERCHANT_ORDER_ID",
        "MAPPING_NOT_FOUND",
        "INVALID_MERCHANT_ORDER_ID",
    ]


@pytest.mark.parametrize("status", [200, 204])
def test_cancel__status(python_sdk: Client, open_shop: Open, status: int) -> None:
    """The SDK takes either of the answers that the sources give for a cancellation."""
    shop = open_shop(cancel_status=status)
    name = set_up(python_sdk, shop)

    assert python_sdk.call(shop, KIND, "cancel_subscription", merchant_subscription_id=name) is None


def test_refund(python_sdk: Client, shop: Shop) -> None:
    """The subscription client refunds and asks for a refund as the others do."""
    original, name = paid(python_sdk, shop), new_id()
    given = {"merchant_refund_id": name, "original_merchant_order_id": original, "amount": 3_000}
    answer = python_sdk.call(shop, KIND, "refund", "refund", **given)
    shop.advance(0.001)
    status = python_sdk.call(shop, KIND, "get_refund_status", merchant_refund_id=name)

    assert (answer["state"], status["state"]) == ("PENDING", "COMPLETED")
    assert refused(python_sdk, shop, KIND, "refund", "refund", **given)[2] == "REFUND_ID_DUPLICATED"


def test_transaction_status(python_sdk: Client, shop: Shop) -> None:
    """A debit's attempt is found, with the payment flow it belongs to."""
    name, debit = set_up(python_sdk, shop), new_id()
    announce(python_sdk, shop, name, merchant_order_id=debit)
    shop.advance(DAY_S + 1)
    transaction = python_sdk.call(shop, KIND, "redeem", merchant_order_id=debit)["transaction_id"]
    found = python_sdk.call(shop, KIND, "get_transaction_status", transaction_id=transaction)

    assert found["payment_flow"]["merchant_subscription_id"] == name
    assert found["payment_details"][0]["transaction_id"] == transaction
