"""The facts of a reconciliation, read from the four parties after a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from load.reconciliation import Activation, Facts, Ordered, Payment, Taken
from stack.system import System
from witness.ledger import LedgerWitness

Record = Mapping[str, Any]


def facts(system: System, orders: Iterable[Record]) -> Facts | None:
    """What the four parties say; None where the target shows neither its database nor the gateway's books."""
    if not (system.database_dsn and system.gateway_admin_url and system.merchant_id):
        return None
    with psycopg.connect(system.database_dsn, row_factory=dict_row) as connection:
        connection.read_only = True
        payments, periods = (_rows(connection, system, table) for table in ("payments", "subscriptions"))
    return Facts(
        ledger=_taken(LedgerWitness(system.gateway_admin_url, system.merchant_id)),
        payments=[_payment(row) for row in payments],
        activations=[_activation(row) for row in periods],
        customers=[_ordered(order) for order in orders],
    )


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
