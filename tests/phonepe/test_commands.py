"""Commands to a running gateway, as people of Stripe's tools know them: trigger, listen, replay."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from mocks.phonepe.webhooks.signing import good_signature
from tests.phonepe.conftest import running_gateway
from tests.phonepe.shop import PASSWORD, USERNAME, Shop, new_id, until
from tests.phonepe.sink import Sink

ROOT: Final = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


def command(url: str, *words: str) -> list[str]:
    """A command's line, to the gateway at an address."""
    return [sys.executable, "-m", "mocks.phonepe", *words, "--gateway", url]


@pytest.fixture
def run(gateway_url: str, shop: Shop) -> Run:
    """Runs a command of the test's merchant."""

    def run_one(*words: str, merchant: bool = True) -> subprocess.CompletedProcess[str]:
        line = command(gateway_url, *words)
        line += ["--merchant", shop.account.merchant_id] if merchant else []
        return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603

    return run_one


@pytest.mark.parametrize(("event", "state"), [("completed", "COMPLETED"), ("failed", "FAILED")])
def test_trigger__open_order(run: Run, shop: Shop, event: str, state: str) -> None:
    """An open order really ends as the event says, so that its status fits its webhook."""
    order = shop.order()
    ended = run("trigger", f"checkout.order.{event}", "--order", order.id)

    assert (ended.returncode, ended.stdout) == (0, f"checkout.order.{event}: order {order.id} is {state}\n")
    assert [each.event for each in shop.sink.wait_for(1)] == [f"checkout.order.{event}"]
    assert order.status()["state"] == state


def test_trigger__webhook_alone(run: Run, shop: Shop) -> None:
    """Of an order that has ended, the event's webhook alone is sent."""
    order = shop.order()
    order.submit(upi_id="success@ybl")
    ended = run("trigger", "checkout.order.failed", "--order", order.id)

    assert ended.returncode == 0, ended.stderr
    assert [each.event for each in shop.sink.wait_for(2)] == ["checkout.order.completed", "checkout.order.failed"]
    assert order.status()["state"] == "COMPLETED"


@pytest.mark.parametrize("event", ["checkout.order.completed", "pg.order.failed"])
def test_trigger__makes_an_order(run: Run, shop: Shop, event: str) -> None:
    """Without an order, one is placed as the merchant would place it."""
    ended = run("trigger", event, "--amount", "12300")
    (webhook,) = shop.sink.wait_for(1)

    assert ended.returncode == 0, ended.stderr
    assert (webhook.event, webhook.document["payload"]["amount"]) == (event, 12_300)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["trigger", "checkout.order.paid"],
            "there is no event checkout.order.paid; there are checkout.order.completed",
        ),
        (["trigger", "pg.refund.completed"], "name what pg.refund.completed is about by --order"),
        (["trigger", "pg.refund.failed", "--order", "nothing"], "The merchant has no refund nothing"),
        (["replay", "WH99999999"], "The merchant has no delivery WH99999999"),
        (["listen", "--forward-to", "nowhere"], "--forward-to: nowhere is no http(s) URL"),
    ],
)
def test_bad_input(run: Run, words: list[str], says: str) -> None:
    """A command that cannot be done ends with exit code 2 and one line that says why and what to do."""
    ended = run(*words)

    assert (ended.returncode, says in ended.stderr) == (2, True), ended.stderr
    assert ended.stderr.count("\n") == 1


def test_no_merchant_named(run: Run, shop: Shop) -> None:
    """Where there are several merchants, the command asks which; where the one named is none, it lists them."""
    shop.admin.create_merchant(merchant_id=(other := f"M{new_id()[-12:]}"))
    ended = [run("trigger", "checkout.order.failed", *more, merchant=False) for more in ([], ["--merchant", "nobody"])]
    shop.admin.delete_merchant(other)

    assert [each.returncode for each in ended] == [2, 2]
    assert ["name the merchant by --merchant" in ended[0].stderr, "there is no nobody" in ended[1].stderr] == [True] * 2


def test_no_gateway(tmp_path: Path) -> None:
    """Without a gateway the command ends with exit code 1 and the remedy."""
    with running_gateway(tmp_path) as port:
        url = f"http://127.0.0.1:{port}"
    ended = subprocess.run(command(url, "replay", "WH1"), cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603

    assert (ended.returncode, "start a gateway there" in ended.stderr) == (1, True), ended.stderr


def test_replay(run: Run, shop: Shop) -> None:
    """A webhook is sent again as it was, and its ledger entry shows both tries."""
    order = shop.order()
    order.submit(upi_id="success@ybl")
    shop.sink.wait_for(1)
    delivery = shop.ledger("deliveries")["deliveries"][0]["delivery_id"]
    ended = run("replay", delivery)
    first, second = shop.sink.wait_for(2)

    assert (ended.returncode, ended.stdout) == (0, f"{delivery}: 200\n")
    assert (first.body, first.headers["authorization"]) == (second.body, second.headers["authorization"])
    assert [each["status"] for each in shop.ledger("deliveries")["deliveries"][0]["attempts"]] == [200, 200]


def test_replay__lost(run: Run, shop: Shop) -> None:
    """A webhook that got lost can be sent by hand."""
    shop.behave(webhook={"mode": "lost"})
    order = shop.order()
    order.submit(upi_id="success@ybl")
    delivery = shop.ledger("deliveries")["deliveries"][0]["delivery_id"]

    assert run("replay", delivery).returncode == 0
    assert [each.event for each in shop.sink.wait_for(1)] == ["checkout.order.completed"]


def listening(url: str, shop: Shop, *words: str) -> subprocess.Popen[str]:
    """A listener that is ready."""
    line = command(url, "listen", "--merchant", shop.account.merchant_id, *words)
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    pipe = subprocess.PIPE
    process = subprocess.Popen(line, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, env=environment)  # noqa: S603
    assert process.stderr is not None
    ready = process.stderr.readline()
    assert ready.startswith("listening to"), ready
    return process


def test_listen__forwards(gateway_url: str, shop: Shop) -> None:
    """A listener passes webhooks on with their signature, also of a merchant that has no webhook, and prints them."""
    shop.admin.change_merchant(shop.account.merchant_id, webhook=None)
    order = shop.order()
    with Sink() as receiver, listening(gateway_url, shop, "--forward-to", receiver.url, "--count", "1") as process:
        order.submit(upi_id="success@ybl")
        said, errors = process.communicate(timeout=60)
        (forwarded,) = receiver.wait_for(1)

    assert process.returncode == 0, errors
    assert said.split()[1:] == ["checkout.order.completed", order.id, "200"]
    assert forwarded.headers["authorization"] == good_signature("listener", "listener1")
    assert shop.sink.received == []


def test_listen__events(gateway_url: str, shop: Shop) -> None:
    """A listener may want some events alone; the merchant's own webhook is sent beside it, signed the same way."""
    shop.behave(page_retries=1)
    order = shop.order()
    with Sink() as receiver:
        only = ("--events", "checkout.order.completed", "--count", "1", "--forward-to", receiver.url)
        with listening(gateway_url, shop, *only) as process:
            order.submit(outcome="failure:PAYMENT_ERROR")
            order.submit(upi_id="success@ybl")
            said, _ = process.communicate(timeout=60)
        (forwarded,) = receiver.wait_for(1)

    assert said.count("\n") == 1
    assert forwarded.headers["authorization"] == good_signature(USERNAME, PASSWORD)
    assert len(until(lambda: shop.sink.received if len(shop.sink.received) == 2 else None)) == 2
