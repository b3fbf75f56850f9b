"""The twenty ways in which a payment goes wrong, each by its number; docs/phonepe.md has the settings of each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mocks.phonepe.client import AdminError
from mocks.phonepe.webhooks.signing import good_signature
from tests.phonepe.mandates import DAY_S, notify, redeem, setup, state
from tests.phonepe.shop import PASSWORD, USERNAME, Shop, new_id, until

Open = Callable[..., Shop]
GOOD = good_signature(USERNAME, PASSWORD)


def test_01_webhook_never_arrives(open_shop: Open) -> None:
    """The order is paid and nobody is told of it: only who asks for the status learns it."""
    shop = open_shop(webhook={"mode": "lost"})
    order = shop.order()
    order.submit(upi_id="success@ybl")
    shop.advance(3_000)
    (delivery,) = shop.ledger()["deliveries"]

    assert order.status()["state"] == "COMPLETED"
    assert (shop.sink.received, delivery["attempts"], delivery["acknowledged_at"]) == ([], [], None)


@pytest.mark.parametrize(
    ("signature", "header"),
    [
        ("missing", None),
        ("wrong", good_signature(USERNAME, PASSWORD + "x")),
        ("uppercase", GOOD.upper()),
        ("basic", f"Basic {GOOD}"),
        ("prefixed", f"SHA256 {GOOD}"),
    ],
)
def test_02_webhook_with_a_bad_authorization(open_shop: Open, signature: str, header: str | None) -> None:
    """The webhook is true, and its Authorization header is not what it should be."""
    shop = open_shop(webhook={"signature": signature})
    shop.order().submit(upi_id="success@ybl")
    (webhook,) = shop.sink.wait_for(1)

    assert webhook.headers.get("authorization") == header
    assert webhook.document["payload"]["state"] == "COMPLETED"
    assert shop.ledger()["deliveries"][0]["signature"] == signature


@pytest.mark.parametrize(("mode", "at_once"), [("duplicate", 1), ("concurrent", 3)])
def test_03_duplicate_webhook(open_shop: Open, mode: str, at_once: int) -> None:
    """The same webhook comes three times: one after the other, or all before the first is answered."""
    shop = open_shop(webhook={"mode": mode, "copies": 3})
    together = threading.Barrier(at_once)

    def answer(_: object) -> int:
        together.wait(10)
        return 200

    shop.sink.answer = answer
    shop.order().submit(upi_id="success@ybl")
    bodies = {webhook.body for webhook in shop.sink.wait_for(3)}

    assert len(bodies) == 1
    assert until(lambda: all(each["acknowledged_at"] for each in shop.ledger()["deliveries"]))


def test_04_redirect_before_the_end(open_shop: Open) -> None:
    """A payer is back at the merchant while the order is pending and nothing has been told."""
    shop = open_shop(settle_pending_after_s=90)
    order = shop.order()
    back = order.submit(upi_id="pending@ybl")
    at_return = order.status()["state"], len(shop.sink.received)
    shop.advance(91)

    assert (back.status_code, at_return) == (303, ("PENDING", 0))
    assert (order.status()["state"], len(shop.sink.received)) == ("COMPLETED", 1)


@pytest.mark.parametrize("mode", ["before_response", "before_redirect"])
def test_05_webhook_before_the_answer(open_shop: Open, mode: str) -> None:
    """The webhook is there, and answered, before the pay call returns, or before the payer is sent back."""
    shop = open_shop(webhook={"mode": mode})
    order = shop.order()
    told_by_pay = len(shop.sink.received)
    if mode == "before_redirect":
        order.submit(upi_id="success@ybl")

    assert (told_by_pay, len(shop.sink.received)) == ((1, 1) if mode == "before_response" else (0, 1))
    assert order.status()["state"] == "COMPLETED"


def test_06_attempt_failed_after_order_completed(open_shop: Open) -> None:
    """The first attempt's failure is told after the order's completion."""
    shop = open_shop(page_retries=1, webhook={"mode": "reordered"})
    order = shop.order()
    order.submit(upi_id="failure@ybl")
    order.submit(upi_id="success@ybl")

    told = [(each.event, each.document["payload"]["state"]) for each in shop.sink.wait_for(2)]
    assert told == [("checkout.order.completed", "COMPLETED"), ("checkout.transaction.attempt.failed", "PENDING")]


def test_07_pending_for_ever(open_shop: Open) -> None:
    """An order stays pending far beyond its expiry."""
    shop = open_shop(expires=False, token_lifetime_s=1e8)
    order = shop.order()
    order.submit(upi_id="pending@ybl")
    shop.advance(30 * DAY_S)

    assert (order.status()["state"], shop.sink.received) == ("PENDING", [])


def test_08_completed_late(open_shop: Open) -> None:
    """An order is completed long after a merchant gave it up."""
    shop = open_shop(expires=False, settle_pending_after_s=2 * DAY_S, token_lifetime_s=1e8)
    order = shop.order()
    order.submit(upi_id="pending@ybl")
    shop.advance(DAY_S)
    given_up = order.status()["state"]
    shop.advance(DAY_S + 1)

    assert (given_up, order.status()["state"]) == ("PENDING", "COMPLETED")
    assert [each.event for each in shop.sink.wait_for(1)] == ["checkout.order.completed"]


def test_09_abandoned(shop: Shop) -> None:
    """A payer who never comes lets the order fail when it expires."""
    order = shop.order(expireAfter=300)
    shop.advance(299)
    before = order.status()["state"]
    shop.advance(2)
    after = order.status()

    assert (before, after["state"], after["detailedErrorCode"]) == ("PENDING", "FAILED", "TXN_AUTO_FAILED")
    assert [each.event for each in shop.sink.received] == ["checkout.order.failed"]


def test_10_failed_then_paid(open_shop: Open) -> None:
    """One order has a failed attempt and a paid one."""
    shop = open_shop(page_retries=1)
    order = shop.order()
    order.submit(upi_id="failure@ybl")
    order.submit(upi_id="success@ybl")
    status = order.status(details="true")

    assert status["state"] == "COMPLETED"
    assert [each["state"] for each in status["paymentDetails"]] == ["FAILED", "COMPLETED"]


@pytest.mark.parametrize(
    "fault", [{"status": 502, "body": "<html></html>"}, {"hang_up": "reset"}, {"latency_s": 0.2, "status": 504}]
)
def test_11_order_made_answer_lost(open_shop: Open, fault: dict[str, Any]) -> None:
    """The order is made, its answer does not come, and the same request again is refused as a duplicate."""
    shop = open_shop(faults=[fault | {"route": "checkout.pay", "when": "after", "count": 1}])
    name = new_id()
    try:
        answer = shop.pay(name).status_code
    except httpx.TransportError:
        answer = 0

    assert answer in (0, 502, 504)
    assert shop.pay(name).json()["code"] == "INVALID_TRANSACTION_ID"
    assert [each["merchant_order_id"] for each in shop.ledger()["orders"]] == [name]


@pytest.mark.parametrize("amount", [700_000, 800_000])
def test_12_the_same_id_again(shop: Shop, amount: int) -> None:
    """A second order of the same id is refused with the same amount and with another, and changes nothing."""
    order = shop.order(amount=700_000)
    answer = shop.pay(order.id, amount)

    assert (answer.status_code, order.status()["amount"]) == (417, 700_000)


@pytest.mark.parametrize(
    ("field", "lie"),
    [("amount", 100), ("merchantId", "somebody"), ("merchantOrderId", "another"), ("state", "COMPLETED")],
)
def test_13_tampering(open_shop: Open, field: str, lie: Any) -> None:
    """A well-signed webhook lies about an order, one that nobody paid too; the status does not."""
    shop = open_shop(webhook={"tamper": {f"payload.{field}": lie}})
    order = shop.order()
    order.submit(outcome="failure:PAYMENT_ERROR")
    (webhook,) = shop.sink.wait_for(1)

    assert (webhook.headers["authorization"], webhook.document["payload"][field]) == (GOOD, lie)
    assert order.status()[field] != lie


def test_13_forged(shop: Shop) -> None:
    """A forged webhook says COMPLETED, and a forged return says so too, while the order is pending."""
    order = shop.order()
    shop.admin.send_webhook(shop.account.merchant_id, "checkout.order.completed", order.id, {"state": "COMPLETED"})
    (webhook,) = shop.sink.wait_for(1)
    shop.http.get(f"{order.page_url}&state=COMPLETED&code=PAYMENT_SUCCESS")

    assert (webhook.document["payload"]["state"], order.status()["state"]) == ("COMPLETED", "PENDING")


def test_14_token_gone(open_shop: Open) -> None:
    """A token is revoked, another expires, and meanwhile OAuth is down, then slow."""
    slow: dict[str, Any] = {"route": "token", "latency_s": 0.2, "count": 1}
    down = {"route": "token", "status": 503, "body": "R999", "count": 1}
    shop = open_shop(
        token_lifetime_s=60, faults=[down, slow, {"route": "checkout.status", "revoke_token": True, "count": 1}]
    )
    refused = shop.log_in().status_code
    began = shop.log_in().elapsed.total_seconds()
    revoked = shop.call("GET", "/checkout/v2/order/x/status").status_code
    shop.log_in()
    good = shop.call("GET", "/checkout/v2/order/x/status").status_code
    shop.advance(61)

    assert (refused, began >= 0.2, revoked, good) == (503, True, 401, 400)
    assert shop.call("GET", "/checkout/v2/order/x/status").json()["code"] == "AUTHORIZATION_FAILED"


def test_15_wrong_credentials_and_paths(shop: Shop) -> None:
    """Wrong credentials are an invalid client; what is not there, or not built, is not mapped."""
    wrong = shop.log_in(client_secret="wrong")
    paths = ["/paylinks/v1/pay", "/configs/v1/webhooks", "/disputes/v1/x", "/settlements/v1/x", "/checkout/v3/pay"]

    assert (wrong.status_code, wrong.json()["code"]) == (400, "INVALID_CLIENT")
    for path in paths:
        answer = shop.call("POST", path, {})
        assert (answer.status_code, answer.json()["message"]) == (404, "Bad Request - Api Mapping Not Found")


def test_16_busy_and_broken(open_shop: Open) -> None:
    """Too many requests, R999 and a proxy's HTML each come as they are."""
    broken = [{"route": "checkout.status", "status": 503, "body": "R999", "count": 1}]
    html = {"route": "checkout.status", "status": 502, "body": "<html>Bad gateway</html>", "count": 1}
    shop = open_shop(faults=[*broken, html], rate_limit={"route": "checkout.status", "requests": 1, "per_s": 60})
    answers = [shop.call("GET", "/checkout/v2/order/x/status") for _ in range(4)]

    assert [each.status_code for each in answers] == [503, 502, 400, 429]
    assert (answers[0].text, answers[1].headers["content-type"]) == ("R999", "text/html; charset=utf-8")
    assert answers[3].json()["code"] == "TOO_MANY_REQUESTS"


