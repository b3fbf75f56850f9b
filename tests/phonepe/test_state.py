"""What a gateway starts with, and what outlives it: --seed and --state."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from mocks.phonepe.client import AdminClient, MerchantAccount
from tests.phonepe.autopay import notify, set_up
from tests.phonepe.shop import Shop, new_id, until
from tests.phonepe.sink import Sink

ROOT: Final = Path(__file__).parents[2]
DAY_S: Final = 86_400
READY_WITHIN_S: Final = 60.0

SEED: Final = """
public_test_merchant = true

[[merchants]]
merchant_id = "SHOP"
name = "A Seeded Shop"
client_id = "SHOP_CLIENT"
client_secret = "secret"
webhook = {url = "http://127.0.0.1:9/hooks", username = "seeded", password = "seeded12"}
behaviour = {token_lifetime_s = 60}

[[merchants.orders]]
merchant_order_id = "open"
amount = 5000

[[merchants.orders]]
merchant_order_id = "paid"
amount = 6000
outcome = "success"

[[merchants.orders]]
merchant_order_id = "failed"
amount = 7000
flow = "custom"
outcome = {failure = "INSUFFICIENT_BALANCE"}
"""


def start(folder: Path, *options: str) -> tuple[subprocess.Popen[bytes], int]:
    """A gateway of the test's own, which is ready, and its port."""
    folder.mkdir()
    line = [sys.executable, "-m", "mocks.phonepe", "--port-file", str(folder / "port"), *options]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(line, cwd=ROOT, stderr=log)  # noqa: S603
    until(lambda: (folder / "port").exists() or process.poll() is not None, READY_WITHIN_S)
    if not (folder / "port").exists():
        process.kill()
        process.wait()
        raise AssertionError((folder / "log").read_text())
    return process, int((folder / "port").read_text())


@contextmanager
def gateway(folder: Path, *options: str) -> Iterator[tuple[AdminClient, str]]:
    """A gateway that is asked to end afterwards: its admin API and its address."""
    process, port = start(folder, *options)
    try:
        with closing(AdminClient(f"http://127.0.0.1:{port}/_admin")) as admin:
            yield admin, f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.wait()


def ended(*options: str) -> tuple[int, str]:
    """Exit code and messages of a gateway that cannot start."""
    line = [sys.executable, "-m", "mocks.phonepe", *options]
    it = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    return it.returncode, it.stderr


def test_seed(tmp_path: Path) -> None:
    """A gateway starts with its seed's merchants and orders, and the merchant of PhonePe's public v1 test key."""
    file = tmp_path / "seed.toml"
    file.write_text(SEED)
    with gateway(tmp_path / "one", "--seed", str(file)) as (admin, _):
        shop, public = admin.merchant("SHOP"), admin.merchant("PGTESTPAYUAT")
        states = {each["merchant_order_id"]: each["state"] for each in admin.ledger("SHOP")["orders"]}

    assert (shop.client_id, shop.client_secret, shop.document["behaviour"]["token_lifetime_s"]) == (
        "SHOP_CLIENT",
        "secret",
        60.0,
    )
    assert (public.salt_key, public.salt_index) == ("099eb0cd-02cf-4e2a-8aca-3e6c6aff0399", 1)
    assert states == {"open": "PENDING", "paid": "COMPLETED", "failed": "FAILED"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("merchants = 5", "merchants: Input should be a valid"),
        ("[[merchants]]\nname = ''", "merchants.0.name: String should have at least 1 character"),
        (
            "[[merchants]]\nmerchant_id = 'A'\norders = [{amount = 100}]",
            "merchants.0.orders.0.merchant_order_id: Field",
        ),
        ("[[merchants]]\nwhen = 2020-01-01", "merchants.0.when: Extra inputs are not permitted"),
        ("[[merchants]", "is not TOML"),
        ("x = '\x00'", "is not TOML"),
        ("[[merchants]]\nclient_id='A'\n[[merchants]]\nclient_id='A'", "its client_id is in use"),
        (None, "No such file or directory"),
    ],
)
def test_seed__broken(tmp_path: Path, content: str | None, says: str) -> None:
    """A seed that cannot be used ends with exit code 2 and one line that names the place and the remedy."""
    file = tmp_path / "seed.toml"
    if content is not None:
        file.write_text(content)
    code, message = ended("--seed", str(file), "--port-file", str(tmp_path / "port"))

    assert (code, says in message, message.count("\n")) == (2, True, 1), message


