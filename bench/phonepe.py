"""python -m bench.phonepe: how fast the PhonePe mock is on this machine. Prints a table and writes JSON with --json."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from mocks.phonepe.client import AdminClient, MerchantAccount

ROOT = Path(__file__).parents[1]
CONNECTIONS = 16
READY_WITHIN_S = 20.0


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
def running_gateway() -> Iterator[Gateway]:
    """Start a gateway, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        began = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "mocks.phonepe", "--port-file", str(port_file)], cwd=ROOT)  # noqa: S603
        try:
            while not port_file.exists():
                if process.poll() is not None or time.perf_counter() - began > READY_WITHIN_S:
                    raise SystemExit("python -m bench.phonepe: the gateway did not become ready")
                time.sleep(0.002)
            yield Gateway(process.pid, int(port_file.read_text()), time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait()


class Connection:
    """One kept-alive connection that sends prepared requests."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, request: bytes) -> bytes:
        """The response's body; its status must be 200."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"python -m bench.phonepe: unexpected answer {head[:60]!r}")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return await self._reader.readexactly(length)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


@contextlib.asynccontextmanager
async def connections(port: int, count: int) -> AsyncIterator[list[Connection]]:
    """Some connections to a local port."""
    opened = [Connection(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(count)]
    try:
        yield opened
    finally:
        for each in opened:
            each.close()


def prepared(method: str, path: str, body: bytes = b"", token: str = "", kind: str = "application/json") -> bytes:
    """A request's bytes."""
    head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n"
    return (head + (f"authorization: O-Bearer {token}\r\n" if token else "") + "\r\n").encode() + body


def payment(name: str, token: str) -> bytes:
    """A request for a payment."""
    flow = {"type": "PG_CHECKOUT", "merchantUrls": {"redirectUrl": "http://127.0.0.1:9/back"}}
    document = {"merchantOrderId": name, "amount": 700_000, "paymentFlow": flow}
    return prepared("POST", "/checkout/v2/pay", json.dumps(document).encode(), token)


async def log_in(port: int, account: MerchantAccount) -> str:
    """An access token."""
    form = {
        "client_id": account.client_id,
        "client_secret": account.client_secret,
        "client_version": account.client_version,
        "grant_type": "client_credentials",
    }
    kind = "application/x-www-form-urlencoded"
    async with connections(port, 1) as (connection,):
        body = await connection.send(prepared("POST", "/v1/oauth/token", urlencode(form).encode(), kind=kind))
    return str(json.loads(body)["access_token"])


async def rate(port: int, make: Callable[[int], bytes], count: int) -> float:
    """Requests a second over several connections."""
    numbers = iter(range(count))

    async def work(connection: Connection) -> None:
        for number in numbers:
            await connection.send(make(number))

    async with connections(port, CONNECTIONS) as opened:
        began = time.perf_counter()
        await asyncio.gather(*(work(each) for each in opened))
        return count / (time.perf_counter() - began)


class Sink(asyncio.Protocol):
    """A receiver that acknowledges every webhook."""

    def __init__(self, count: Callable[[int], None]) -> None:
        self._count = count
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to answer on."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self._pending += data
        while b"\r\n\r\n" in self._pending:
            head, _, rest = self._pending.partition(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            if len(rest) < length:
                return
            self._pending = rest[length:]
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            self._count(1)


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
        "pay_p50_last_tenth_to_first": statistics.median(pay_ms[-batch:]) / statistics.median(pay_ms[:batch]),
        "status_a_second": reads,
        "pay_p50_ms": statistics.median(pay_ms),
        "status_p50_ms": statistics.median(status_ms),
        "memory_kb_an_order": (full_kb - empty_kb) / orders,
        "webhooks_a_second": await webhooks_a_second(gateway, admin, min(orders, 5000)),
    }


def main() -> int:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.phonepe", description=__doc__)
    parser.add_argument("--orders", type=int, default=10_000, help="orders to make (default %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measurements here")
    options = parser.parse_args()
    if options.orders < 100:
        parser.error("--orders must be at least 100")
    with running_gateway() as gateway:
        measured = asyncio.run(measure(gateway, options.orders))
    for name, value in measured.items():
        print(f"{name:26} {value:12.3f}")
    if options.json is not None:
        options.json.write_text(json.dumps(measured, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
