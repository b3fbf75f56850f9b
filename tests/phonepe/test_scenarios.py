"""Failure scenarios that are more than one setting; docs/phonepe.md says where each of the twenty is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.phonepe.shop import Shop, new_id

Open = Callable[..., Shop]


def test_redirect_before_the_end(open_shop: Open) -> None:
    """4: a payer may be back at the merchant while the order is pending and nothing has been told."""
    shop = open_shop(settle_pending_after_s=90)
    order = shop.order()
    back = order.submit(upi_id="pending@ybl")
    at_return = order.status()["state"], len(shop.sink.received)
    shop.advance(91)

    assert (back.status_code, at_return) == (303, ("PENDING", 0))
    assert (order.status()["state"], len(shop.sink.received)) == ("COMPLETED", 1)


def test_pending_for_ever(open_shop: Open) -> None:
    """7: an order can stay pending far beyond its expiry."""
    shop = open_shop(expires=False, token_lifetime_s=1e8)
    order = shop.order()
    order.submit(upi_id="pending@ybl")
    shop.advance(30 * 86_400)

    assert order.status()["state"] == "PENDING"
    assert shop.sink.received == []


def test_late_completion(open_shop: Open) -> None:
    """8: an order can be completed long after a merchant gave it up."""
    shop = open_shop(expires=False, settle_pending_after_s=2 * 86_400, token_lifetime_s=1e8)
    order = shop.order()
    order.submit(upi_id="pending@ybl")
    shop.advance(86_400)
    given_up = order.status()["state"]
    shop.advance(86_401)

    assert (given_up, order.status()["state"]) == ("PENDING", "COMPLETED")
    assert [each.event for each in shop.sink.wait_for(1)] == ["checkout.order.completed"]


def test_pending_then_failed(open_shop: Open) -> None:
    """A pending payment can fail late, with a code."""
    shop = open_shop(settle_pending_after_s=60, settle_pending_as={"failure": "BANK_TECHNICAL_ISSUE"})
    order = shop.order()
    order.submit(upi_id="pending@ybl")
    shop.advance(61)

    assert order.status()["errorCode"] == "BANK_TECHNICAL_ISSUE"


@pytest.mark.parametrize("amount", [700_000, 800_000])
def test_same_id_again(shop: Shop, amount: int) -> None:
    """12: a second order of the same id is refused with the same amount and with another, and changes nothing."""
    order = shop.order(amount=700_000)
    answer = shop.pay(order.id, amount)

    assert answer.status_code == 417
    assert order.status()["amount"] == 700_000


@pytest.mark.parametrize(
    ("field", "value"),
    [("payload.amount", 100), ("payload.merchantId", "somebody"), ("payload.merchantOrderId", "another")],
)
def test_tampered__status_is_the_truth(open_shop: Open, field: str, value: Any) -> None:
    """13: a webhook may lie about an order; the status does not."""
    shop = open_shop(webhook={"tamper": {field: value}})
    order = shop.order()
    order.submit(outcome="success")
    (webhook,) = shop.sink.wait_for(1)
    name = field.partition(".")[2]

    assert webhook.document["payload"][name] == value
    assert order.status()[name] != value


@pytest.mark.parametrize(
    "body",
    [
        {"state": "COMPLETED", "paymentDetails": None},
        {"state": "SOMETHING_NEW", "paymentDetails": [{"paymentMode": "CREDIT_LINE"}]},
        {},
    ],
)
def test_unknown_answers(open_shop: Open, body: dict[str, Any]) -> None:
    """18: a status can have null lists, states and modes that nobody knows, or nothing."""
    shop = open_shop(faults=[{"route": "checkout.status", "status": 200, "body": body}])

    assert shop.call("GET", f"/checkout/v2/order/{new_id()}/status").json() == body


def test_disable_payment_retry(open_shop: Open) -> None:
    """A merchant that disables retries gets a failed order at the first failed attempt."""
    shop = open_shop(page_retries=3)
    order = shop.order(disablePaymentRetry=True)

    assert order.submit(upi_id="failure@ybl").status_code == 303
    assert order.status()["state"] == "FAILED"


def test_forced_outcome(open_shop: Open) -> None:
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