def test_17_refunds(open_shop: Open) -> None:
    """A refund is confirmed and then fails; a second one of its id, too much and of the unpaid are refused."""
    shop = open_shop(
        refund={"outcome": {"failure": "BANK_TECHNICAL_ISSUE"}, "confirm_after_s": 5, "complete_after_s": 5}
    )
    paid, unpaid, states = shop.order(amount=1_000), shop.order(), []
    paid.submit(upi_id="success@ybl")

    def ask(name: str, order: str, amount: int) -> Any:
        document = {"merchantRefundId": name, "originalMerchantOrderId": order, "amount": amount}
        return shop.call("POST", "/payments/v2/refund", document).json()

    states.append(ask("R1", paid.id, 1_000)["state"])
    again, over, of_unpaid = ask("R1", paid.id, 100), ask("R2", paid.id, 100), ask("R3", unpaid.id, 100)
    for _ in range(2):
        shop.advance(5.5)
        states.append(shop.call("GET", "/payments/v2/refund/R1/status").json()["state"])

    assert states == ["PENDING", "CONFIRMED", "FAILED"]
    assert [each["code"] for each in (again, over, of_unpaid)] == ["REFUND_ID_DUPLICATED", "BAD_REQUEST", "BAD_REQUEST"]
    assert ask("R4", paid.id, 1_000)["state"] == "PENDING"


