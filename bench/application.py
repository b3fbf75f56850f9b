"""python -m bench.application: how fast RaptorFlow answers, what a request costs it, and whether its memory stays flat.

The load, the application, PostgreSQL, Redis and the gateway share the machine. The peer of every figure is the same
process's `GET /health/live`, measured in the same run: FastAPI with nothing behind it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.wire import Connection, connections
from drivers.answers import answers, full_name
from drivers.customer import Identity
from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from stack.embedded import Stack
from stack.slice import Slice

CLIENTS = 8
SECOND = os.sysconf("SC_CLK_TCK")
AS_SERVED = {"ENVIRONMENT": "development"}
"""No clock to turn: otherwise each look at the time reads a file, as in tests alone."""
Make = Callable[[int, int], bytes]
"""The request of a client (by number) and of its turn."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What some requests took: rates a second, times in milliseconds, processor time of the application alone."""

    name: str
    requests: int
    a_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Shop:
    """A running application, and customers of it: all have answered step 1, and `owner` every step.

    `versions` are those of the others' step 1.
    """

    slice_: Slice
    port: int
    pid: int
    customers: tuple[HttpCustomer, ...]
    owner: HttpCustomer
    versions: list[int]

    def processor_s(self) -> float:
        """Processor time of the application so far."""
        told = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / SECOND

    def resident_kb(self) -> int:
        """Resident memory of the application."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])

    def measure(self, name: str, make: Make, turns: int, clients: int = CLIENTS) -> Figures:
        """Measure Measure `turns` requests of each client, one after another; the clients at once."""
        before, began = self.processor_s(), time.perf_counter()
        times = asyncio.run(_drive(self.port, make, turns, clients))
        took, used = time.perf_counter() - began, self.processor_s() - before
        cuts = statistics.quantiles(times, n=100)
        count = len(times)
        p50, p95, p99 = (1000 * cuts[at] for at in (49, 94, 98))
        return Figures(name, count, count / took, p50, p95, p99, 1000 * used / count)

    def live(self, _: int, __: int) -> bytes:
        """Return the peer."""
        return prepared("GET", "/health/live")

    def login(self, client: int, _: int) -> bytes:
        """Somebody logs in."""
        identity = self.customers[client].identity
        return prepared("POST", "/api/v1/auth/login", {"email": identity.email, "password": identity.password})

    def save(self, client: int, _: int) -> bytes:
        """Somebody saves step 1, again and again."""
        body = {"data": answers("bench", "bench")[1], "version": self.versions[client]}
        self.versions[client] += 1
        return prepared("PUT", "/api/v1/onboarding/session/steps/1", body, self.customers[client])

    def pay(self, client: int, _: int) -> bytes:
        """Somebody begins a payment; the gateway is asked."""
        body = {"plan": "glide", "billing_cycle": "monthly"}
        key = f"idempotency-key: {secrets.token_hex(8)}\r\n"
        return prepared("POST", "/api/v1/payments", body, self.customers[client], key)

    def read(self, _: int, __: int) -> bytes:
        """Read a manifest as its owner."""
        return prepared("GET", "/api/v1/bcm", None, self.owner)


def prepared(
    method: str, path: str, body: object = None, customer: HttpCustomer | None = None, headers: str = ""
) -> bytes:
    """Return a request's bytes."""
    content = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {len(content)}\r\n{headers}"
    head += "content-type: application/json\r\n" if content else ""
    head += f"authorization: Bearer {customer.access_token}\r\n" if customer else ""
    return f"{head}\r\n".encode() + content


async def _drive(port: int, make: Make, turns: int, clients: int) -> list[float]:
    times: list[float] = []

    async def work(client: int, connection: Connection) -> None:
        for turn in range(turns):
            request = make(client, turn)
            began = time.perf_counter()
            await connection.send(request)
            times.append(time.perf_counter() - began)

    async with connections(port, clients) as opened:
        await asyncio.gather(*(work(number, each) for number, each in enumerate(opened)))
    return times


