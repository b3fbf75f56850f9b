"""Standard checkout from the request to the merchant's return."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mocks.phonepe.webhooks.signing import good_signature
from tests.phonepe.shop import PASSWORD, REDIRECT, USERNAME, Shop


def test_token(shop: Shop) -> None:
    """The right credentials give an O-Bearer token with its span in epoch seconds."""
    token = shop.log_in().json()

    assert token["token_type"] == "O-Bearer"
    assert token["expires_at"] - token["issued_at"] == 3600


def test_token__wrong_secret(shop: Shop) -> None:
    """A wrong secret gives INVALID_CLIENT."""
    response = shop.log_in(client_secret="wrong")

    assert (response.status_code, response.json()["code"]) == (400, "INVALID_CLIENT")


def test_pay__pending(shop: Shop) -> None:
    """A new order is PENDING and has no payment details."""
    status = shop.order(amount=12_345).status()

    assert (status["state"], status["amount"], status["paymentDetails"]) == ("PENDING", 12_345, [])


def test_pay__success(shop: Shop) -> None:
    """A payer who pays is sent to the redirectUrl exactly as given, and the order is COMPLETED."""
    order = shop.order()
    response = order.submit(upi_id="success@ybl")

    assert (response.status_code, response.headers["location"]) == (303, REDIRECT)
    assert order.status()["state"] == "COMPLETED"
    assert [each["to"] for each in order.ledger()["transitions"]] == ["PENDING", "COMPLETED"]


@pytest.mark.parametrize(
    ("vpa", "state"),
    [("SUCCESS@ybl", "COMPLETED"), ("Failure@YBL", "FAILED"), ("failed@ybl", "FAILED"), ("pending@ybl", "PENDING")],
)
def test_pay__magic_vpa(shop: Shop, vpa: str, state: str) -> None:
    """The sandbox's addresses decide the outcome in any case."""
    order = shop.order()
    order.submit(upi_id=vpa)

    assert order.status()["state"] == state


def test_pay__chosen_failure(shop: Shop) -> None:
    """A failure that the payer picks shows its code in order and attempt."""
    order = shop.order()
    order.submit(outcome="failure:INSUFFICIENT_BALANCE")

    status = order.status()
    assert (status["state"], status["errorCode"], status["detailedErrorCode"]) == (
        "FAILED",
        "INSUFFICIENT_BALANCE",
        "Z9",
    )


def test_pay__cancelled(shop: Shop) -> None:
    """A payer who cancels is sent back, and the order has failed."""
    order = shop.order()
    response = order.submit(action="cancel")

    assert (response.status_code, order.status()["state"]) == (303, "FAILED")


def test_pay__webhook(shop: Shop) -> None:
    """A completed order is told once, signed with the webhook's credentials, with the status as payload."""
    order = shop.order()
    order.submit(upi_id="success@ybl")
    (webhook,) = shop.sink.wait_for(1)

    assert webhook.headers["authorization"] == good_signature(USERNAME, PASSWORD)
    assert webhook.event == "checkout.order.completed"
    fees = {"payableAmount": 700_000, "feeAmount": 0}
    assert webhook.document["payload"] | fees == order.status()
    assert fees.keys().isdisjoint(webhook.document["payload"])


def test_pay__duplicate(shop: Shop) -> None:
    """A merchantOrderId is good for one order."""
    order = shop.order()
    response = shop.pay(order.id)

    assert (response.status_code, response.json()["code"]) == (417, "INVALID_TRANSACTION_ID")


def test_status__unknown(shop: Shop) -> None:
    """An unknown order is refused."""
    response = shop.call("GET", "/checkout/v2/order/nobody/status")

    assert (response.status_code, response.json()["code"]) == (400, "INVALID_MERCHANT_ORDER_ID")


def test_status__no_token(shop: Shop) -> None:
    """A call without a token is not authorised."""
    response = shop.http.get("/checkout/v2/order/nobody/status")

    assert (response.status_code, response.json()["code"]) == (401, "AUTHORIZATION_FAILED")


def test_order__expires(shop: Shop) -> None:
    """An abandoned order fails by itself when it expires, and the merchant is told."""
    order = shop.order()
    shop.advance(601)
    (webhook,) = shop.sink.wait_for(1)

    assert (webhook.event, order.status()["detailedErrorCode"]) == ("checkout.order.failed", "TXN_AUTO_FAILED")


def test_merchants__apart(open_shop: Callable[..., Shop]) -> None:
    """One merchant does not see another's orders."""
    mine, theirs = open_shop(), open_shop()
    order = mine.order()

    assert theirs.call("GET", f"/checkout/v2/order/{order.id}/status").status_code == 400
    assert theirs.ledger()["orders"] == []


def test_pending_then_failed(open_shop: Callable[..., Shop]) -> None:
    """A pending payment can fail late, with a code."""
    shop = open_shop(settle_pending_after_s=60, settle_pending_as={"failure": "BANK_TECHNICAL_ISSUE"})
    order = shop.order()
    order.submit(upi_id="pending@ybl")
    shop.advance(61)

    assert order.status()["errorCode"] == "BANK_TECHNICAL_ISSUE"


def test_disable_payment_retry(open_shop: Callable[..., Shop]) -> None:
    """A merchant that disables retries gets a failed order at the first failed attempt."""
    shop = open_shop(page_retries=3)
    order = shop.order(disablePaymentRetry=True)

    assert order.submit(upi_id="failure@ybl").status_code == 303
    assert order.status()["state"] == "FAILED"


def test_forced_outcome(open_shop: Callable[..., Shop]) -> None:
    """A merchant's outcome decides whatever the payer chooses."""
    shop = open_shop(outcome={"failure": "UPI_BACKBONE_ERROR"})
    order = shop.order()
    order.submit(upi_id="success@ybl")

    assert order.status()["errorCode"] == "UPI_BACKBONE_ERROR"


def test_card__wrong_password_three_times(shop: Shop) -> None:
    """The third wrong password fails the payment."""
    order = shop.order()
    card = {"payment_method": "CARD", "card_number": "4242424242424242", "expiry": "12/27", "cvv": "936"}
    page = shop.http.get(order.submit(**card).headers["location"])
    statuses = [shop.http.post(str(page.url), data={"otp": "000000"}).status_code for _ in range(3)]

    assert statuses == [422, 422, 303]
    assert order.status()["errorCode"] == "AUTHORIZATION_ERROR"


def test_submitted_twice(shop: Shop) -> None:
    """A payer who sends the form twice pays once."""
    order = shop.order()
    data = {"payment_method": "UPI", "upi_id": "success@ybl", "action": "pay"}
    statuses = [shop.http.post(order.page_url, data=data).status_code for _ in range(2)]

    assert statuses == [303, 303]
    assert len(order.ledger()["attempts"]) == 1