def test_18_unknown_values(open_shop: Open) -> None:
    """Modes, types, events and fields that nobody knows, null lists and nothing at all, in answers and in webhooks."""
    strange = {"paymentDetails.0.paymentMode": "CREDIT_LINE", "metaInfo": None, "new": {"field": 1}}
    faults: list[dict[str, Any]] = [
        {"tamper": strange},
        {"tamper": {"paymentDetails": None}},
        {"status": 200, "body": ""},
    ]
    shop = open_shop(
        faults=[fault | {"route": "checkout.status", "count": 1} for fault in faults],
        webhook={"tamper": {"event": "paylink.order.completed", "type": "PAYLINK_ORDER_COMPLETED", "payload.new": 1}},
    )
    order = shop.order()
    order.submit(upi_id="success@ybl")
    (webhook,) = shop.sink.wait_for(1)
    answers = [shop.call("GET", f"/checkout/v2/order/{order.id}/status") for _ in range(3)]

    first = answers[0].json()
    assert (first["paymentDetails"][0]["paymentMode"], first["metaInfo"], first["new"]) == (
        "CREDIT_LINE",
        None,
        {"field": 1},
    )
    assert (answers[1].json()["paymentDetails"], answers[2].content) == (None, b"")
    assert (webhook.document["type"], webhook.document["payload"]["new"]) == ("PAYLINK_ORDER_COMPLETED", 1)


