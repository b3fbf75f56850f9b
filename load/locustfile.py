"""The Locust user: one simulated customer after another, each over FastHttpUser's client.

`python -m load` starts it with a plan. `locust -f load` without one plays against a stack of its own (docs/load.md).
"""

from __future__ import annotations

import os
from typing import Any

import gevent
from locust import FastHttpUser, constant, events, task

from drivers.http import HttpCustomer
from load import home
from load.generator import Generator
from load.journey import Journey
from load.plan import VARIABLE
from load.transport import FastHttpTransport

_SPAWN_LIMIT_S = 30.0


class Visitor(FastHttpUser):
    """A seat that one customer after another takes."""

    wait_time = constant(0)
    host = "http://127.0.0.1"
    network_timeout = connection_timeout = _SPAWN_LIMIT_S
    generator: Generator

    @task
    def visit(self) -> None:
        """One customer's whole visit, as its intent says."""
        with self.generator.customer() as guest:
            system = self.generator.plan.system
            transport = FastHttpTransport(self.client, guest.hear)
            Journey(guest, HttpCustomer(transport, system.base_url, system.routes)).travel()


def _options(parser: Any) -> None:
    if VARIABLE not in os.environ:
        home.add_options(parser)


def _furnish(environment: Any, **_: Any) -> None:
    """Read the plan, or make one."""
    plan = home.plan(environment.parsed_options)
    Visitor.generator = Generator(plan)
    Visitor.host = plan.system.base_url


def _begin(environment: Any, **_: Any) -> None:
    """Open the doors. Once they are closed and the last customer has left, this process ends."""

    def end() -> None:
        Visitor.generator.wait()
        environment.runner.quit()

    Visitor.generator.start()
    gevent.spawn(end)


events.init_command_line_parser.add_listener(_options)  # type: ignore[no-untyped-call]
events.init.add_listener(_furnish)  # type: ignore[no-untyped-call]
events.test_start.add_listener(_begin)  # type: ignore[no-untyped-call]
