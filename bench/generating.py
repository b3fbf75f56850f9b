"""`python -m bench.generating URL REQUESTS [FOLDER]`: seconds that Locust's FastHttpUser takes for so many requests.

With a folder, each is recorded there as the load run records its own; without, nothing but Locust counts it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import gevent
from locust import FastHttpUser, constant, task
from locust.env import Environment

from drivers.transport import Request
from evidence import Run
from load.generator import Guest
from load.intent import draw
from load.plan import Plan
from load.population import DEFAULT, read
from load.shapes import Shape
from load.transport import FastHttpTransport
from stack.system import System

USERS = 10


class Bare(FastHttpUser):
    """Asks again and again."""

    wait_time = constant(0)
    url = ""

    @task
    def ask(self) -> None:
        """One request."""
        self.client.get(self.url, name="live")


class Recorded(Bare):
    """Asks the same through the load run's own transport, whose every answer is recorded."""

    keeper: Any = None

    def on_start(self) -> None:
        """A customer of its own."""
        guest = Guest(self.keeper, draw(read(DEFAULT), 0, id(self)), warming_up=False)
        self.transport = FastHttpTransport(self.client, guest.hear)
        self.request = Request("GET", self.url, name="live")

    @task
    def ask(self) -> None:
        """One request."""
        self.transport.send(self.request)


class Keeper:
    """What a guest needs of its generator: a plan, and a place to record."""

    def __init__(self, url: str, folder: Path) -> None:
        system = System("bench", url.rpartition("/health")[0])
        self.plan = Plan(system, folder, folder, DEFAULT, 0, USERS, Shape())
        self.record = Run(folder).recorder("load").write


def seconds(user: type[Bare], requests: int) -> float:
    """From the first of so many requests to the last, all users at once."""
    environment = Environment(user_classes=[user])
    runner = environment.create_local_runner()
    runner.start(USERS, spawn_rate=USERS)

    def done() -> int:
        return int(environment.stats.total.num_requests)  # the runner begins its counts anew, so ask again each time

    while done() < requests // 10:
        gevent.sleep(0.001)
    began, before = time.monotonic(), done()
    while done() < requests + before:
        gevent.sleep(0.001)
    took = (time.monotonic() - began) * requests / (done() - before)
    failures = environment.stats.total.num_failures
    runner.quit()
    if failures:
        raise SystemExit(f"{failures} requests failed")
    return took


def main(url: str, requests: str, *folder: str) -> None:
    """Print the seconds."""
    user = Recorded if folder else Bare
    user.host, user.url = url, url
    if folder:
        Recorded.keeper = Keeper(url, Path(folder[0]))
    print(seconds(user, int(requests)))


if __name__ == "__main__":
    main(*sys.argv[1:])