def test_seed__documented(tmp_path: Path) -> None:
    """The documentation's seed is one that a gateway starts with."""
    text = (ROOT / "docs" / "phonepe.md").read_text()
    file = tmp_path / "seed.toml"
    file.write_text(text.partition("```toml\n")[2].partition("```")[0])
    with gateway(tmp_path / "one", "--seed", str(file)) as (admin, _):
        states = [each["state"] for each in admin.ledger("SHOP")["orders"]]
        names = [each["merchant_id"] for each in admin.merchants()]

    assert (names, states) == (["PGTESTPAYUAT", "SHOP"], ["COMPLETED"])


@contextmanager
def opened(
    admin: AdminClient, url: str, sink: Sink, account: MerchantAccount | None = None, **behaviour: Any
) -> Iterator[Shop]:
    """A new merchant at a gateway, or one that is there; it stays there afterwards."""
    if account is None:
        shop = Shop.open(admin, url, sink, behaviour)
    else:
        http = httpx.Client(base_url=url, trust_env=False, timeout=30, verify=False)  # noqa: S501 - no TLS here
        shop = Shop(admin, account, http, sink)
    with shop.http:
        yield shop


def without_times(document: Any) -> Any:
    """A ledger without what may differ between two readings."""
    if isinstance(document, dict):
        return {name: without_times(value) for name, value in document.items() if name not in ("requests",)}
    return [without_times(each) for each in document] if isinstance(document, list) else document


def test_state__restart(tmp_path: Path, sink: Sink) -> None:
    """Merchants, orders, refunds, mandates, webhooks and tokens are there after a restart, and go on."""
    file = str(tmp_path / "state")
    patient: dict[str, Any] = {"token_lifetime_s": 30 * DAY_S, "refund": {"confirm_after_s": 100.0}}
    with gateway(tmp_path / "one", "--state", file) as (admin, url), opened(admin, url, sink, **patient) as shop:
        paid, waiting = shop.order(), shop.order()
        paid.submit(upi_id="success@ybl")
        refund = {"merchantRefundId": new_id(), "originalMerchantOrderId": paid.id, "amount": 100}
        shop.call("POST", "/payments/v2/refund", refund)
        order, subscription, _ = set_up(shop)
        admin.pay(shop.account.merchant_id, order)
        debit, _ = notify(shop, "/checkout/v2/subscriptions/notify", subscription, "SUBSCRIPTION_CHECKOUT_REDEMPTION")
        shop.advance(50)
        before, name = shop.ledger(), shop.account.merchant_id
        account = admin.merchant(name)
    with gateway(tmp_path / "two", "--state", file) as (admin, url), opened(admin, url, sink, account) as again:
        again.tokens = shop.tokens
        after = again.ledger()
        assert admin.merchant(name).document == account.document
        assert without_times(after) == without_times(before)
        assert [each["path"] for each in after["requests"]] == [each["path"] for each in before["requests"]]
        assert waiting_status(again, waiting.id) == "PENDING"
        again.advance(601)
        states = {each["merchant_order_id"]: each["state"] for each in again.ledger()["orders"]}
        assert (states[waiting.id], again.ledger()["refunds"][0]["state"]) == ("FAILED", "COMPLETED")
        again.advance(DAY_S)
        assert again.call("POST", "/checkout/v2/subscriptions/redeem", {"merchantOrderId": debit}).status_code == 200


def waiting_status(shop: Shop, order: str) -> str:
    """An order's state on the wire, asked with a token from before."""
    return str(shop.call("GET", f"/checkout/v2/order/{order}/status").json()["state"])


def test_state__webhook_goes_on(tmp_path: Path, sink: Sink) -> None:
    """A webhook that was not acknowledged before the restart is sent by its schedule after it."""
    file = str(tmp_path / "state")
    sink.answer = lambda _: 500
    with gateway(tmp_path / "one", "--state", file) as (admin, url), opened(admin, url, sink) as shop:
        shop.order().submit(upi_id="success@ybl")
        sink.wait_for(1)
        until(lambda: [each for each in shop.ledger()["deliveries"] if each["attempts"][0].get("status") == 500])
        name = shop.account.merchant_id
    sink.answer = lambda _: 200
    with gateway(tmp_path / "two", "--state", file) as (admin, _):
        admin.advance_clock(name, 61)
        first, second = sink.wait_for(2)
        delivery = admin.ledger(name)["deliveries"][0]

    assert first.body == second.body
    assert [each["status"] for each in delivery["attempts"]] == [500, 200]


