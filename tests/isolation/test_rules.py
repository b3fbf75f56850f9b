"""What the database itself refuses, whoever asks and however the application is written."""

from __future__ import annotations

import json

import psycopg
import pytest

from fixtures.customers import Customers
from fixtures.stack import need
from stack.system import System

pytestmark = pytest.mark.requirement("BCM-17")
TABLES = ("workspaces", "workspace_members", "payments", "subscriptions", "business_contexts", "bcm_manifests")


def test_former_member__reads_nothing(customers: Customers, system: System) -> None:
    """Row security counts active memberships: a member sees the workspace's rows, and after their removal none."""
    host, guest = customers.a_customer_with_a_manifest(), customers.a_new_customer()
    invitation = {"email": guest.identity.email, "role": "member"}
    host.call("POST", "members", invitation, workspace=host.workspace_id)

    before = {table: _seen(system, guest.user_id, table, host.workspace_id) for table in TABLES}
    host.call("DELETE", "member", workspace=host.workspace_id, user=guest.user_id)
    after = {table: _seen(system, guest.user_id, table, host.workspace_id) for table in TABLES}

    assert all(before.values()), before
    assert after == dict.fromkeys(TABLES, 0)


def _seen(system: System, user: str, table: str, workspace: str) -> int:
    """How many of a workspace's rows the application's role reads with a user's claims."""
    key = "id" if table == "workspaces" else "workspace_id"
    with psycopg.connect(need(system.app_dsn, "the application's role")) as connection:
        claims = json.dumps({"sub": user, "role": "authenticated"})
        connection.execute("select set_config('role', 'authenticated', true)")
        connection.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
        row = connection.execute(f"select count(*) from {table} where {key} = %s", (workspace,)).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.requirement("PAY-9")
@pytest.mark.parametrize(
    "statement", ["update audit_log set action = 'nothing'", "delete from audit_log", "truncate audit_log"]
)
def test_audit_log__is_append_only(customers: Customers, system: System, statement: str) -> None:
    """What was decided about money stays written: not even a superuser changes or removes it in passing."""
    customers.a_paid_customer()

    with (
        psycopg.connect(need(system.database_dsn, "a database to try it in")) as connection,
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"),
    ):
        connection.execute(statement.encode())
