"""What a password costs whoever steals the table, as a deployment gets it that sets nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

import psycopg
import pytest

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from fixtures.customers import Stranger
from stack.slice import Slice

OWASP = {"m": 19_456, "t": 2, "p": 1}
"""The least that OWASP's Password Storage Cheat Sheet asks of Argon2id: KiB of memory, rounds, lanes."""


@pytest.mark.promise("AUTH-2.5")
@pytest.mark.requirement("AUTH-2")
def test_default_cost__is_at_least_owasps(
    make_slice: Callable[..., Slice], transport: HttpxTransport, stranger: Stranger
) -> None:
    """Without settings of its own, the application stores Argon2id at OWASP's minimum or above."""
    system = make_slice(ARGON2_MEMORY_KIB=None, ARGON2_TIME_COST=None).system
    HttpCustomer(transport, system.base_url).sign_up(stranger.identity)

    with psycopg.connect(str(system.database_dsn)) as database:
        row = database.execute("select encrypted_password from auth.users").fetchone()

    assert row is not None
    stored = str(row[0])
    assert stored.startswith("$argon2id$v=19$"), "another algorithm"
    costs = {name: int(number) for name, number in re.findall(r"([mtp])=(\d+)", stored.split("$")[3])}
    assert all(costs[name] >= least for name, least in OWASP.items()), costs
