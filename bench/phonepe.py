"""python -m bench.phonepe: how fast the PhonePe mock is on this machine. Prints a table and writes JSON with --json."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import operator
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from bench.peers import localstripe, mountebank
from bench.wire import Sink, connections, prepared, rate
from core.waiting import comes_true
from mocks.phonepe.client import AdminClient, MerchantAccount

ROOT = Path(__file__).parents[1]
READY_WITHIN_S = 20.0
READS = 2_000
CUSTOMERS = 500
"""More would take minutes: localstripe writes all of its state at each change."""
STRIPE_KEY = "Bearer sk_test_bench"
STUB = json.dumps({"orderId": "OMO1", "state": "COMPLETED", "amount": 700_000, "paymentDetails": []}).encode()

RELATIONS: Mapping[str, Callable[[float, float], bool]] = {"<": operator.lt, "≥": operator.ge}
PROMISES: Mapping[str, tuple[str, float]] = {
    "ready_s": ("<", 0.5),
    "pay_and_status_p50_ms": ("<", 1.0),
    "pay_p50_last_tenth_to_first": ("<", 1.5),
    "memory_kb_an_order": ("<", 5.0),
    "webhooks_a_second": ("≥", 3_000),
}
"""What was promised of the gateway, wherever it runs."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway: its process, port and how long it took to be ready."""

    pid: int
    port: int
    ready_s: float

    @property
    def resident_kb(self) -> int:
        """Its resident memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


@contextlib.contextmanager
def running_gateway(*, state: bool = False) -> Iterator[Gateway]:
    """Start a gateway, with a state file if wanted, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        line = [sys.executable, "-m", "mocks.phonepe", "--port-file", str(port_file)]
        line += ["--state", str(Path(folder) / "state")] if state else []
        began = time.perf_counter()
        process = subprocess.Popen(line, cwd=ROOT)  # noqa: S603
        try:
            comes_true(lambda: port_file.exists() or process.poll() is not None, within_s=READY_WITHIN_S, pause_s=0.002)
            if not port_file.exists():
                raise SystemExit("python -m bench.phonepe: the gateway did not become ready")
            yield Gateway(process.pid, int(port_file.read_text()), time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait()


def payment(name: str, token: str) -> bytes:
    """Return a request for a payment."""
    flow = {"type": "PG_CHECKOUT", "merchantUrls": {"redirectUrl": "http://127.0.0.1:9/back"}}
    document = {"merchantOrderId": name, "amount": 700_000, "paymentFlow": flow}
    return prepared("POST", "/checkout/v2/pay", json.dumps(document).encode(), token)


async def log_in(port: int, account: MerchantAccount) -> str:
    """Return an Authorization header."""
    form = {
        "client_id": account.client_id,
        "client_secret": account.client_secret,
        "client_version": account.client_version,
        "grant_type": "client_credentials",
    }
    kind = "application/x-www-form-urlencoded"
    async with connections(port, 1) as (connection,):
        body = await connection.send(prepared("POST", "/v1/oauth/token", urlencode(form).encode(), kind=kind))
    return f"O-Bearer {json.loads(body)['access_token']}"


async def webhooks_a_second(gateway: Gateway, admin: AdminClient, count: int) -> float:
    """Signed deliveries a second to a receiver in this process, all due at one moment."""
    arrived, done = 0, asyncio.Event()

    def arrive(more: int) -> None:
        nonlocal arrived
        arrived += more
        if arrived >= count:
            done.set()

    server = await asyncio.get_running_loop().create_server(lambda: Sink(arrive), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    webhook = {"url": url, "username": "bench", "password": "bench1234"}
    merchant = admin.create_merchant(webhook=webhook)
    token = await log_in(gateway.port, merchant)
    await rate(gateway.port, lambda number: payment(f"hook-{number}", token), count)
    began = time.perf_counter()
    step: Awaitable[float] = asyncio.to_thread(admin.advance_clock, merchant.merchant_id, 601)
    await asyncio.gather(step, done.wait())
    took = time.perf_counter() - began
    server.close()
    admin.delete_merchant(merchant.merchant_id)
    return count / took


def server_time_ms(admin: AdminClient, merchant_id: str, route: str) -> list[float]:
    """How long the gateway itself took for each request of a route."""
    return [each["duration_ms"] for each in admin.ledger(merchant_id)["requests"] if each["route"] == route]


async def measure(gateway: Gateway, orders: int) -> dict[str, float]:
    """All measurements of one gateway."""
    admin = AdminClient(f"http://127.0.0.1:{gateway.port}/_admin", timeout_s=120)
    merchant = admin.create_merchant(behaviour={"strict": True})
    token = await log_in(gateway.port, merchant)
    empty_kb = gateway.resident_kb
    batch = orders // 10
    rates = []
    for start in range(0, orders, batch):
        ready = [payment(f"o-{start + number}", token) for number in range(batch)]
        rates.append(await rate(gateway.port, ready.__getitem__, batch))
    full_kb = gateway.resident_kb
    status = prepared("GET", f"/checkout/v2/order/o-{orders // 2}/status", token=token)
    reads = await rate(gateway.port, lambda _: status, orders)
    pay_ms = server_time_ms(admin, merchant.merchant_id, "checkout.pay")
    status_ms = server_time_ms(admin, merchant.merchant_id, "checkout.status")
    admin.delete_merchant(merchant.merchant_id)
    return {
        "ready_s": gateway.ready_s,
        "pay_a_second": statistics.median(rates),
        "status_a_second": reads,
        "pay_p50_ms": statistics.median(pay_ms),
        "status_p50_ms": statistics.median(status_ms),
        "pay_and_status_p50_ms": statistics.median(pay_ms) + statistics.median(status_ms),
        "pay_p50_last_tenth_to_first": statistics.median(pay_ms[-batch:]) / statistics.median(pay_ms[:batch]),
        "memory_kb_an_order": (full_kb - empty_kb) / orders,
        "webhooks_a_second": await webhooks_a_second(gateway, admin, min(orders, 5000)),
    }


async def localstripe_figures(port: int, customers: int) -> dict[str, float]:
    """Localstripe's reads and writes a second, and how its writes slow down."""
    kind = "application/x-www-form-urlencoded"
    form = b"email=payer%40example.com"
    write = prepared("POST", "/v1/customers", form, STRIPE_KEY, kind)
    tenth = customers // 10
    rates = [await rate(port, lambda _: write, tenth) for _ in range(10)]
    async with connections(port, 1) as (connection,):
        name = json.loads(await connection.send(write))["id"]
    read = prepared("GET", f"/v1/customers/{name}", token=STRIPE_KEY)
    return {
        "localstripe_reads_a_second": await rate(port, lambda _: read, READS),
        "localstripe_writes_a_second": customers / sum(tenth / each for each in rates),
        "localstripe_writes_last_tenth_to_first": rates[0] / rates[-1],
    }


async def mountebank_figures(port: int) -> dict[str, float]:
    """Mountebank's answers a second: it holds no state, so that a read is as good as a write."""
    read = prepared("GET", "/checkout/v2/order/x/status")
    return {"mountebank_reads_a_second": await rate(port, lambda _: read, READS)}


def main() -> int:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.phonepe", description=__doc__)
    parser.add_argument("--orders", type=int, default=10_000, help="orders to make (default %(default)s)")
    parser.add_argument("--peers", action="store_true", help="measure localstripe and mountebank in the same run")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measurements here")
    parser.add_argument("--state", action="store_true", help="measure a gateway that keeps a state file")
    options = parser.parse_args()
    if options.orders < 100:
        parser.error("--orders must be at least 100")
    with running_gateway(state=options.state) as gateway:
        measured = asyncio.run(measure(gateway, options.orders))
    if options.peers:
        with localstripe() as port:
            measured |= asyncio.run(localstripe_figures(port, CUSTOMERS))
        with mountebank(STUB) as port:
            measured |= asyncio.run(mountebank_figures(port))
    for name, value in measured.items():
        print(f"{name:40} {value:12.3f}  {_promise(name, value)}".rstrip())
    if options.json is not None:
        options.json.write_text(json.dumps(measured, indent=2) + "\n")
    return 0


def _promise(name: str, value: float) -> str:
    if name not in PROMISES:
        return ""
    relation, wanted = PROMISES[name]
    return f"{'kept' if RELATIONS[relation](value, wanted) else 'not kept'}: {relation} {wanted:g}"


if __name__ == "__main__":
    sys.exit(main())