@contextmanager
def shop(clients: int = CLIENTS) -> Iterator[Shop]:
    """Yield a RaptorFlow as it is served, with customers who are ready."""
    with Stack.start() as stack, stack.slice("bench", environment=AS_SERVED) as slice_, HttpxTransport() as transport:
        come = [_customer(transport, slice_.system.base_url) for _ in range(clients + 1)]
        *customers, owner = come
        for customer in come:
            customer.answer(1, answers("bench", "bench")[1])
        owner.answer_all((n, data) for n, data in answers("bench", "bench").items() if n > 1)
        owner.complete()
        assert slice_.pid is not None
        port = int(slice_.system.base_url.rpartition(":")[2])
        yield Shop(slice_, port, slice_.pid, tuple(customers), owner, [1] * clients)


def _customer(transport: HttpxTransport, base_url: str) -> HttpCustomer:
    mark = secrets.token_hex(8)
    customer = HttpCustomer(transport, base_url)
    customer.sign_up(Identity(f"{mark}@example.com", f"pass-{mark}", full_name(mark), mark))
    customer.choose_plan("glide", "monthly")
    customer.pay()
    customer.wait_for_payment("completed")
    customer.start_onboarding()
    return customer


def figures(open_shop: Shop, turns: int) -> list[Figures]:
    """Each operation by `CLIENTS` at once, after a warm-up, and the peer before and after."""
    for make in (open_shop.live, open_shop.save, open_shop.read):
        open_shop.measure("warm-up", make, 40)
    return [
        open_shop.measure("GET /health/live (the peer)", open_shop.live, turns),
        open_shop.measure("login", open_shop.login, max(5, turns // 10)),
        open_shop.measure("step save", open_shop.save, turns),
        open_shop.measure("step save, one client", open_shop.save, turns, 1),
        open_shop.measure("payment initiation", open_shop.pay, max(5, turns // 5)),
        open_shop.measure("BCM read", open_shop.read, turns),
        open_shop.measure("GET /health/live (again)", open_shop.live, turns),
    ]


def memory(open_shop: Shop, requests: int) -> dict[str, int]:
    """Resident kilobytes after a fifth of so many reads and saves, and after all of them."""
    found = {}
    for name, count in (("after_a_fifth_kb", requests // 5), ("after_all_kb", requests - requests // 5)):
        each = count // 2 // CLIENTS
        open_shop.measure("reads", open_shop.read, each)
        open_shop.measure("saves", open_shop.save, each)
        found[name] = open_shop.resident_kb()
    return found


def main() -> None:
    """Measure, print a table, and keep the figures where --json says."""
    parser = argparse.ArgumentParser(prog="python -m bench.application", description=__doc__)
    parser.add_argument("--turns", type=int, default=250, help="requests of each client, of the cheap operations")
    parser.add_argument(
        "--requests", type=int, default=0, help="how many the memory is watched over (50,000 take 2-4 min)"
    )
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    with shop() as opened:
        found = figures(opened, options.turns)
        kept = memory(opened, options.requests) if options.requests else {}
    peer = found[0]
    print(f"{'':30} {'a second':>9} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'cpu ms':>7} {'cpu / peer':>10}")
    for each in found:
        times = f"{each.p50_ms:8.2f} {each.p95_ms:8.2f} {each.p99_ms:8.2f}"
        print(f"{each.name:30} {each.a_second:9.0f} {times} {each.cpu_ms:7.2f} {each.cpu_ms / peer.cpu_ms:10.1f}")
    for name, kilobytes in kept.items():
        print(f"{name:30} {kilobytes}")
    if options.json:
        options.json.write_text(json.dumps({"figures": [asdict(each) for each in found], **kept}, indent=2) + "\n")


if __name__ == "__main__":
    main()
