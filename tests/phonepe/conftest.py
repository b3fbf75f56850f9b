"""One gateway a session, one merchant a test, and a receiver for its webhooks."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.waiting import comes_true
from mocks.phonepe.client import AdminClient
from stack.errors import UnavailableError
from stack.processes import Command, Process, Processes
from tests.phonepe.clients import PYTHONS, SDKS, WILD, Client, Make
from tests.phonepe.shop import Shop
from tests.phonepe.sink import Sink

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 20.0


@contextlib.contextmanager
def running_gateway(folder: Path, *options: str) -> Iterator[int]:
    """A gateway process on a port of its own choice, which ends with this one however that ends; yields the port."""
    port_file = folder / "port"
    argv = (sys.executable, "-m", "mocks.phonepe", "--port", "0", "--port-file", str(port_file), *options)
    with Processes.start() as processes:
        yield _port(processes.spawn(Command("the gateway", argv, folder / "log", os.environ)), port_file)


def _port(process: Process, port_file: Path) -> int:
    comes_true(lambda: port_file.exists() or process.exit_code() is not None, within_s=READY_WITHIN_S)
    if not port_file.exists():
        log = port_file.with_name("log").read_text()
        raise AssertionError(f"the gateway did not become ready (exit {process.exit_code()}): {log}")
    return int(port_file.read_text())


@pytest.fixture(scope="session")
def gateway_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the session's gateway."""
    with running_gateway(tmp_path_factory.mktemp("gateway")) as port:
        yield port


@pytest.fixture(scope="session")
def gateway_url(gateway_port: int) -> str:
    """The gateway as a merchant's server reaches it."""
    return f"http://127.0.0.1:{gateway_port}"


@pytest.fixture(scope="session")
def admin(gateway_url: str) -> Iterator[AdminClient]:
    """The gateway's admin API."""
    with contextlib.closing(AdminClient(f"{gateway_url}/_admin")) as admin:
        yield admin


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A server that receives webhooks."""
    with Sink() as it:
        yield it


@pytest.fixture
def open_shop(admin: AdminClient, gateway_url: str, sink: Sink) -> Iterator[Callable[..., Shop]]:
    """Opens a merchant of the test's own, with the behaviour given."""
    shops: list[Shop] = []

    def open_one(**behaviour: object) -> Shop:
        shop = Shop.open(admin, gateway_url, sink, behaviour)
        shops.append(shop)
        return shop

    yield open_one
    for shop in shops:
        shop.close()


@pytest.fixture
def shop(open_shop: Callable[..., Shop]) -> Shop:
    """A merchant with the default behaviour."""
    return open_shop()


@pytest.fixture(scope="session")
def client_of(gateway_url: str) -> Iterator[Callable[[Make], Client]]:
    """Clients pointed at the session's gateway: one process of each, which its tests share."""
    with contextlib.ExitStack() as running:

        @functools.cache
        def the(make: Make) -> Client:
            try:
                return running.enter_context(Client(make, gateway_url))
            except UnavailableError as why:
                pytest.skip(f"{make.name} could not be installed (python -m stack.setup.apart does it): {why}")

        yield the


def _name(make: Make) -> str:
    return make.name


@pytest.fixture(params=SDKS, ids=_name)
def sdk(request: pytest.FixtureRequest, client_of: Callable[[Make], Client]) -> Client:
    """Each official SDK."""
    return client_of(request.param)


@pytest.fixture(params=PYTHONS, ids=_name)
def python_sdk(request: pytest.FixtureRequest, client_of: Callable[[Make], Client]) -> Client:
    """Each version of the official Python SDK, which alone knows subscriptions."""
    return client_of(request.param)


@pytest.fixture
def wild(client_of: Callable[[Make], Client]) -> Client:
    """The clients that other people wrote."""
    return client_of(WILD)
