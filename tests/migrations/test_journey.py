"""A legacy database, migrated, carries the whole product: on the newest PostgreSQL and on the oldest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from drivers.httpx_transport import HttpxTransport
from fixtures.customers import Customers
from fixtures.stack import need_it_here
from stack.embedded import Stack
from stack.slice import Slice
from tests.migrations.servers import Server

LEGACY = Path(__file__).with_name("legacy.sql").read_text()


@pytest.mark.promise("E2E-20.22")
@pytest.mark.requirement("AUTH-1", "PAY-9", "BCM-16", "E2E-20")
def test_paid_journey__on_a_migrated_legacy_database(
    server: Server, stack: Stack, make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """Beside the legacy users somebody signs up, pays, answers all steps, and a feature writes from the manifest."""
    need_it_here(stack)
    database = server.migrated(of=LEGACY)
    told = server.environment(database)
    slice_ = make_slice(DATABASE_URL=told["DATABASE_URL"], WORKER_DATABASE_URL=told["WORKER_DATABASE_URL"])

    customer = Customers(slice_.system, transport, database).a_customer_with_a_manifest()
    pieces = customer.generate("cohorts")

    assert (customer.bcm().version, pieces.bcm_version) == (1, 1)
    with psycopg.connect(server.dsn(database)) as connection:
        numbers = [row[0] for row in connection.execute("select identification_number from users order by created_at")]
        periods = connection.execute("select count(*) from subscriptions where status = 'active'").fetchall()
    assert numbers[-1] == customer.identification_number
    assert numbers == sorted(set(numbers))
    assert len(numbers) > 1
    assert periods == [(1,)]
