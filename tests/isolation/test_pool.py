"""The pool: many tenants over few connections; none is given another's, and no connection keeps who used it last."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from fixtures.customers import Customers
from fixtures.options import SEED
from fixtures.stack import CHEAP_PASSWORDS, need_it_here
from stack.embedded import Stack
from tests.isolation.tap import Tap

SLOWEST_A_SECOND = 4
"""On a machine that others use as well; a run that goes slower than this has come to a standstill."""
SMALL = {"DATABASE_POOL_SIZE": "2", "WORKER_POOL_SIZE": "1", **CHEAP_PASSWORDS}
TENANTS, AT_ONCE = 50, 16
READS = ("me", "workspaces", "payments", "subscription", "bcm", "bcm_versions", "business_context")


@pytest.fixture
def pool(worker_id: str) -> str:
    """What the slice is called: another name each time that the test is run."""
    return f"{worker_id}-pool-{secrets.token_hex(3)}"


@pytest.fixture
def tap(stack: Stack, pool: str) -> Iterator[Tap]:
    """On the connections of the application's pool to its database."""
    with Tap(stack.services.database(pool).app) as tap:
        yield tap


@pytest.fixture
def crowd(
    stack: Stack, tap: Tap, pool: str, transport: HttpxTransport, pytestconfig: pytest.Config
) -> Iterator[list[HttpCustomer]]:
    """The tenants of an application whose pools are small: some with everything, the others at the beginning."""
    need_it_here(stack)
    with stack.slice(pool, environment={**SMALL, "DATABASE_URL": tap.dsn}) as own:
        customers = Customers(own.system, transport, f"pool:{pytestconfig.stash[SEED]}")
        rich = [customers.a_customer_with_a_manifest() for _ in range(2)]
        with ThreadPoolExecutor(4) as threads:
            yield [*rich, *threads.map(lambda _: customers.a_new_customer(), range(TENANTS - len(rich)))]


@pytest.fixture
def wanted(pytestconfig: pytest.Config, request: pytest.FixtureRequest) -> int:
    """How many requests, and the time that so many may take."""
    number: int = pytestconfig.option.pool_requests
    request.node.add_marker(pytest.mark.timeout(max(600, number // SLOWEST_A_SECOND)), append=False)
    return number


@pytest.mark.promise("BCM-17.9")
@pytest.mark.requirement("BCM-16", "BCM-17")
def test_pool__many_tenants(crowd: list[HttpCustomer], tap: Tap, wanted: int, pytestconfig: pytest.Config) -> None:
    """No answer carries another tenant's canary or id, and no idle connection ever knew who used it last."""
    owners = {mark: c.user_id for c in crowd for mark in (c.identity.canary, c.workspace_id, c.user_id)}
    chance = random.Random(pytestconfig.stash[SEED])  # noqa: S311
    turns = [(chance.choice(crowd), chance.choice(READS)) for _ in range(wanted)]

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda turn: (turn[0].user_id, turn[0].call("GET", turn[1])), turns))

    foreign = [
        (mark, a.request_id) for user, a in answers for mark, of in owners.items() if of != user and mark in a.text
    ]
    own = sum(any(of == user and mark in a.text for mark, of in owners.items()) for user, a in answers)
    assert foreign == []
    assert own > wanted / 4, "the answers carry canaries at all"
    assert {answer.status for _, answer in answers} <= {200, 402, 404, 412}
    assert {("raptorflow_app", "raptorflow_app", "")} == set(tap.carried)
    assert tap.carried.total() > wanted
