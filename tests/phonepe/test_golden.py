"""The Python SDK's own fixtures are golden: what they have, the gateway's answers have, of the same JSON types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.phonepe.fixtures_of_the_sdk import FOLDER, fixtures
from tests.phonepe.mandates import notify, redeem, setup
from tests.phonepe.shop import REDIRECT, Json, Shop, new_id

DAY_S = 86_400
DROPPED = frozenset({"responseCode", "backendErrorCode", "accountNumber", "upi_transaction_id"})
"""Keys that the SDK reads nowhere, or that a fixture misspells."""

GOLDEN = fixtures()
META = {f"udf{number}": "x" for number in range(1, 6)}
SUBSCRIPTION = "it"
ORDER: Json = {"merchantOrderId": "it", "amount": 100, "paymentFlow": {"type": "PG_CHECKOUT"}}

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="needs .venv-raptorflow: make setup")


def differences(wanted: Any, given: Any, path: str = "$") -> Iterator[str]:
    """What `given` lacks of `wanted`'s keys and JSON types; null, and what is only there sometimes, may be absent."""
    if isinstance(wanted, dict) and isinstance(given, dict):
        for key in wanted.keys() - DROPPED:
            if key in given:
                yield from differences(wanted[key], given[key], f"{path}.{key}")
            elif wanted[key] is not None and not str(wanted[key]).startswith("PRESENT ONLY IF"):
                yield f"{path}.{key} is missing"
    elif isinstance(wanted, list) and isinstance(given, list):
        if wanted and not given:
            yield f"{path} is empty"
        for one, other in zip(wanted, given, strict=False):
            yield from differences(one, other, path)
    elif type(wanted) is not type(given) and wanted is not None:
        yield f"{path} is {type(given).__name__}, not {type(wanted).__name__}"


@pytest.fixture
def shop(open_shop: Callable[..., Shop]) -> Shop:
    """A merchant whose tokens outlive a subscription, and whose payers may try again."""
    return open_shop(token_lifetime_s=365 * DAY_S, token_expires_in=True, page_retries=1)


def custom_pay(shop: Shop, name: str, **mode: Any) -> Json:
    """A payment by custom checkout."""
    flow = {"type": "PG", "paymentMode": {"type": "UPI_QR"} | mode, "merchantUrls": {"redirectUrl": REDIRECT}}
    document = {"merchantOrderId": name, "amount": 100, "paymentFlow": flow, "metaInfo": META}
    answer: Json = shop.call("POST", "/payments/v2/pay", document).json()
    return answer


def collected(shop: Shop, _: Json) -> Json:
    """The answer to a payment that has nothing but its order: a request to the payer's app."""
    return custom_pay(shop, new_id(), type="UPI_COLLECT", details={"type": "VPA", "vpa": "success@ybl"})


def order_like(shop: Shop, fixture: Json) -> str:
    """An order that came to where the fixture's is, by the fixture's way."""
    flow = fixture.get("paymentFlow", {}).get("type")
    if flow == "SUBSCRIPTION_SETUP":
        return str(set_up(shop)["orders"][0]["merchant_order_id"])
    order = shop.order(metaInfo=META)
    (first, *_) = fixture["paymentDetails"]
    if fixture.get("errorCode") and fixture["state"] == "PENDING":
        form = {"UPI_INTENT": "APP", "NET_BANKING": "NET_BANKING"}[first["paymentMode"]]
        order.submit(payment_method=form, outcome="failure:PAYMENT_ERROR")
    else:
        shop.admin.pay(shop.account.merchant_id, order.id, outcome_of(first), first["paymentMode"], **shown_by(first))
    return order.id


def outcome_of(attempt: Json) -> Any:
    """What made a fixture's attempt end as it did."""
    return {"FAILED": {"failure": "PAYMENT_ERROR"}, "PENDING": "pending"}.get(attempt["state"], "success")


def shown_by(attempt: Json) -> dict[str, Any]:
    """The instrument and the rail of a fixture's attempt."""
    return {key: attempt.get(key, {}).get("type") for key in ("instrument", "rail")}


def status(shop: Shop, fixture: Json) -> Json:
    """The status of such an order."""
    answer: Json = shop.call("GET", f"/checkout/v2/order/{order_like(shop, fixture)}/status").json()
    return answer


def refund(shop: Shop, _: Json = {}) -> Json:  # noqa: B006 - it is not used
    """The answer to a refund of a paid order."""
    order = shop.order()
    shop.admin.pay(shop.account.merchant_id, order.id, mode="UPI_QR")
    document = {"merchantRefundId": "R1", "originalMerchantOrderId": order.id, "amount": 100}
    answer: Json = shop.call("POST", "/payments/v2/refund", document).json()
    return answer


def refund_status(shop: Shop, _: Json) -> Json:
    """A refund's status."""
    refund(shop)
    answer: Json = shop.call("GET", "/payments/v2/refund/R1/status").json()
    return answer


def set_up(shop: Shop) -> Json:
    """The ledger once a subscription is set up."""
    setup(shop, SUBSCRIPTION)
    return shop.ledger()


def redeemed(shop: Shop, _: Json) -> Json:
    """The answer to a debit."""
    set_up(shop)
    notify(shop, SUBSCRIPTION, "debit")
    shop.advance(DAY_S + 1)
    answer: Json = redeem(shop, "debit").json()
    return answer


def subscription_status(shop: Shop, _: Json) -> Json:
    """A subscription's status."""
    set_up(shop)
    answer: Json = shop.call("GET", f"/subscriptions/v2/{SUBSCRIPTION}/status").json()
    return answer


