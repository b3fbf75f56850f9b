"""`python -m bench.generating URL FOLDER`: Locust's FastHttpUser, turn by turn bare and as the load run records it.

Each line of standard input, `bare` or `recorded`, is answered with the seconds that some requests took, and those of
this process's processor. Both play in one process, against one server: what the machine does besides, it does to both.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import gevent
from gevent.pool import Group
from locust import FastHttpUser, constant, task
from locust.env import Environment

from drivers.transport import Request
from load.coordination.plan import Plan
from load.customers.generator import Generator
from load.customers.transport import FastHttpTransport
from load.customers.visit import Visit
from load.population.intent import draw
from load.population.population import DEFAULT, read
from load.population.shapes import Shape
from stack.system import System

USERS = 10
REQUESTS = 500
WARM_UP = 100
EVERYBODY = read(DEFAULT)


class Bare(FastHttpUser):
    """Asks again and again."""

    wait_time = constant(0)
    host = url = ""

    @task
    def ask(self) -> None:
        """One request."""
        self.client.get(self.url, name="live")


class Recorded(Bare):
    """Asks the same through the load run's own transport, whose every answer is recorded."""

    generator: Generator

    def on_start(self) -> None:
        """Make a customer of its own."""
        visit = Visit(self.generator, draw(EVERYBODY, 0, id(self)), warming_up=False)
        self.transport = FastHttpTransport(self.client, visit.note)
        self.request = Request("GET", self.url, name="live")

    @task
    def ask(self) -> None:
        """One request."""
        self.transport.send(self.request)


def seconds(environment: Environment, user: type[Bare]) -> tuple[float, float]:
    """Return what `REQUESTS` take, all users at once, after a few to open their connections."""
    group, users = Group(), [user(environment) for _ in range(USERS)]
    for each in users:
        each.start(group)

    def until(count: int) -> int:
        while environment.stats.total.num_requests < count:
            gevent.sleep(0.002)
        return int(environment.stats.total.num_requests)

    before = until(environment.stats.total.num_requests + WARM_UP)
    began, worked = time.perf_counter(), time.process_time()
    made = until(before + REQUESTS) - before
    took, work = time.perf_counter() - began, time.process_time() - worked
    for each in users:
        each.stop(force=True)
    return took * REQUESTS / made, work * REQUESTS / made


def main(url: str, folder: str) -> None:
    """Play as long as somebody asks."""
    Bare.host = Bare.url = url
    system = System("bench", url.rpartition("/health")[0])
    Recorded.generator = Generator(Plan(system, Path(folder), Path(folder), DEFAULT, 0, USERS, Shape()))
    Recorded.generator.keep()
    environment = Environment(user_classes=[Bare, Recorded])
    environment.create_local_runner()
    for kind in sys.stdin:
        print(*seconds(environment, {"bare": Bare, "recorded": Recorded}[kind.strip()]), flush=True)
        if environment.stats.total.num_failures:
            raise SystemExit(f"{environment.stats.total.num_failures} requests failed")


if __name__ == "__main__":
    main(*sys.argv[1:])
