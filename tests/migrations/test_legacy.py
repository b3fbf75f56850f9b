"""A database as the plan found it becomes one that keeps the contract."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import TupleRow

from tests.migrations.servers import Server

Connection = psycopg.Connection[TupleRow]
FIRST, SECOND = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"


@pytest.fixture
def database(server: Server) -> str:
    """The plan's starting schema with people in it, brought to the newest version."""
    return server.migrated(of=Path(__file__).with_name("legacy.sql").read_text())


def as_person(server: Server, database: str, user: str) -> Connection:
    """The application's connection, identified as `user` by its claims."""
    connection = psycopg.connect(server.dsn(database, "raptorflow_app"))
    claims = json.dumps({"sub": user, "role": "authenticated"})
    connection.execute(
        "select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true)", (claims,)
    )
    return connection


@pytest.mark.promise("AUTH-1.7")
@pytest.mark.requirement("AUTH-1")
def test_legacy_users__numbered_by_age(superuser: Connection) -> None:
    """Every user that was there has a number, the oldest the lowest."""
    found = superuser.execute("select email, identification_number from users order by created_at").fetchall()

    assert found == [
        ("first@example.com", "U100000"),
        ("second@example.com", "U100001"),
        ("third@example.com", "U100002"),
    ]


@pytest.mark.promise("AUTH-4.16")
@pytest.mark.requirement("AUTH-4")
def test_legacy_users__own_a_workspace(superuser: Connection) -> None:
    """Every user that was there owns one workspace that carries their number."""
    found = superuser.execute(
        """select u.identification_number = w.owner_identification_number, right(w.slug, 7) = u.identification_number,
                  m.role, m.is_active
             from users u join workspaces w on w.owner_id = u.id join workspace_members m on m.user_id = u.id"""
    ).fetchall()

    assert found == [(True, True, "owner", True)] * 3


@pytest.mark.promise("AUTH-4.16")
@pytest.mark.requirement("AUTH-3", "AUTH-4")
def test_legacy_name_that_is_too_long__is_cut_between_characters(superuser: Connection) -> None:
    """A long name keeps whole letters with their accents, in the profile and in the workspace's name."""
    found = superuser.execute(
        """select p.full_name, w.name from profiles p join workspaces w on w.owner_id = p.user_id
             join users u on u.id = p.user_id where u.email = 'third@example.com'"""
    ).fetchone()

    assert found == ("n" * 87 + "e\u0301" * 56, "n" * 87 + "'s workspace")


@pytest.mark.promise("BCM-16.6")
@pytest.mark.requirement("BCM-16")
def test_legacy_context__only_its_owner_sees_it(server: Server, database: str) -> None:
    """A business context that was open to all is read by its own tenant and by nobody else."""
    with as_person(server, database, FIRST) as first, as_person(server, database, SECOND) as second:
        own = first.execute("select content from business_contexts").fetchall()
        other = second.execute("select content from business_contexts").fetchall()

    assert own == [({"answers": {}, "legacy": {"company": "new"}},)]
    assert other == [({"answers": {"1": {"company_name": "Second"}}},)]


@pytest.mark.promise("BCM-17.6")
@pytest.mark.requirement("BCM-17")
@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_legacy_grants__are_gone(server: Server, database: str, role: str) -> None:
    """Neither the old policies nor the old grants let anybody without claims read people."""
    with psycopg.connect(server.dsn(database, "raptorflow_app")) as connection:
        connection.execute("select set_config('role', %s, true)", (role,))
        seen = _rows_or_refusal(connection, "select email from public.users")
        hidden = _rows_or_refusal(connection, "select email from auth.users")

    assert seen in ([], "refused")
    assert hidden == "refused"


def _rows_or_refusal(connection: Connection, query: str) -> object:
    try:
        with connection.transaction():
            return connection.execute(query.encode()).fetchall()
    except psycopg.errors.InsufficientPrivilege:
        return "refused"
