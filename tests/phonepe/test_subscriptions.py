"""Subscriptions: set up, announced, debited, paused, revoked and cancelled."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tests.phonepe.mandates import DAY_S, notify, redeem, setup, state
from tests.phonepe.shop import REDIRECT, Shop, new_id

Open = Callable[..., Shop]


@pytest.fixture
def long_lived(open_shop: Open) -> Shop:
    """A merchant whose token lives for a year, since debits take days."""
    return open_shop(token_lifetime_s=365 * DAY_S)


def order_status(shop: Shop, name: str) -> dict[str, Any]:
    """A debit's status."""
    answer: dict[str, Any] = shop.call("GET", f"/subscriptions/v2/order/{name}/status", details="true").json()
    return answer


@pytest.fixture
def active(long_lived: Shop) -> str:
    """An active subscription of `long_lived`."""
    name = new_id()
    assert setup(long_lived, name).status_code == 200
    return name


@pytest.mark.parametrize(("vpa", "expected"), [("success@ybl", "ACTIVE"), ("failure@ybl", "FAILED")])
def test_setup(shop: Shop, vpa: str, expected: str) -> None:
    """A set-up that is paid activates the subscription, one that fails does not, and the merchant is told."""
    name = new_id()
    setup(shop, name, vpa)
    (webhook,) = shop.sink.wait_for(1)
    verdict = "completed" if expected == "ACTIVE" else "failed"

    assert (state(shop, name), webhook.event) == (expected, f"subscription.setup.order.{verdict}")
    assert webhook.document["payload"]["paymentFlow"]["merchantSubscriptionId"] == name


def test_setup__penny_drop(shop: Shop) -> None:
    """A penny drop is of two rupees."""
    assert setup(shop, new_id(), authWorkflowType="PENNY_DROP").json()["context"] == {"field": "amount"}


def test_setup__same_id(shop: Shop) -> None:
    """A merchantSubscriptionId is good for one subscription."""
    name = new_id()

    assert [setup(shop, name).json().get("code") for _ in range(2)] == [None, "DUPLICATE_REQUEST_ID"]


def test_setup__on_the_page(shop: Shop) -> None:
    """The checkout variant sets a subscription up on the hosted page."""
    name = new_id()
    details = {
        "merchantSubscriptionId": name,
        "authWorkflowType": "TRANSACTION",
        "amountType": "VARIABLE",
        "maxAmount": 90_000,
        "frequency": "ON_DEMAND",
    }
    flow = {
        "type": "SUBSCRIPTION_CHECKOUT_SETUP",
        "merchantUrls": {"redirectUrl": REDIRECT},
        "subscriptionDetails": details,
    }
    shop.order(paymentFlow=flow).submit(upi_id="success@ybl")

    assert shop.call("GET", f"/checkout/v2/subscriptions/{name}/status").json()["state"] == "ACTIVE"


def test_debit__after_a_day(long_lived: Shop, active: str) -> None:
    """A debit is announced, refused within the first day, and paid after it."""
    name = new_id()
    answer = notify(long_lived, active, name).json()
    early = redeem(long_lived, name).json()["code"]
    long_lived.advance(DAY_S)
    paid = redeem(long_lived, name).json()

    assert answer["state"] == "PENDING"
    assert early == "SUBSCRIPTION_DEBIT_EXECUTE_INTERVAL_NOT_STARTED"
    assert paid["state"] == "PENDING"
    status = order_status(long_lived, name)
    assert (status["state"], status["paymentDetails"][0]["transactionId"]) == ("COMPLETED", paid["transactionId"])


def test_debit__events(long_lived: Shop, active: str) -> None:
    """The merchant is told of the announcement, of the transaction and of the order."""
    name = new_id()
    notify(long_lived, active, name)
    long_lived.advance(DAY_S)
    redeem(long_lived, name)
    events = [each.event for each in long_lived.sink.wait_for(4)]

    assert sorted(events[1:]) == [
        "subscription.notification.completed",
        "subscription.redemption.order.completed",
        "subscription.redemption.transaction.completed",
    ]


def test_debit__twice(long_lived: Shop, active: str) -> None:
    """A debit that is paid cannot be executed again."""
    name = new_id()
    notify(long_lived, active, name)
    long_lived.advance(DAY_S)
    codes = [redeem(long_lived, name).json().get("code") for _ in range(2)]

    assert codes == [None, "DUPLICATE_TXN_REQUEST"]


