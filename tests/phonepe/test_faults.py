"""Faults: what goes wrong when it is told to, and only then."""

from __future__ import annotations

import random
import select
import socket
import statistics
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mocks.phonepe.client import AdminError
from mocks.phonepe.state.behaviour import LatencyTail
from mocks.phonepe.state.faults import drawn
from tests.phonepe.shop import REDIRECT, Shop, new_id, until

Open = Callable[..., Shop]


@pytest.mark.parametrize(
    ("body", "text", "kind"),
    [
        ({"code": "X"}, '{"code": "X"}', "application/json"),
        ("<html>Bad gateway</html>", "<html>Bad gateway</html>", "text/html; charset=utf-8"),
        ("R999", "R999", "text/plain; charset=utf-8"),
        ("", "", "text/plain; charset=utf-8"),
    ],
)
def test_status_and_body(open_shop: Open, body: Any, text: str, kind: str) -> None:
    """A fault answers with any status and any body, and the order is not made."""
    shop = open_shop(faults=[{"route": "checkout.pay", "status": 503, "body": body}])
    response = shop.pay()

    assert (response.status_code, response.text, response.headers["content-type"]) == (503, text, kind)
    assert shop.ledger()["orders"] == []


def test_status__documented_body(open_shop: Open) -> None:
    """A fault without a body has the catalogue's server error."""
    shop = open_shop(faults=[{"route": "checkout.pay", "status": 500}])

    assert shop.pay().json()["code"] == "INTERNAL_SERVER_ERROR"


def test_count(open_shop: Open) -> None:
    """A fault with a count happens that often."""
    shop = open_shop(faults=[{"route": "checkout.pay", "status": 500, "count": 2}])

    assert [shop.pay().status_code for _ in range(4)] == [500, 500, 200, 200]


def test_probability__seeded(open_shop: Open) -> None:
    """A fault by chance repeats itself with its seed."""
    seeded = {"faults": [{"route": "checkout.pay", "status": 500, "probability": 0.5}], "seed": 7}
    runs = [[shop.pay().status_code for _ in range(20)] for shop in (open_shop(**seeded), open_shop(**seeded))]

    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


def test_matching(open_shop: Open) -> None:
    """A fault with a condition happens to the requests that meet it."""
    shop = open_shop(faults=[{"status": 500, "matching": {"amount": 66_600}}])

    assert [shop.pay(amount=amount).status_code for amount in (100, 66_600)] == [200, 500]


def test_after__order_made_and_answer_lost(open_shop: Open) -> None:
    """A fault after the fact answers 502 though the order is made, so that its id is used up."""
    shop = open_shop(faults=[{"route": "checkout.pay", "when": "after", "status": 502, "body": "<h1>", "count": 1}])
    name = new_id()
    first, second = shop.pay(name), shop.pay(name)

    assert (first.status_code, second.status_code) == (502, 417)
    assert [each["merchant_order_id"] for each in shop.ledger()["orders"]] == [name]


def test_timeout_after_order_made(open_shop: Open) -> None:
    """A client that loses patience has an order nonetheless."""
    shop = open_shop(faults=[{"route": "checkout.pay", "when": "after", "latency_s": 30}])
    shop.log_in()
    shop.http.timeout = httpx.Timeout(0.3)
    with pytest.raises(httpx.ReadTimeout):
        shop.pay()

    assert until(lambda: len(shop.ledger()["orders"])) == 1


@pytest.mark.parametrize("hang_up", ["reset", "mid_response"])
def test_hang_up(open_shop: Open, hang_up: str) -> None:
    """A connection that breaks gives no whole response, though the order is made."""
    shop = open_shop(faults=[{"route": "checkout.pay", "when": "after", "hang_up": hang_up, "count": 1}])
    shop.log_in()
    with pytest.raises(httpx.TransportError):
        shop.pay()

    assert len(shop.ledger()["orders"]) == 1
    assert shop.pay().status_code == 200


def test_latency__blocks_nobody(open_shop: Open, gateway_port: int) -> None:
    """A slow request of one merchant does not delay another one."""
    slow = open_shop(faults=[{"route": "checkout.status", "latency_s": 60}])
    slow.log_in()
    head = f"GET /checkout/v2/order/x/status HTTP/1.1\r\nhost: x\r\nauthorization: O-Bearer {slow.tokens[0]}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", gateway_port)) as waiting:
        waiting.sendall(head.encode())
        assert until(lambda: [each for each in slow.ledger()["requests"] if each["route"] == "checkout.status"])
        status = open_shop().pay().status_code
        answered, _, _ = select.select([waiting], [], [], 0)

    assert (status, answered) == (200, [])


def test_latency__range(open_shop: Open) -> None:
    """A latency drawn from a range is at least its lower end."""
    shop = open_shop(faults=[{"route": "checkout.status", "latency_s": {"min_s": 0.05, "max_s": 0.06}}])
    order = shop.order()
    began = time.monotonic()
    order.status()

    assert time.monotonic() - began >= 0.05


def test_token_revoked(open_shop: Open) -> None:
    """A revoked token is refused in mid-flow; a new one is good."""
    shop = open_shop(faults=[{"route": "checkout.status", "revoke_token": True, "count": 1}])
    order = shop.order()
    refused = shop.call("GET", f"/checkout/v2/order/{order.id}/status")
    shop.log_in()

    assert (refused.status_code, refused.json()["code"]) == (401, "AUTHORIZATION_FAILED")
    assert order.status()["state"] == "PENDING"


