"""Two real customers, every table, all four operations: neither can touch what is the other's."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from fixtures.customers import Customers
from stack.embedded import Stack
from tests.isolation.neighbours import leave_rows_everywhere
from tests.isolation.tables import OPERATIONS, Connection, Operation, Tenant, attempt, tables


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Two customers of one database, each with rows in every table."""

    dsn: str
    attacker: Tenant
    victim: Tenant


@pytest.fixture(scope="module")
def neighbours(stack: Stack, transport: HttpxTransport, worker_id: str) -> Iterator[Neighbours]:
    """A slice of their own, its application stopped once they have left rows: controls lock whole tables."""
    with stack.slice(f"{worker_id}-{secrets.token_hex(3)}-neighbours") as own:
        customers = Customers(own.system, transport, secrets.token_hex(8))
        first, second = (_tenant(leave_rows_everywhere(customers)) for _ in range(2))
        own.kill_application()
        assert own.system.database_dsn is not None
        yield Neighbours(own.system.database_dsn, first, second)


@pytest.fixture
def connection(neighbours: Neighbours) -> Iterator[Connection]:
    """The database as its superuser sees it, in one transaction that is rolled back."""
    with psycopg.connect(neighbours.dsn) as opened:
        yield opened
        opened.rollback()


@pytest.mark.requirement("BCM-16", "BCM-17", side="database")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_tables__foreign_rows(operation: Operation, neighbours: Neighbours, connection: Connection) -> None:
    """No tenant reads, adds, changes or removes a row of another's, in any table, and each attempt had a control."""
    tried = [
        attempt(connection, table, operation, neighbours.attacker, neighbours.victim) for table in tables(connection)
    ]

    assert len(tried) >= 18
    assert [cell for cell in tried if cell.touched] == [], "leaked"
    assert [cell for cell in tried if not cell.control] == [], "unproven: the control touched nothing"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_tables__policy_for_all(operation: Operation, neighbours: Neighbours, connection: Connection) -> None:
    """A policy that lets everybody in is noticed."""
    connection.execute("create policy hole on cohorts for all to authenticated using (true) with check (true)")
    connection.execute("grant all on cohorts to authenticated")

    assert attempt(connection, "cohorts", operation, neighbours.attacker, neighbours.victim).touched


@pytest.mark.parametrize("operation", OPERATIONS)
def test_tables__no_row(operation: Operation, neighbours: Neighbours, connection: Connection) -> None:
    """An empty table proves nothing, and says so."""
    connection.execute("truncate moves")

    assert attempt(connection, "moves", operation, neighbours.attacker, neighbours.victim).control == 0


def _tenant(customer: HttpCustomer) -> Tenant:
    return Tenant(customer.user_id, customer.workspace_id)
