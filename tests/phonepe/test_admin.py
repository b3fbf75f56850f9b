"""The admin API: what it promises, and how it refuses."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from mocks.phonepe.admin.timeline import MOST_LINES, timeline_of
from mocks.phonepe.client import AdminClient, AdminError
from mocks.phonepe.state.clock import Clock
from mocks.phonepe.state.ledger import Exchange, Ledger, Transition
from tests.phonepe.shop import Shop

ROOT = Path(__file__).parents[2]
Open = Callable[..., Shop]


@pytest.fixture(scope="module")
def admin_http(gateway_url: str) -> Iterator[httpx.Client]:
    """The admin API for what its client would not send."""
    with httpx.Client(base_url=f"{gateway_url}/_admin", trust_env=False, verify=False) as http:  # noqa: S501 - no TLS here
        yield http


def refusal(admin: AdminClient, behaviour: dict[str, Any]) -> tuple[int, list[str]]:
    """Status and fields of a refused behaviour."""
    with pytest.raises(AdminError) as caught:
        admin.create_merchant(behaviour=behaviour)
    return caught.value.status, [each["field"] for each in caught.value.document["errors"]]


def test_create__filled_in(admin: AdminClient) -> None:
    """A merchant made of nothing has everything."""
    merchant = admin.create_merchant()
    admin.delete_merchant(merchant.merchant_id)

    assert merchant.client_id
    assert merchant.client_secret
    assert merchant.document["behaviour"]["webhook"]["retries"] == [60.0, 120.0, 300.0]


def test_create__taken(admin: AdminClient, shop: Shop) -> None:
    """An id in use is refused by its field."""
    with pytest.raises(AdminError) as caught:
        admin.create_merchant(merchant_id=shop.account.merchant_id)

    assert (caught.value.status, caught.value.document["errors"][0]["field"]) == (409, "merchant_id")


@pytest.mark.parametrize(
    ("behaviour", "field"),
    [
        ({"outcom": "success"}, "behaviour.outcom"),
        ({"webhook": {"mode": "sometimes"}}, "behaviour.webhook.mode"),
        ({"webhook": {"retries": [-1]}}, "behaviour.webhook.retries.0"),
        ({"faults": [{"route": "nowhere"}]}, "behaviour.faults.0.route"),
        ({"faults": [{}, {"status": 42}]}, "behaviour.faults.1.status"),
        ({"faults": [{"probability": 2}]}, "behaviour.faults.0.probability"),
        ({"errors": {"nothing": {}}}, "behaviour.errors.nothing"),
        ({"token_lifetime_s": 1e99}, "behaviour.token_lifetime_s"),
        ({"token_lifetime_s": "3600"}, "behaviour.token_lifetime_s"),
        ({"payer_delay_s": True}, "behaviour.payer_delay_s"),
        ({"outcome": "sometimes"}, "behaviour.outcome"),
        ({"outcome": {"failure": 1}}, "behaviour.outcome.failure"),
        ({"outcome": {}}, "behaviour.outcome.failure"),
        ({"faults": [{"latency_s": {"min_s": 1}}]}, "behaviour.faults.0.latency_s.max_s"),
        ({"rate_limit": {"requests": 1, "per_s": 0}}, "behaviour.rate_limit.per_s"),
    ],
)
def test_behaviour__malformed(admin: AdminClient, behaviour: dict[str, Any], field: str) -> None:
    """A malformed behaviour is refused by its field, whichever of several types it was meant to have."""
    status, fields = refusal(admin, behaviour)

    assert (status, field in fields) == (422, True)
    assert all(each.startswith(field.rpartition(".")[0]) for each in fields)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/merchants/nobody", None, 404),
        ("GET", "/merchants/nobody/ledger", None, 404),
        ("PUT", "/merchants/nobody/clock", b"{}", 404),
        ("GET", "/nothing", None, 404),
        ("POST", "/merchants/nobody/behaviour", b"{}", 405),
        ("OPTIONS", "/health", None, 405),
        ("GET", "/merchants?everything=true", None, 422),
        ("POST", "/merchants/nobody/reset?ledger=maybe", None, 422),
        ("POST", "/merchants", b'"\\ud800"', 400),
        ("POST", "/merchants", b"\xff", 400),
        ("POST", "/merchants", b'{"behaviour": {"seed": ' + b"9" * 5_000 + b"}}", 400),
        ("POST", "/merchants", b"{", 400),
        ("POST", "/merchants", b"[]", 422),
        ("POST", "/merchants", b"[" * 100_000, 400),
        ("POST", "/merchants", b'{"merchant_id": "a b"}', 422),
        ("POST", "/merchants", b'{"webhook": {"url": "ftp://x", "username": "u", "password": "p"}}', 422),
    ],
)
def test_refused(admin_http: httpx.Client, method: str, path: str, body: bytes | None, status: int) -> None:
    """A bad call is answered by a problem document."""
    response = admin_http.request(method, path, content=body)

    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status
    assert response.json()["errors"][0].keys() == {"field", "problem"}


def test_head(admin_http: httpx.Client) -> None:
    """HEAD is GET without a body."""
    response = admin_http.head("/health")

    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("seconds", [-1, float("1e10"), "soon"])
def test_clock__refused(shop: Shop, seconds: Any) -> None:
    """A clock cannot be stepped back or out of the calendar."""
    with pytest.raises(AdminError) as caught:
        shop.advance(seconds)

    assert caught.value.document["errors"][0]["field"] == "seconds"


def test_clock__steps_at_once() -> None:
    """Steps that are taken at once add up, and a clock that is set meanwhile has the last word."""

    async def offsets() -> tuple[float, float]:
        rest = asyncio.Event()

        async def settle() -> None:
            await rest.wait()

        clock = Clock(settle)
        steps = [asyncio.create_task(clock.move_by(seconds)) for seconds in (310, 40)]
        await asyncio.sleep(0)
        rest.set()
        await asyncio.gather(*steps)
        summed = clock.offset_s
        rest.clear()
        step = asyncio.create_task(clock.move_by(100))
        await asyncio.sleep(0)
        clock.jump_to(0)
        rest.set()
        await step
        return summed, clock.offset_s

    with ThreadPoolExecutor(1) as elsewhere:  # a browser of another test may keep a loop running in this thread
        assert elsewhere.submit(lambda: asyncio.run(offsets())).result() == (350, 0)


def test_clock__of_one_merchant(open_shop: Open) -> None:
    """Each merchant has a clock of its own."""
    early, late = open_shop(), open_shop()
    orders = early.order(), late.order()
    late.advance(601)

    assert [each.status()["state"] for each in orders] == ["PENDING", "FAILED"]


def test_clock__many_timers_in_their_order(open_shop: Open) -> None:
    """One step through many due dates lets each happen at its own time."""
    shop = open_shop(webhook={"retries": [60, 120]})
    shop.sink.answer = lambda _: 503
    shop.order().submit(outcome="success")
    shop.sink.wait_for(1)
    shop.order(expireAfter=300)
    shop.advance(1000)

    steps = [each["to"] for each in shop.ledger()["transitions"] if each["kind"] == "order"]
    sent = [each["attempts"] for each in shop.ledger()["deliveries"]]
    assert steps == ["PENDING", "COMPLETED", "PENDING", "FAILED"]
    assert [len(each) for each in sent] == [3, 3]


def test_reset__ledger(shop: Shop) -> None:
    """With its ledger reset a merchant has nothing left, and its credentials are good."""
    order = shop.order()
    shop.advance(100)
    shop.admin.reset(shop.account.merchant_id, ledger=True)
    shop.log_in()

    assert shop.ledger()["orders"] == []
    assert shop.pay(order.id).status_code == 200
    assert shop.admin.merchant(shop.account.merchant_id).document["clock"] == {"offset_s": 0.0}


def test_ledger__shape(shop: Shop) -> None:
    """A ledger has the shape that is documented, without credentials, cards or passwords."""
    order = shop.order()
    order.submit(payment_method="CARD", card_number="4208585190116667", expiry="06/27", cvv="508")
    ledger = shop.ledger()
    kept = str(ledger["requests"])

    assert set(ledger) == {
        "orders",
        "refunds",
        "subscriptions",
        "transitions",
        "requests",
        "deliveries",
        "events",
    }
    assert {"merchant_order_id", "order_id", "state", "amount", "created_at", "attempts", "transitions"} <= set(
        ledger["orders"][0]
    )
    assert shop.account.client_secret not in kept
    assert "4208585190116667" not in kept
    assert shop.tokens[0] not in kept


def test_ledger__only_some(shop: Shop) -> None:
    """A ledger can be asked for some of its sections, and for none that it has not."""
    shop.order()
    merchant_id = shop.account.merchant_id

    assert set(shop.admin.ledger(merchant_id, "orders", "deliveries")) == {"orders", "deliveries"}
    with pytest.raises(AdminError, match="there is no secrets"):
        shop.admin.ledger(merchant_id, "orders", "secrets")


def test_openapi(admin_http: httpx.Client, shop: Shop) -> None:
    """The admin API describes itself, and its schema of a behaviour fits the behaviour it gives."""
    document = admin_http.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    schema = {"$ref": "#/components/schemas/Behaviour", "components": document["components"]}

    jsonschema.validate(shop.account.document["behaviour"], schema)
    assert document["openapi"].startswith("3.1")
    assert "/_admin/merchants/{id}/clock/advance" in document["paths"]
    assert "Problem" in schemas


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--fd", "999"], "cannot listen"),
        (["--port", "99999"], "cannot listen"),
        (["--port-file", "no/such/folder/port"], "--port-file"),
        (["--nonsense"], "unrecognized arguments"),
    ],
)
def test_command__bad_input(options: list[str], says: str) -> None:
    """A bad option ends with exit code 2 and one clear line."""
    command = [sys.executable, "-m", "mocks.phonepe", *options]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603

    assert (ended.returncode, says in ended.stderr) == (2, True), ended.stderr
    assert "Traceback" not in ended.stderr


def test_timeline__newest() -> None:
    """A long ledger's time line is its newest lines, whatever they are."""
    ledger = Ledger(Clock())
    ledger.exchanges += [
        Exchange(float(second), "GET", f"/{second}", "unmapped", b"", status=404) for second in range(1_500)
    ]
    ledger.transitions += [Transition("order", f"o-{second}", "", "PENDING", second + 0.5) for second in range(1_500)]
    lines = timeline_of(ledger)[-MOST_LINES:]

    assert (lines[0]["what"], lines[-1]["what"]) == ("GET /1000", "o-1499")