def test_token__expires_by_the_clock(open_shop: Open) -> None:
    """A token is good for its lifetime on the merchant's clock."""
    shop = open_shop(token_lifetime_s=900)
    order = shop.order()
    shop.advance(901)

    assert shop.call("GET", f"/checkout/v2/order/{order.id}/status").status_code == 401


def test_oauth_down(open_shop: Open) -> None:
    """OAuth can be down alone."""
    shop = open_shop(faults=[{"route": "token", "status": 503, "body": "R999", "count": 1}])

    assert [shop.log_in().status_code for _ in range(2)] == [503, 200]


def test_rate_limit(open_shop: Open) -> None:
    """Beyond the limit comes TOO_MANY_REQUESTS, until the clock has moved on."""
    shop = open_shop(rate_limit={"requests": 3, "per_s": 60})
    shop.log_in()
    statuses = [shop.pay().status_code for _ in range(3)]
    shop.advance(61)

    assert statuses == [200, 200, 429]
    assert shop.pay().status_code == 200


def test_faults__of_one_merchant(open_shop: Open) -> None:
    """One merchant's faults do not touch another."""
    broken, whole = open_shop(faults=[{"status": 500}]), open_shop()

    assert broken.log_in().status_code == 500
    assert whole.pay().status_code == 200


def test_errors__overridden(open_shop: Open) -> None:
    """Where sources conflict, status and code are settings."""
    shop = open_shop(errors={"unknown_order": {"status": 404, "code": "ORDER_NOT_FOUND"}})
    response = shop.call("GET", "/checkout/v2/order/nobody/status")

    assert (response.status_code, response.json()["code"]) == (404, "ORDER_NOT_FOUND")


def test_reset__ends_faults(open_shop: Open) -> None:
    """After a reset the merchant behaves well, and its ledger is still there."""
    shop = open_shop(faults=[{"route": "checkout.pay", "when": "after", "status": 500}])
    shop.pay()
    shop.admin.reset(shop.account.merchant_id)

    assert shop.pay().status_code == 200
    assert len(shop.ledger()["orders"]) == 2


def test_tampered_answer(open_shop: Open) -> None:
    """A fault can change single fields of an answer, in lists too, and leave the rest true."""
    changes = {"state": "SOMETHING_NEW", "paymentDetails.0.paymentMode": "CREDIT_LINE", "metaInfo": None, "a.b": [1]}
    shop = open_shop(faults=[{"route": "checkout.status", "tamper": changes}])
    order = shop.order(amount=5_000)
    order.submit(upi_id="success@ybl")
    status = order.status()

    assert (status["state"], status["paymentDetails"][0]["paymentMode"]) == ("SOMETHING_NEW", "CREDIT_LINE")
    assert (status["metaInfo"], status["a"], status["amount"]) == (None, {"b": [1]}, 5_000)


@pytest.mark.parametrize(
    "matching", [{"id": "it"}, {"details": "true"}, {"id": "it", "details": "true"}], ids=["path", "query", "both"]
)
def test_matching__path_and_query(open_shop: Open, matching: dict[str, str]) -> None:
    """A condition may be about a name in the path or a parameter of the query."""
    shop = open_shop(faults=[{"route": "checkout.status", "status": 500, "matching": matching}])

    assert shop.call("GET", "/checkout/v2/order/it/status", details="true").status_code == 500
    assert shop.call("GET", "/checkout/v2/order/other/status", details="false").status_code == 400


def test_matching__nested(open_shop: Open) -> None:
    """A condition may be about a field within another."""
    condition = {"paymentFlow.merchantUrls.redirectUrl": REDIRECT, "amount": 100}
    shop = open_shop(faults=[{"route": "checkout.pay", "status": 500, "matching": condition}])

    assert (shop.pay(amount=100).status_code, shop.pay(amount=101).status_code) == (500, 200)


def test_hang_up__mid_response(open_shop: Open) -> None:
    """Half of the true answer comes, then the connection is reset; what was asked for is done."""
    shop = open_shop(faults=[{"route": "checkout.pay", "hang_up": "mid_response"}])
    with pytest.raises(httpx.TransportError):
        shop.pay("it")

    assert [each["merchant_order_id"] for each in shop.ledger()["orders"]] == ["it"]


def test_latency__long_tail() -> None:
    """A latency may have a long tail, whose median and 99th percentile are the ones that were asked for."""
    latency, chance = LatencyTail(median_s=0.5, p99_s=5), random.Random(7)  # noqa: S311
    cuts = statistics.quantiles((drawn(latency, chance) for _ in range(20_000)), n=100)

    assert (cuts[49], cuts[98]) == pytest.approx((0.5, 5), rel=0.1)


@pytest.mark.parametrize(
    "latency", [{"min_s": 2, "max_s": 1}, {"median_s": 2, "p99_s": 1}, {"median_s": 0, "p99_s": 1}]
)
def test_latency__refused(shop: Shop, latency: dict[str, float]) -> None:
    """A distribution that cannot be is refused, and the fault named."""
    with pytest.raises(AdminError) as caught:
        shop.behave(faults=[{"latency_s": latency}])

    assert caught.value.status == 422
    assert all(each["field"].startswith("faults.0.latency_s") for each in caught.value.document["errors"])


def test_rate_limit__of_a_route(open_shop: Open) -> None:
    """A rate limit may be that of one route."""
    shop = open_shop(rate_limit={"route": "checkout.status", "requests": 1, "per_s": 60})
    codes = [shop.call("GET", "/checkout/v2/order/x/status").status_code for _ in range(2)]

    assert (codes, shop.pay().status_code) == ([400, 429], 200)
