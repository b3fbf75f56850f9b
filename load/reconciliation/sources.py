"""The facts of a reconciliation, read from the four parties after a run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from load.reconciliation.reconciliation import Activation, Facts, Ordered, Payment, Taken
from stack.system import System
from witness.ledger import LedgerWitness

Record = Mapping[str, Any]


def earlier(system: System) -> frozenset[str]:
    """The orders that were on the books before a run, of which it knows nothing: a target may have served others."""
    books = _books(system)
    if books is None:
        return frozenset()
    payments, _, taken = books
    return frozenset({str(row["merchant_order_id"]) for row in payments} | {order.merchant_order_id for order in taken})


def facts(system: System, orders: Iterable[Record], but: Collection[str] = ()) -> Facts | None:
    """What the four parties say of every order `but` those; None where the target lacks its database or the books."""
    books = _books(system)
    if books is None:
        return None
    payments, periods, taken = books
    left_out = {row["id"] for row in payments if row["merchant_order_id"] in but}
    return Facts(
        ledger=[order for order in taken if order.merchant_order_id not in but],
        payments=[_payment(row) for row in payments if row["id"] not in left_out],
        activations=[_activation(row) for row in periods if row["payment_id"] not in left_out],
        customers=[_ordered(order) for order in orders],
    )


def _books(system: System) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[Taken]] | None:
    """Payments, subscriptions and the ledger's orders."""
    if not (system.database_dsn and system.gateway_admin_url and system.merchant_id):
        return None
    with psycopg.connect(system.database_dsn, row_factory=dict_row) as connection:
        connection.read_only = True
        payments, periods = (_rows(connection, system, table) for table in ("payments", "subscriptions"))
    with closing(LedgerWitness(system.gateway_admin_url, system.merchant_id)) as ledger:
        return payments, periods, _taken(ledger)


def _rows(connection: psycopg.Connection[dict[str, Any]], system: System, table: str) -> list[dict[str, Any]]:
    name = Identifier(*system.tables.get(table, f"public.{table}").split("."))
    return connection.execute(SQL("select * from {}").format(name)).fetchall()


def _taken(ledger: LedgerWitness) -> list[Taken]:
    books = ledger.whole()
    sent: dict[str, list[Record]] = {}
    for delivery in books["deliveries"]:
        sent.setdefault(delivery["merchant_order_id"], []).append({"delivery": delivery})
    return [_order(order, sent.get(order["merchant_order_id"], [])) for order in books["orders"]]


def _order(order: Record, sent: Sequence[Record]) -> Taken:
    history = [{"transition": step} for step in order["transitions"]] + [{"attempt": one} for one in order["attempts"]]
    return Taken(order["merchant_order_id"], order["state"], order["amount"], (*history, *sent))


def _payment(row: Record) -> Payment:
    times = {name: str(row[name]) for name in ("created_at", "updated_at", "settled_at") if row.get(name)}
    return Payment(
        merchant_order_id=row["merchant_order_id"],
        payment_id=str(row["id"]),
        workspace_id=str(row["workspace_id"]),
        plan=row["plan"],
        cycle=row["billing_cycle"],
        amount=row["amount"],
        state=row["state"],
        history=(times,),
    )


def _activation(row: Record) -> Activation:
    return Activation(str(row["payment_id"]), str(row["workspace_id"]), row["plan"], row["billing_cycle"])


def _ordered(order: Record) -> Ordered:
    return Ordered(**{name: order[name] for name in Ordered.__slots__})
