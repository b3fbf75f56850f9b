"""What PostgreSQL says about a customer, asked in read-only transactions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed, Identifier

Row = dict[str, Any]
TENANT_TABLES = (
    "payments",
    "refunds",
    "subscriptions",
    "onboarding_sessions",
    "onboarding_steps",
    "business_contexts",
    "bcm_manifests",
    "cohorts",
    "campaigns",
    "moves",
    "muse_assets",
    "daily_wins",
    "audit_log",
)


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment; `amount` in paise."""

    id: str
    merchant_order_id: str
    plan: str
    billing_cycle: str
    amount: int
    state: str


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A paid period, and the payment that it came from."""

    payment_id: str
    plan: str
    billing_cycle: str
    status: str
    period_start: datetime
    period_end: datetime


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """A version of the manifest as it is stored."""

    version: int
    checksum: str
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CustomerRows:
    """Everything that the tables hold of one address; `workspace_id` is the one that they own."""

    user_id: str
    identification_number: str
    users: int
    profiles: int
    workspace_id: str
    workspaces: int
    memberships: Sequence[tuple[str, bool]]
    payments: Sequence[PaymentRow]
    subscriptions: Sequence[SubscriptionRow]
    sessions: Sequence[tuple[str, str]]
    completed_steps: Sequence[int]
    answers: Mapping[str, Any]
    manifests: Sequence[ManifestRow]


@dataclass(frozen=True, slots=True)
class DatabaseWitness:
    """Reads a RaptorFlow's tables. `tables` holds only the names that differ from the contract."""

    dsn: str = field(repr=False)
    tables: Mapping[str, str] = field(default_factory=dict)

    def customer(self, email: str) -> CustomerRows | None:
        """Return the rows of the customer with that address; None when there is no such user."""
        with self._reading() as connection:
            users = self._all(
                connection, "select id, identification_number from {users} where lower(email) = lower(%s)", email
            )
            return self._rows_of(connection, users) if users else None

    def count(self, table: str, **equals: object) -> int:
        """How many rows of a table have these values."""
        conditions = SQL(" and ").join(SQL("{} = %s").format(Identifier(name)) for name in equals)
        where = SQL(" where {}").format(conditions) if equals else SQL("")
        with self._reading() as connection:
            found = connection.execute(
                SQL("select count(*) from {}{}").format(self._table(table), where), (*equals.values(),)
            )
            return int(found.fetchall()[0]["count"])

    def rows(self, table: str, workspace_id: str) -> list[Row]:
        """Return a workspace's rows of a table."""
        with self._reading() as connection:
            statement = SQL("select * from {} where workspace_id = %s").format(self._table(table))
            return connection.execute(statement, (workspace_id,)).fetchall()

    def workspace(self, workspace_id: str) -> dict[str, list[Row]]:
        """Every row that belongs to a workspace, by table: for the evidence of a failed test."""
        return {table: self.rows(table, workspace_id) for table in TENANT_TABLES}

    def _rows_of(self, connection: psycopg.Connection[Row], users: list[Row]) -> CustomerRows:
        user = users[0]["id"]
        owned = self._all(connection, "select id from {workspaces} where owner_id = %s order by created_at", user)
        workspace = owned[0]["id"] if owned else None

        def of_workspace(statement: str) -> list[Row]:
            return self._all(connection, f"{statement} where workspace_id = %s", workspace)

        members = of_workspace("select role, is_active from {workspace_members}")
        payments = of_workspace("select id, merchant_order_id, plan, billing_cycle, amount, state from {payments}")
        periods = of_workspace(
            "select payment_id, plan, billing_cycle, status, period_start, period_end from {subscriptions}"
        )
        sessions = of_workspace("select id, state from {onboarding_sessions}")
        steps = of_workspace("select step, completed_at from {onboarding_steps}")
        contexts = of_workspace("select content from {business_contexts}")
        manifests = of_workspace("select version, checksum, manifest from {bcm_manifests}")
        return CustomerRows(
            user_id=str(user),
            identification_number=users[0]["identification_number"],
            users=len(users),
            profiles=len(self._all(connection, "select 1 from {profiles} where user_id = %s", user)),
            workspace_id=str(workspace or ""),
            workspaces=len(owned),
            memberships=[(row["role"], row["is_active"]) for row in members],
            payments=[PaymentRow(**{**row, "id": str(row["id"])}) for row in payments],
            subscriptions=[SubscriptionRow(**{**row, "payment_id": str(row["payment_id"])}) for row in periods],
            sessions=[(str(row["id"]), row["state"]) for row in sessions],
            completed_steps=sorted(row["step"] for row in steps if row["completed_at"] is not None),
            answers=contexts[0]["content"].get("answers", {}) if contexts else {},
            manifests=sorted((ManifestRow(**row) for row in manifests), key=lambda row: row.version),
        )

    @contextmanager
    def _reading(self) -> Iterator[psycopg.Connection[Row]]:
        with psycopg.connect(self.dsn, row_factory=dict_row, autocommit=False) as connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            yield connection

    def _all(self, connection: psycopg.Connection[Row], statement: str, *values: object) -> list[Row]:
        return connection.execute(self._named(statement), values).fetchall()

    def _named(self, statement: str) -> Composed:
        """`{users}` is replaced by what this deployment calls that table."""
        parts: list[SQL | Identifier] = []
        for number, piece in enumerate(statement.replace("}", "{").split("{")):
            parts.append(self._table(piece) if number % 2 else SQL(piece))
        return Composed(parts)

    def _table(self, name: str) -> Identifier:
        return Identifier(*self.tables.get(name, f"public.{name}").split("."))
