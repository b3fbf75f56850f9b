"""What statuses, webhooks and the ledger show of payments that failed, were split, cancelled or mandated."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mocks.phonepe.client import AdminClient, AdminError
from mocks.phonepe.state.behaviour import Failure
from mocks.phonepe.state.clock import Clock
from mocks.phonepe.state.ledger import MOST_ANSWERS, Exchange, Ledger
from mocks.phonepe.wire.errors import PAYMENT_FAILURES
from mocks.phonepe.wire.keeping import MOST_BYTES
from tests.phonepe.shop import Json, Shop, new_id, submit, until

Open = Callable[..., Shop]


@pytest.mark.parametrize("code", sorted(PAYMENT_FAILURES))
def test_failed__codes(shop: Shop, code: str) -> None:
    """Each documented failure can be chosen, and comes with its detail, its stage and its source."""
    order = shop.order()
    shop.admin.pay(shop.account.merchant_id, order.id, Failure(failure=code).model_dump())
    status = order.status(errorContext="true")
    known = PAYMENT_FAILURES[code]

    assert (status["errorCode"], status["detailedErrorCode"]) == (code, known.detailed)
    assert (status["errorContext"]["stage"], status["errorContext"]["source"]) == (known.stage, known.source)


def test_failed__upi(shop: Shop) -> None:
    """A failed UPI attempt carries instrument, rail with the payer's address and UTR, and the bank's own code."""
    order = shop.order()
    order.submit(upi_id="poor@ybl", outcome="failure:INSUFFICIENT_BALANCE")
    (attempt,) = order.status()["paymentDetails"]

    assert (attempt["responseCode"], attempt["rail"]["vpa"], len(attempt["rail"]["utr"])) == ("Z9", "poor@ybl", 12)
    assert attempt["splitInstruments"] == [
        {"instrument": attempt["instrument"], "rail": attempt["rail"], "amount": 700_000}
    ]


def test_failed__card(shop: Shop) -> None:
    """A failed card attempt has no UPI response code."""
    order = shop.order()
    shop.admin.pay(shop.account.merchant_id, order.id, {"failure": "BANK_ERROR"}, "CARD")
    (attempt,) = order.status()["paymentDetails"]

    assert (attempt["rail"]["type"], "responseCode" in attempt) == ("PG", False)


def test_cancelled(shop: Shop) -> None:
    """A payment that its payer cancelled says so; one that expired says that."""
    cancelled, expired = shop.order(), shop.order()
    cancelled.submit(action="cancel")
    shop.advance(601)
    codes = [(each["errorCode"], each["detailedErrorCode"]) for each in (cancelled.status(), expired.status())]

    assert codes == [("TXN_CANCELLED", "REQUEST_CANCEL_BY_REQUESTER"), ("TXN_NOT_COMPLETED", "TXN_AUTO_FAILED")]


def test_cancelled__otp(shop: Shop) -> None:
    """Cancelling where the card's password is asked for is cancelling, too."""
    order = shop.order()
    otp = order.submit(payment_method="CARD", card_number="4208585190116667", expiry="06/27", cvv="508")
    page = shop.http.get(otp.headers["location"])
    submit(shop.http, page, action="cancel")

    assert order.status()["errorCode"] == "TXN_CANCELLED"


def split(shop: Shop, order: str, *amounts: int) -> Json:
    """Pay an order from a wallet and an account."""
    kinds = ("WALLET", "ACCOUNT")
    parts = [{"instrument": kind, "amount": amount} for kind, amount in zip(kinds, amounts, strict=True)]
    return shop.admin.pay(shop.account.merchant_id, order, splits=parts)


def test_split(shop: Shop) -> None:
    """A payment split over two instruments shows each with its rail and its part; a refund goes back in that order."""
    order = shop.order(10_000)
    split(shop, order.id, 4_000, 6_000)
    parts = order.status()["paymentDetails"][0]["splitInstruments"]
    refund = {"merchantRefundId": new_id(), "originalMerchantOrderId": order.id, "amount": 5_000}
    shop.call("POST", "/payments/v2/refund", refund)
    back = shop.call("GET", f"/payments/v2/refund/{refund['merchantRefundId']}/status").json()["splitInstruments"]

    assert [(each["instrument"]["type"], each["rail"]["type"], each["amount"]) for each in parts] == [
        ("WALLET", "PPI_WALLET", 4_000),
        ("ACCOUNT", "UPI", 6_000),
    ]
    assert [(each["instrument"]["type"], each["amount"]) for each in back] == [("WALLET", 4_000), ("ACCOUNT", 1_000)]


