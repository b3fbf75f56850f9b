"""Refunds: in parts, once each, never more than was paid."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.phonepe.shop import Order, Shop, new_id

Open = Callable[..., Shop]


def paid(shop: Shop, amount: int = 10_000) -> Order:
    """A paid order."""
    order = shop.order(amount=amount)
    order.submit(outcome="success")
    return order


def refund(order: Order, amount: int, name: str | None = None) -> httpx.Response:
    """Ask for money back."""
    document = {"merchantRefundId": name or new_id(), "originalMerchantOrderId": order.id, "amount": amount}
    return order.shop.call("POST", "/payments/v2/refund", document)


def test_refund__completed(shop: Shop) -> None:
    """A refund is PENDING at first, then accepted, then completed, and the merchant is told of both."""
    order, name = paid(shop), new_id()
    answer = refund(order, 4_000, name).json()
    events = [each.event for each in shop.sink.wait_for(3)]
    status = shop.call("GET", f"/payments/v2/refund/{name}/status").json()

    assert (answer["state"], answer["amount"]) == ("PENDING", 4_000)
    assert sorted(events) == ["checkout.order.completed", "pg.refund.accepted", "pg.refund.completed"]
    assert (status["state"], status["originalMerchantOrderId"]) == ("COMPLETED", order.id)


def test_refund__confirmed_then_failed(open_shop: Open) -> None:
    """A refund that fails late passes through CONFIRMED, and its amount can be refunded again."""
    failing = {"outcome": {"failure": "OTHERS"}, "confirm_after_s": 60, "complete_after_s": 600}
    shop = open_shop(refund=failing)
    order, name = paid(shop), new_id()
    refund(order, 10_000, name)
    states = []
    for step in (0, 61, 601):
        shop.advance(step)
        states.append(shop.call("GET", f"/payments/v2/refund/{name}/status").json()["state"])

    assert states == ["PENDING", "CONFIRMED", "FAILED"]
    assert refund(order, 10_000).status_code == 200


def test_refund__in_parts(shop: Shop) -> None:
    """Parts may add up to what was paid and not to more."""
    order = paid(shop)
    statuses = [refund(order, amount).status_code for amount in (6_000, 4_001, 4_000, 100)]

    assert statuses == [200, 400, 200, 400]
    assert sum(each["amount"] for each in shop.ledger()["refunds"]) == 10_000


def test_refund__same_id(shop: Shop) -> None:
    """A merchantRefundId is good for one refund."""
    order, name = paid(shop), new_id()
    answers = [refund(order, 100, name) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 400]
    assert answers[1].json()["code"] == "REFUND_ID_DUPLICATED"


@pytest.mark.parametrize("vpa", ["pending@ybl", "failure@ybl"])
def test_refund__not_paid(shop: Shop, vpa: str) -> None:
    """Only a completed order can be refunded."""
    order = shop.order()
    order.submit(upi_id=vpa)

    assert refund(order, 100).status_code == 400


def test_refund__too_small(shop: Shop) -> None:
    """Less than a rupee is refused when strict."""
    assert refund(paid(shop), 99).json()["context"] == {"field": "amount"}


def test_refund_status__unknown(shop: Shop) -> None:
    """An unknown refund is not found."""
    response = shop.call("GET", "/payments/v2/refund/nobody/status")

    assert (response.status_code, response.json()["code"]) == (404, "REFUND_NOT_FOUND")