def test_19_receiver_fails(open_shop: Open) -> None:
    """A webhook that is not acknowledged comes again by the schedule, until it is or the schedule is over."""
    shop = open_shop(webhook={"retries": [10, 20], "timeout_s": 0.2})
    answers = iter([500, 0, 200])
    let_go = threading.Event()

    def answer(_: object) -> int:
        status = next(answers)
        if status == 0:
            let_go.wait(10)
        return status or 200

    shop.sink.answer = answer
    shop.order().submit(upi_id="success@ybl")
    shop.sink.wait_for(1)
    for seconds in (11, 21):
        shop.advance(seconds)
    let_go.set()
    (delivery,) = shop.ledger()["deliveries"]

    assert [each.get("status") for each in delivery["attempts"]] == [500, None, 200]
    assert "no response" in delivery["attempts"][1]["error"]
    assert delivery["acknowledged_at"]


def test_20_autopay(open_shop: Open) -> None:
    """A debit comes too early, or is settled though its call failed; pause and revocation are told by webhook only."""
    lost = {"route": "subscription.redeem", "status": 500, "when": "after", "matching": {"merchantOrderId": "late"}}
    shop = open_shop(token_lifetime_s=365 * DAY_S, faults=[lost])
    setup(shop, "it")
    notify(shop, "it", "late")
    notify(shop, "it", "early")
    early = redeem(shop, "early").json()["code"]
    shop.advance(DAY_S + 1)
    failed = redeem(shop, "late").status_code
    settled = shop.call("GET", "/subscriptions/v2/order/late/status").json()["state"]
    for action, told in (("pause", 6), ("revoke", 7)):
        shop.admin.change_subscription(shop.account.merchant_id, "it", action)
        events = [each.event for each in shop.sink.wait_for(told)]

    assert early == "SUBSCRIPTION_DEBIT_EXECUTE_INTERVAL_NOT_STARTED"
    assert (failed, settled) == (500, "COMPLETED")
    assert events[-2:] == ["subscription.paused", "subscription.revoked"]
    assert state(shop, "it") == "REVOKED"
    with pytest.raises(AdminError):
        shop.admin.change_subscription(shop.account.merchant_id, "it", "unpause")