def test_split__not_the_whole(shop: Shop) -> None:
    """Parts that are not all of the amount are refused by their field, and the order stays open."""
    order = shop.order(10_000)
    with pytest.raises(AdminError) as caught:
        split(shop, order.id, 4_000, 7_000)

    assert caught.value.document["errors"] == [
        {"field": "splits", "problem": "add up to 11000, not to the order's 10000"}
    ]
    assert order.status()["state"] == "PENDING"


def test_ledger__answers(shop: Shop) -> None:
    """The ledger keeps answers beside requests, without tokens and secrets."""
    order = shop.order()
    token, paid = shop.ledger("requests")["requests"]

    assert json.loads(paid["answer"])["redirectUrl"] == order.page_url
    assert json.loads(token["answer"])["access_token"] == "***"
    assert shop.tokens[-1] not in json.dumps(shop.ledger())
    assert shop.account.client_secret not in json.dumps(shop.ledger("requests"))
    assert f"client_id={shop.account.client_id}" in token["body"]


def test_ledger__bounded(open_shop: Open) -> None:
    """What the ledger keeps of one request is bounded, however long its body is."""
    shop = open_shop(strict=False)
    shop.pay(metaInfo={"udf1": "x" * 100_000})
    kept = shop.ledger("requests")["requests"][-1]

    assert (len(kept["body"]), kept["body"][-3:]) == (MOST_BYTES + 3, "...")


def test_ledger__answers_of_the_newest() -> None:
    """However many requests a merchant makes, the answers of so many are kept, and every status."""
    ledger = Ledger(Clock())
    for number in range(MOST_ANSWERS + 3):
        ledger.add_exchange(Exchange(0.0, "GET", f"/{number}", "unmapped", b"", status=404, answer=b"{}"))
    kept = [each for each in ledger.exchanges if each.answer]

    assert (len(kept), kept[0].path) == (MOST_ANSWERS, "/3")
    assert {each.status for each in ledger.exchanges} == {404}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/checkout/v2/pay", {"authorization": "O-Bearer nobody-{}"}, 401),
        ("POST", "/v1/oauth/token", {"x-stranger": "{}"}, 400),
        ("POST", "/apis/pg/nowhere", {"authorization": "O-Bearer nobody-{}"}, 404),
        ("GET", "/transact/uat_v2?token=nobody", {}, 404),
    ],
)
def test_ledger__strangers(
    admin: AdminClient, gateway_url: str, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    """A request that names no known client, token or merchant is kept for whoever looks for it."""
    mine = new_id()
    sent = {name: value.format(mine) for name, value in headers.items()}
    target = f"{path}{'&' if '?' in path else '?'}mine={mine}"
    response = httpx.request(method, gateway_url + target, headers=sent, content=b"", trust_env=False, verify=False)  # noqa: S501 - no TLS here
    kept = [each for each in admin.unknown_requests() if each["query"].endswith(f"mine={mine}")]

    assert (response.status_code, [each["status"] for each in kept]) == (status, [status])


def told(shop: Shop, event: str, about: str) -> Json:
    """The payload of a webhook that is sent by hand."""
    shop.admin.send_webhook(shop.account.merchant_id, event, about)
    found = until(lambda: [each for each in shop.sink.received if each.event == event])
    payload: Json = found[-1].document["payload"]
    return payload


def test_by_hand__refund(shop: Shop) -> None:
    """A refund's webhook that is sent by hand carries the refund, named by its own id or by its order's."""
    order = shop.order()
    order.submit(upi_id="success@ybl")
    refund = {"merchantRefundId": new_id(), "originalMerchantOrderId": order.id, "amount": 100}
    shop.call("POST", "/payments/v2/refund", refund)
    named = [str(refund["merchantRefundId"]), order.id]
    names = [told(shop, "pg.refund.failed", about)["merchantRefundId"] for about in named]

    assert names == [refund["merchantRefundId"]] * 2


@pytest.mark.parametrize(
    ("event", "kind"), [("pg.refund.failed", "refund"), ("subscription.paused", "subscription"), ("x.y", "order")]
)
def test_by_hand__nothing(shop: Shop, event: str, kind: str) -> None:
    """A webhook about something that is not there is refused by its field, naming what is missing."""
    with pytest.raises(AdminError) as caught:
        shop.admin.send_webhook(shop.account.merchant_id, event, "nothing")
    problem: Any = caught.value.document["errors"]

    assert (caught.value.status, problem) == (404, [{"field": "merchant_order_id", "problem": f"names no {kind}"}])