def test_debit__automatic(long_lived: Shop, active: str) -> None:
    """An automatic debit happens by itself after a day, and refuses to be executed by hand."""
    name = new_id()
    notify(long_lived, active, name, autoDebit=True)
    by_hand = redeem(long_lived, name).json()["code"]
    long_lived.advance(DAY_S + 1)

    assert (by_hand, order_status(long_lived, name)["state"]) == ("INVALID_SUBSCRIPTION_STATE", "COMPLETED")


def test_debit__retried(open_shop: Open) -> None:
    """A debit that fails is tried four times at least ninety minutes apart, then the order fails."""
    shop = open_shop(token_lifetime_s=365 * DAY_S)
    subscription, name = new_id(), new_id()
    setup(shop, subscription)
    notify(shop, subscription, name)
    shop.behave(outcome={"failure": "INSUFFICIENT_BALANCE"}, token_lifetime_s=365 * DAY_S)
    shop.advance(DAY_S)
    redeem(shop, name)
    between = order_status(shop, name)["state"]
    shop.advance(5 * 3600)
    status = order_status(shop, name)

    times = [each["timestamp"] for each in status["paymentDetails"]]
    assert (between, status["state"], len(times)) == ("PENDING", "FAILED", 4)
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 5_400_000


def test_debit__over_the_limit(long_lived: Shop, active: str) -> None:
    """More than the maximum amount is refused."""
    response = notify(long_lived, active, new_id(), amount=50_001)

    assert (response.status_code, response.json()["code"]) == (417, "TRANSACTION_LIMIT_EXCEEDED")


def test_debit__not_announced_in_time(long_lived: Shop, active: str) -> None:
    """An announced debit that nobody executes expires."""
    name = new_id()
    notify(long_lived, active, name)
    long_lived.advance(3 * DAY_S + 1)

    assert order_status(long_lived, name)["state"] == "EXPIRED"


def test_debit__settled_though_the_call_failed(open_shop: Open) -> None:
    """A redeem call can error although the debit is made."""
    fault = {"route": "subscription.redeem", "when": "after", "status": 500}
    shop = open_shop(token_lifetime_s=365 * DAY_S, faults=[fault])
    subscription, name = new_id(), new_id()
    setup(shop, subscription)
    notify(shop, subscription, name)
    shop.advance(DAY_S)

    assert redeem(shop, name).status_code == 500
    assert order_status(shop, name)["state"] == "COMPLETED"


@pytest.mark.parametrize(("action", "expected"), [("pause", "PAUSED"), ("revoke", "REVOKED")])
def test_payer_acts__webhook_only(long_lived: Shop, active: str, action: str, expected: str) -> None:
    """What a payer does in the app reaches the merchant by webhook, and stops debits."""
    long_lived.admin.change_subscription(long_lived.account.merchant_id, active, action)
    webhook = long_lived.sink.wait_for(2)[-1]

    assert (webhook.event, webhook.document["payload"]["state"]) == (f"subscription.{expected.lower()}", expected)
    assert notify(long_lived, active, new_id()).json()["code"] == "INVALID_SUBSCRIPTION_STATE"


def test_pause__and_unpause(long_lived: Shop, active: str) -> None:
    """A paused subscription can be taken up again."""
    for action in ("pause", "unpause"):
        long_lived.admin.change_subscription(long_lived.account.merchant_id, active, action)

    assert state(long_lived, active) == "ACTIVE"


@pytest.mark.parametrize("status", [200, 204])
def test_cancel(open_shop: Open, status: int) -> None:
    """A cancelled subscription is over; the answer's status is a setting."""
    shop = open_shop(cancel_status=status)
    name = new_id()
    setup(shop, name)
    response = shop.call("POST", f"/subscriptions/v2/{name}/cancel")

    assert (response.status_code, state(shop, name)) == (status, "CANCELLED")


@pytest.mark.parametrize(("method", "action"), [("GET", "status"), ("POST", "cancel")])
def test_unknown(shop: Shop, method: str, action: str) -> None:
    """An unknown subscription is not found."""
    assert shop.call(method, f"/subscriptions/v2/nobody/{action}").json()["code"] == "SUBSCRIPTION_NOT_FOUND"
