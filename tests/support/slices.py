"""What a slice and its gateway say of themselves: its time, its orders, what was asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from fixtures.gateway import Gateway
from stack.slice import Slice


def clock_file(own: Slice) -> Path:
    """Where a slice's time is told."""
    assert own.system.clock_file is not None
    return own.system.clock_file


def asked(gateway: Gateway) -> int:
    """How often the gateway was asked about an order."""
    requests = gateway.admin.ledger(gateway.merchant_id, "requests")["requests"]
    return sum(each["route"] == "checkout.status" for each in requests)


def orders(gateway: Gateway) -> list[str]:
    """The orders that the gateway has."""
    placed = gateway.admin.ledger(gateway.merchant_id, "orders")["orders"]
    return [each["merchant_order_id"] for each in placed]


@contextmanager
def superuser(own: Slice) -> Iterator[psycopg.Connection]:
    """A connection to the slice's database that nothing stops."""
    with psycopg.connect(str(own.system.database_dsn), autocommit=True) as connection:
        yield connection


@contextmanager
def locked(own: Slice, table: str) -> Iterator[None]:
    """Somebody alters a table and forgets to commit."""
    with psycopg.connect(str(own.system.database_dsn)) as connection:
        connection.execute(sql.SQL("lock table {} in access exclusive mode").format(sql.Identifier(table)))
        yield
        connection.rollback()
