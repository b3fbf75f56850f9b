"""Webhooks: signed, delivered, repeated, and misdelivered on command."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mocks.phonepe.webhooks.signing import good_signature
from tests.phonepe.shop import PASSWORD, USERNAME, Order, Shop

GOOD = good_signature(USERNAME, PASSWORD)
Open = Callable[..., Shop]


def paid(shop: Shop) -> Order:
    """An order whose payer has paid."""
    order = shop.order()
    order.submit(upi_id="success@ybl")
    return order


def delivery(shop: Shop) -> dict[str, Any]:
    """The one delivery of the ledger."""
    (only,) = shop.ledger()["deliveries"]
    found: dict[str, Any] = only
    return found


def test_signature__documented_vector() -> None:
    """The signature is the lower-case hex SHA-256 of username:password."""
    expected = "bc842c31a9e54efe320d30d948be61291f3ceee4766e36ab25fa65243cd76e0e"

    assert good_signature("username", "password") == expected


def test_delivery__recorded(shop: Shop) -> None:
    """A delivery that was acknowledged says when, and with which status."""
    paid(shop)
    shop.sink.wait_for(1)
    shop.advance(0)

    assert delivery(shop)["attempts"][0]["status"] == 200
    assert delivery(shop)["acknowledged_at"] is not None


def test_late__waits_for_the_clock(open_shop: Open) -> None:
    """A late webhook comes when its delay of the merchant's clock is over."""
    shop = open_shop(webhook={"mode": "late", "delay_s": 7200})
    paid(shop)
    shop.advance(7100)
    before = len(shop.sink.received)
    shop.advance(200)

    assert (before, len(shop.sink.received)) == (0, 1)


def test_one_orders_own__nobody_elses(shop: Shop) -> None:
    """An order's webhooks go out as was said of it, while those of all others go out as the merchant's do."""
    mine, other = shop.order(), shop.order()
    said = shop.admin.set_order_webhook(shop.account.merchant_id, mine.id, mode="duplicate", copies=3)
    for order in (mine, other):
        order.submit(upi_id="success@ybl")
    shop.sink.wait_for(4)
    shop.advance(0)
    sent = [each["merchant_order_id"] for each in shop.ledger()["deliveries"]]

    assert (said["mode"], said["copies"]) == ("duplicate", 3)
    assert (sent.count(mine.id), sent.count(other.id)) == (3, 1)


@pytest.mark.parametrize(
    ("order", "settings", "status"), [("nobodys", {"mode": "lost"}, 404), (None, {"mode": "sometimes"}, 422)]
)
def test_one_orders_own__refused(shop: Shop, order: str | None, settings: dict[str, Any], status: int) -> None:
    """An order that there is not, and a mode that there is not, are refused."""
    path = f"/_admin/merchants/{shop.account.merchant_id}/orders/{order or shop.order().id}/webhook"

    assert shop.http.put(path, json=settings).status_code == status


def test_tampered(open_shop: Open) -> None:
    """A tampered body differs from the truth in the fields named, and is signed well."""
    shop = open_shop(webhook={"tamper": {"payload.amount": 1, "payload.news": {"a": None}, "type": "PAYLINK_X"}})
    order = paid(shop)
    (received,) = shop.sink.wait_for(1)

    assert received.document["type"] == "PAYLINK_X"
    fees = {"payableAmount": 700_000, "feeAmount": 0}
    assert received.document["payload"] | fees == order.status() | {"amount": 1, "news": {"a": None}}
    assert received.headers["authorization"] == GOOD


def test_forged__state_says_otherwise(shop: Shop) -> None:
    """A webhook can be forged that says COMPLETED while the status says PENDING."""
    order = shop.order()
    settings = {"tamper": {"payload.state": "COMPLETED"}}
    shop.admin.send_webhook(shop.account.merchant_id, "checkout.order.completed", order.id, settings=settings)
    (received,) = shop.sink.wait_for(1)

    assert (received.document["payload"]["state"], order.status()["state"]) == ("COMPLETED", "PENDING")


def test_retries__by_schedule(open_shop: Open) -> None:
    """A webhook that is not acknowledged is sent again by the schedule, and then given up."""
    shop = open_shop(webhook={"retries": [60, 120]})
    shop.sink.answer = lambda _: 503
    paid(shop)
    shop.sink.wait_for(1)
    shop.advance(59)
    seen = [len(shop.sink.received)]
    shop.advance(2)
    seen.append(len(shop.sink.received))
    shop.advance(121)
    shop.advance(86_400)
    seen.append(len(shop.sink.received))

    assert seen == [1, 2, 3]
    assert [each["status"] for each in delivery(shop)["attempts"]] == [503, 503, 503]
    assert delivery(shop)["given_up"] is True


def test_retries__until_acknowledged(shop: Shop) -> None:
    """A receiver that recovers gets the webhook once more and no further."""
    shop.sink.answer = lambda _: 500 if len(shop.sink.received) == 1 else 204
    paid(shop)
    shop.sink.wait_for(1)
    shop.advance(3600)

    assert [each["status"] for each in delivery(shop)["attempts"]] == [500, 204]


def test_timeout(open_shop: Open) -> None:
    """A receiver that does not answer in time counts as not reached, and blocks nobody else."""
    shop = open_shop(webhook={"timeout_s": 0.5, "retries": []})
    release = threading.Event()

    def block(_: object) -> int:
        release.wait(10)
        return 200

    shop.sink.answer = block
    order = paid(shop)
    shop.sink.wait_for(1)
    shop.advance(1)
    release.set()

    assert delivery(shop)["attempts"][0]["error"] == "no response within 0.5 s"
    assert order.status()["state"] == "COMPLETED"


def test_unreachable_receiver(shop: Shop) -> None:
    """A receiver that is not there is recorded as an error, never as a failure of the gateway."""
    dead = {"url": "http://127.0.0.1:1/hooks", "username": USERNAME, "password": PASSWORD}
    shop.admin.change_merchant(shop.account.merchant_id, webhook=dead)
    paid(shop)
    shop.advance(0)

    assert "error" in delivery(shop)["attempts"][0]


def test_every_webhook_has_a_transition(shop: Shop) -> None:
    """The gateway tells of nothing that is not in the ledger."""
    order = paid(shop)
    shop.sink.wait_for(1)
    ledger = shop.ledger()

    states = [(each["kind"], each["id"], each["to"]) for each in ledger["transitions"]]
    assert ("order", order.id, "COMPLETED") in states
    assert [each["event"] for each in ledger["deliveries"]] == ["checkout.order.completed"]


def test_redirect__never_signed(shop: Shop) -> None:
    """The return to the merchant carries nothing that could be trusted."""
    response: httpx.Response = shop.order().submit(upi_id="success@ybl")

    assert "state" not in response.headers["location"].lower()
    assert response.content == b""