def test_state__forgotten(tmp_path: Path, sink: Sink) -> None:
    """What was deleted or reset stays so after a restart; a seed's merchant that is kept stays as it is."""
    file, seed = str(tmp_path / "state"), tmp_path / "seed.toml"
    seed.write_text(SEED)
    with (
        gateway(tmp_path / "one", "--state", file, "--seed", str(seed)) as (admin, url),
        opened(admin, url, sink) as shop,
        opened(admin, url, sink) as gone,
    ):
        shop.order()
        gone.order()
        admin.reset(shop.account.merchant_id, ledger=True)
        admin.delete_merchant(gone.account.merchant_id)
        admin.pay("SHOP", "open")
    with gateway(tmp_path / "two", "--state", file, "--seed", str(seed)) as (admin, _):
        names = [each["merchant_id"] for each in admin.merchants()]
        orders = admin.ledger(shop.account.merchant_id)["orders"]
        seeded = admin.order("SHOP", "open")["state"]

    assert sorted(names) == sorted([shop.account.merchant_id, "SHOP", "PGTESTPAYUAT"])
    assert (orders, seeded) == ([], "COMPLETED")


@pytest.mark.parametrize("after_s", [0.0, 0.02, 0.06, 0.15, 0.3])
def test_state__killed(tmp_path: Path, sink: Sink, after_s: float) -> None:
    """A gateway that is killed while it writes comes back whole: no order without its history, none torn."""
    file = str(tmp_path / "state")
    process, port = start(tmp_path / "one", "--state", file)
    url = f"http://127.0.0.1:{port}"
    with closing(AdminClient(f"{url}/_admin")) as admin, opened(admin, url, sink) as shop:
        shop.log_in()
        ends = time.monotonic() + after_s
        while time.monotonic() < ends:
            admin.pay(shop.account.merchant_id, shop.order().id)
        process.kill()
        process.wait()
    with gateway(tmp_path / "two", "--state", file) as (admin, _):
        ledgers = [admin.ledger(each["merchant_id"]) for each in admin.merchants()]
    orders = [order for ledger in ledgers for order in ledger["orders"]]

    assert (tmp_path / "two" / "log").read_text() == ""
    assert all(each["transitions"][-1]["to"] == each["state"] for each in orders)
    assert all(attempt["state"] == each["state"] for each in orders for attempt in each["attempts"])


def damaged(path: Path, what: str) -> None:
    """Make a state file that cannot be used."""
    if what == "no database":
        path.write_bytes(b"not a database, and longer than a header " * 20)
        return
    if what == "another program's":
        with closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE things (name TEXT)")
            database.commit()
        return
    with gateway(path.parent / what.replace(" ", "-"), "--state", str(path)) as (admin, _):
        admin.create_merchant(merchant_id="KEPT")
    with closing(sqlite3.connect(path)) as database:
        if what == "another version":
            database.execute("PRAGMA user_version = 99")
        else:
            database.execute("INSERT INTO rows VALUES ('KEPT', 'order', 'torn', '{')")
        database.commit()


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("no database", "file is not a database: name another file, or remove this one"),
        ("another program's", "is a database of something else: name another file"),
        ("another version", "is of version 99, this gateway's is 1: run the gateway that wrote it, or remove the file"),
        ("a torn row", "order torn of merchant KEPT"),
    ],
)
def test_state__broken(tmp_path: Path, what: str, says: str) -> None:
    """A state file that cannot be used ends with exit code 2 and one line that names the place and the remedy."""
    file = tmp_path / "state"
    damaged(file, what)
    code, message = ended("--state", str(file), "--port-file", str(tmp_path / "port"))

    assert (code, str(file) in message, says in message, message.count("\n")) == (2, True, True, 1), message


def test_state__in_use(tmp_path: Path) -> None:
    """Two gateways do not write one state file."""
    file = str(tmp_path / "state")
    with gateway(tmp_path / "one", "--state", file):
        code, message = ended("--state", file, "--port-file", str(tmp_path / "port"))

    assert (code, "another gateway has it open" in message) == (2, True), message


def test_state__folder(tmp_path: Path) -> None:
    """A state file in a folder that is not there is refused by its option."""
    code, message = ended("--state", str(tmp_path / "nowhere" / "state"))

    assert (code, "--state" in message, "is not a folder" in message) == (2, True, True)