def told(shop: Shop, fixture: Json) -> Json:
    """The webhook of the fixture's event. Some fixtures tell of a failed order as completed: that is put there."""
    event, payload = fixture["event"], fixture["payload"]
    if event == "pg.order.completed" and payload["state"] != "COMPLETED":
        lies = {"event": event, "type": fixture["type"], "payload.state": payload["state"]}
        shop.behave(webhook={"tamper": lies})
    EVENTS[event](shop, payload)
    shop.advance(0.001)
    (document, *_) = [each.document for each in shop.sink.received if each.event == event]
    assert (document["type"], document["payload"]["state"]) == (fixture["type"], payload["state"])
    return document


def pay_custom_order(shop: Shop, payload: Json) -> None:
    """A custom checkout's order is paid, or not, in the fixture's way."""
    name, (first, *_) = new_id(), payload["paymentDetails"]
    custom_pay(shop, name, type="NET_BANKING", bankId="SBIN")
    shop.admin.pay(shop.account.merchant_id, name, outcome_of(first), first["paymentMode"], **shown_by(first))


def cancel(shop: Shop, _: Json) -> None:
    """A payer pauses a subscription and cancels it."""
    set_up(shop)
    for action in ("pause", "cancel"):
        shop.admin.change_subscription(shop.account.merchant_id, SUBSCRIPTION, action)


EVENTS: Mapping[str, Callable[[Shop, Json], Any]] = {
    "checkout.transaction.attempt.failed": order_like,
    "pg.order.completed": pay_custom_order,
    "pg.refund.accepted": refund,
    "pg.refund.completed": refund,
    "subscription.setup.order.completed": lambda shop, _: set_up(shop),
    "subscription.notification.completed": lambda shop, _: (set_up(shop), notify(shop, SUBSCRIPTION, "debit")),
    "subscription.cancelled": cancel,
}
"""How each event comes about."""


def accepted(shop: Shop, fixture: Json) -> Json:
    """The SDK's own request, with an amount and a URL that can be taken; the fixture itself once it was."""
    flow = fixture["paymentFlow"]
    path = "/checkout/v2/pay" if flow["type"] == "PG_CHECKOUT" else "/payments/v2/pay"
    changes = {"amount": 100, "expireAfter": fixture["expireAfter"] and 300}
    urls = {"merchantUrls": {"redirectUrl": REDIRECT}}
    response = shop.call("POST", path, fixture | changes | {"paymentFlow": flow | urls})
    assert response.status_code == 200, response.text
    return fixture


def refused(shop: Shop, _: Json) -> Json:
    """The answer to a call with an unknown token."""
    shop.tokens.append("unknown")
    answer: Json = shop.call("GET", "/checkout/v2/order/x/status").json()
    return answer


def with_keys(*keys: str) -> Callable[[Json], bool]:
    """Whether a fixture has keys."""
    return lambda fixture: set(keys) <= fixture.keys()


KINDS: tuple[tuple[Callable[[Json], bool], Callable[[Shop, Json], Json]], ...] = (
    (with_keys("event"), told),
    (with_keys("access_token"), lambda shop, _: shop.log_in().json()),
    (with_keys("errorCode", "context"), lambda shop, _: shop.log_in(client_secret="wrong").json()),
    (with_keys("success", "data"), refused),
    (with_keys("paymentFlow", "expireAfter"), accepted),
    (with_keys("merchantRefundId"), refund_status),
    (with_keys("refundId"), refund),
    (with_keys("paymentDetails"), status),
    (with_keys("orderId", "redirectUrl"), lambda shop, _: shop.pay().json()),
    (with_keys("orderId", "token"), lambda shop, _: shop.call("POST", "/payments/v2/sdk/order", ORDER).json()),
    (
        with_keys("orderId", "intentUrl"),
        lambda shop, _: setup(shop, SUBSCRIPTION, paymentMode={"type": "UPI_INTENT"}).json(),
    ),
    (with_keys("transactionId"), redeemed),
    (with_keys("merchantSubscriptionId"), subscription_status),
    (with_keys("orderId", "state"), collected),
)
"""What a fixture is, by its keys, and how the gateway comes to say it. The first that fits is taken."""


def test_fixtures__found() -> None:
    """The SDK ships its fixtures: 43 bodies and more, of every kind."""
    kinds = {next(place for place, (fits, _) in enumerate(KINDS) if fits(each.document)) for each in GOLDEN}

    assert len(GOLDEN) >= 43
    assert kinds == set(range(len(KINDS)))


@pytest.mark.parametrize("fixture", [each.document for each in GOLDEN], ids=[each.where for each in GOLDEN])
def test_fixture(shop: Shop, fixture: Json) -> None:
    """The gateway says what the fixture says, with the same keys and JSON types."""
    produce = next(produce for fits, produce in KINDS if fits(fixture))

    assert list(differences(fixture, produce(shop, fixture))) == []


def test_authorization_failed(shop: Shop) -> None:
    """The refusal of an unknown token is the fixture's, word for word."""
    (fixture,) = [each.document for each in GOLDEN if each.document.get("code") == "AUTHORIZATION_FAILED"]

    assert refused(shop, {}) == fixture


def test_callback__attempt_failed(shop: Shop) -> None:
    """An attempt failed, the order is still pending, and the root has the attempt's codes."""
    shop.order().submit(payment_method="NET_BANKING", outcome="failure:PAYMENT_ERROR")
    (webhook,) = shop.sink.wait_for(1)
    payload = webhook.document["payload"]

    assert (payload["state"], payload["errorCode"]) == ("PENDING", "PAYMENT_ERROR")
