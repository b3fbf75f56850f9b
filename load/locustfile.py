"""The Locust user: one simulated customer after another, each over FastHttpUser's client.

`python -m load` starts it with a plan. `locust -f load` without one plays against a stack of its own (docs/load.md).
As the master it hands workers the plan and keeps their records; as a worker it gets one (coordination/coordinator.py).
"""

from __future__ import annotations

import os
from typing import Any

import gevent
from gevent.event import AsyncResult
from locust import FastHttpUser, constant, events, task
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from drivers.http import HttpCustomer
from load.coordination import plan_source
from load.coordination.coordinator import Coordinator, WorkerLink
from load.coordination.plan import VARIABLE
from load.customers.generator import Generator
from load.customers.journey import Journey
from load.customers.transport import FastHttpTransport

_SPAWN_LIMIT_S = 30.0
_FORGET_EVERY_S = 60.0


class Visitor(FastHttpUser):
    """A seat that one customer after another takes, as soon as there is a generator."""

    wait_time = constant(0)
    host = "http://127.0.0.1"
    network_timeout = connection_timeout = _SPAWN_LIMIT_S
    generator: AsyncResult[Generator] = AsyncResult()

    @task
    def visit(self) -> None:
        """One customer's whole visit, as its intent says."""
        generator = self.generator.get()
        with generator.visit() as visit:
            system = generator.plan.system
            transport = FastHttpTransport(self.client, visit.note)
            Journey(visit, HttpCustomer(transport, system.base_url, system.routes)).make()


def _options(parser: Any) -> None:
    if VARIABLE not in os.environ:
        plan_source.add_options(parser)


def _furnish(environment: Environment, **_: Any) -> None:
    """Read the plan, make one, or ask the master for one; and say what to do once the run begins."""
    runner, options = environment.runner, environment.parsed_options
    assert options is not None
    if VARIABLE in os.environ:
        gevent.spawn(_forget, environment)
    if isinstance(runner, WorkerRunner):
        link = WorkerLink(runner, plan_source.given())
        _when_it_begins(lambda: _work(link))
    elif isinstance(runner, MasterRunner):
        plan, local = plan_source.shared(options)
        plan_source.tell_port(plan, runner.server.port)
        _when_it_begins(Coordinator(runner, plan, local).follow)
    else:
        generator = Generator(plan_source.plan(options))
        Visitor.host = generator.plan.system.base_url
        _when_it_begins(lambda: _play(environment, generator))


def _forget(environment: Environment) -> None:
    """Drop Locust's own statistics now and then: they grow with every second, and `python -m load` has the records."""
    while True:
        gevent.sleep(_FORGET_EVERY_S)
        environment.stats.clear_all()


def _when_it_begins(what: Any) -> None:
    events.test_start.add_listener(lambda **_: gevent.spawn(what))  # type: ignore[no-untyped-call]


def _play(environment: Environment, generator: Generator) -> None:
    """Let customers in. Once the run is halted and the last of them has left, this process ends."""
    Visitor.generator.set(generator)
    generator.start()
    generator.wait()
    assert environment.runner is not None
    environment.runner.quit()


def _work(link: WorkerLink) -> None:
    """A worker's part: it ends with the master."""
    generator = Generator(link.plan.get(), link.writer)
    gevent.spawn(link.ship)
    Visitor.generator.set(generator)
    generator.start()
    generator.wait(lambda: link.halted)
    link.leave()


events.init_command_line_parser.add_listener(_options)  # type: ignore[no-untyped-call]
events.init.add_listener(_furnish)  # type: ignore[no-untyped-call]
