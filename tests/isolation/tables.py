"""Tries, on the rows that two real customers left, what one may do to the other's; the prover invents its own rows.

Each attempt runs in a savepoint of a transaction that is rolled back, as role ``authenticated`` with the attacker's
claims. Its control is the same statement with row security off and every grant given: a control that touches
nothing means that the attempt proved nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from psycopg.sql import Literal as Value

Operation = Literal["select", "insert", "update", "delete"]
OPERATIONS: tuple[Operation, ...] = ("select", "insert", "update", "delete")
REFERENCE = frozenset({"plans"})
Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Tenant:
    """One customer: the user, and their workspace."""

    user_id: str
    workspace_id: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an operation on the other tenant's rows of a table touched, and what its control touched, in rows."""

    table: str
    operation: Operation
    touched: int
    control: int


def tables(connection: Connection) -> list[str]:
    """Every table of the exposed schema but the reference data."""
    found = connection.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1"
    )
    return [name for (name,) in found if name not in REFERENCE and not name.startswith("alembic")]


def attempt(connection: Connection, table: str, operation: Operation, attacker: Tenant, victim: Tenant) -> Attempt:
    """Tries one operation against the victim's rows, then the same with the protection taken away."""
    act = {"select": _select, "insert": _insert, "update": _update, "delete": _delete}[operation]
    whose = _rows_of(connection, table, victim)
    with _undone(connection):
        touched = act(connection, table, whose, attacker)
    with _undone(connection):
        _unprotect(connection, table)
        control = act(connection, table, whose, attacker)
    return Attempt(table, operation, touched, control)


def _rows_of(connection: Connection, table: str, tenant: Tenant) -> Composed:
    """The condition that picks a tenant's rows; all rows where no column leads to a tenant (they are nobody's)."""
    columns = _columns(connection, table)
    if table == "workspaces":
        return SQL("id = {}").format(Value(tenant.workspace_id))
    if table == "users":
        return SQL("id = {}").format(Value(tenant.user_id))
    if "workspace_id" in columns:
        return SQL("workspace_id = {}").format(Value(tenant.workspace_id))
    if "user_id" in columns:
        return SQL("user_id = {}").format(Value(tenant.user_id))
    return Composed([SQL("true")])


def _select(connection: Connection, table: str, whose: Composed, attacker: Tenant) -> int:
    filtered = SQL("select 1 from {} where {}").format(Identifier(table), whose)
    whole = SQL("select to_jsonb(t) from {} t").format(Identifier(table))
    victims = {json.dumps(row, sort_keys=True) for (row,) in connection.execute(whole + SQL(" where ") + whose)}
    with _acting_as(connection, attacker):
        found = _count(connection, filtered)
    with _acting_as(connection, attacker):
        seen = _fetched(connection, whole)
    return found + len(victims & seen)


def _update(connection: Connection, table: str, whose: Composed, attacker: Tenant) -> int:
    column = Identifier(_allowed(connection, table, "update")[0])
    statement = SQL("update {} set {} = {}").format(Identifier(table), column, column)
    return _written(connection, table, whose, attacker, statement)


def _delete(connection: Connection, table: str, whose: Composed, attacker: Tenant) -> int:
    return _written(connection, table, whose, attacker, SQL("delete from {}").format(Identifier(table)))


def _written(connection: Connection, table: str, whose: Composed, attacker: Tenant, statement: Composed) -> int:
    """Runs a statement with and without WHERE; counts the victim's row versions that are gone afterwards."""
    versions = SQL("select ctid::text || xmin::text from {} where {}").format(Identifier(table), whose)
    touched = 0
    for text in (statement + SQL(" where ") + whose, statement):
        with _undone(connection):
            before = _fetched(connection, versions)
            with _acting_as(connection, attacker):
                _count(connection, text)
            touched += len(before - _fetched(connection, versions))
    return touched


def _insert(connection: Connection, table: str, whose: Composed, attacker: Tenant) -> int:
    """Puts a row of the victim back as the attacker, after the owner took it away."""
    columns = SQL(", ").join(map(Identifier, _allowed(connection, table, "insert")))
    row = connection.execute(
        SQL("select to_jsonb(t), ctid::text from {} t where {} limit 1").format(Identifier(table), whose)
    ).fetchone()
    if row is None:
        return 0
    with _without_triggers(connection):
        connection.execute(SQL("delete from {} where ctid = {}").format(Identifier(table), Value(row[1])))
    values = SQL("select {} from jsonb_populate_record(null::{}, {})").format(
        columns, Identifier(table), Value(json.dumps(row[0]))
    )
    statement = SQL("insert into {} ({}) {}").format(Identifier(table), columns, values)
    with _acting_as(connection, attacker):
        return _count(connection, statement)


def _unprotect(connection: Connection, table: str) -> None:
    """Takes the protection away; foreign keys and triggers sleep, so that the control meets row security alone."""
    connection.execute(SQL("alter table {} disable row level security").format(Identifier(table)))
    connection.execute(SQL("grant all on {} to authenticated").format(Identifier(table)))
    connection.execute("set local session_replication_role = replica")


@contextmanager
def _acting_as(connection: Connection, tenant: Tenant) -> Iterator[None]:
    claims = json.dumps({"sub": tenant.user_id, "role": "authenticated"})
    connection.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
    connection.execute("set local role authenticated")
    yield
    connection.execute("reset role")


@contextmanager
def _without_triggers(connection: Connection) -> Iterator[None]:
    was = connection.execute("show session_replication_role").fetchone()
    connection.execute("set local session_replication_role = replica")
    yield
    assert was is not None
    connection.execute("select set_config('session_replication_role', %s, true)", was)


@contextmanager
def _undone(connection: Connection) -> Iterator[None]:
    with connection.transaction(force_rollback=True):
        yield


def _refusable(connection: Connection, run: Callable[[], int]) -> int:
    """What ``run`` touched; nothing when PostgreSQL refused it. A broken statement is no refusal and is raised."""
    try:
        with connection.transaction():
            return run()
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.IntegrityError):
        return 0


def _count(connection: Connection, statement: Composed) -> int:
    return _refusable(connection, lambda: connection.execute(statement).rowcount)


def _fetched(connection: Connection, statement: Composed) -> set[str]:
    seen: set[str] = set()

    def fetch() -> int:
        for (value,) in connection.execute(statement):
            seen.add(value if isinstance(value, str) else json.dumps(value, sort_keys=True))
        return len(seen)

    _refusable(connection, fetch)
    return seen


def _columns(connection: Connection, table: str) -> list[str]:
    found = connection.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped "
        "and attgenerated = '' order by attnum",
        (table,),
    )
    return [name for (name,) in found]


def _allowed(connection: Connection, table: str, privilege: str) -> list[str]:
    """The columns that ``authenticated`` may write; all of them where it may write none (and will be refused)."""
    columns = _columns(connection, table)
    ask = "select has_column_privilege('authenticated', %s, %s, %s)"
    may = [column for column in columns if connection.execute(ask, (table, column, privilege)).fetchone() == (True,)]
    return may or columns
