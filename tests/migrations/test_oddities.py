"""Migrations on data that nobody would make up: each person and context comes out whole, or the version stays."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg.rows import TupleRow

from tests.migrations.servers import OWNER, Server
from tests.migrations.versions import CATALOGUE, VERSIONS

Connection = psycopg.Connection[TupleRow]
HERE = Path(__file__).parent
LEGACY, ODD = HERE.joinpath("legacy.sql").read_text(), HERE.joinpath("odd_people.sql").read_text()
PEOPLE = 3 + 5 + 10_000


def furnished(server: Server, *more: str) -> str:
    """A legacy database with people in it, and what more is to be there."""
    database = server.create()
    with psycopg.connect(server.dsn(database, OWNER)) as connection:
        for each in (LEGACY, *more):
            connection.execute(each.encode())
    return database


def told(connection: Connection, query: str) -> list[TupleRow]:
    """What the database says."""
    return connection.execute(query.encode()).fetchall()


@pytest.mark.promise("AUTH-1.7", "AUTH-4.16", "AUTH-1.2", "BCM-16.6", "BCM-17.10", "AUTH-4.2", "BCM-17.1")
def test_odd_legacy__comes_out_whole(server: Server) -> None:
    """Ten thousand people without names, with blank, long and shared ones, with odd addresses and the same age, each
    get a number by age, a profile and a workspace of their own; of several contexts the newest is theirs alone.
    """
    database = furnished(server, ODD)

    assert server.run(database, "migrate") == (0, "")

    with psycopg.connect(server.dsn(database)) as there:
        numbers = told(there, "select identification_number from users order by created_at, id")
        assert [row[0] for row in numbers] == [f"U{100_000 + n}" for n in range(PEOPLE)]
        owned = """select count(*), count(distinct w.slug), count(distinct w.id),
                          min(length(w.name)), max(length(w.name)),
                          bool_and(w.slug like '%-' || u.identification_number),
                          bool_and(w.owner_identification_number = u.identification_number), bool_and(m.is_active),
                          bool_and(m.role = 'owner'), bool_and(w.name ~ '\\S')
                     from users u join workspaces w on w.owner_id = u.id
                     join workspace_members m on m.user_id = u.id and m.workspace_id = w.id"""
        (count, slugs, workspaces, shortest, longest, *rules), *_ = told(there, owned)
        assert (count, slugs, workspaces, rules) == (PEOPLE, PEOPLE, PEOPLE, [True] * 5)
        assert 1 <= shortest <= longest <= 100
        assert told(there, "select count(*), max(length(full_name)) from profiles") == [(PEOPLE, 200)]
        held = """select u.email, c.content, c.version from business_contexts c
                    join workspaces w on w.id = c.workspace_id join users u on u.id = w.owner_id order by u.email"""
        assert told(there, held) == [
            ("blank@example.com", {"answers": {}, "legacy": ["the newest"]}, 1),
            ("first@example.com", {"answers": {}, "legacy": {"company": "new"}}, 1),
            ("second@example.com", {"answers": {"1": {"company_name": "Second"}}}, 1),
        ]
        assert told(there, "select count(*) from private.legacy_business_contexts") == [(3 + 8 + 1,)]
        next_number = "select 'U' || nextval('public.user_id_seq')"
        assert told(there, next_number) == [(f"U{100_000 + PEOPLE}",)]


@pytest.mark.promise("BCM-17.10", "BCM-17.12")
def test_version_by_version__is_the_same_as_at_once(server: Server) -> None:
    """A legacy database that is brought on one version at a time ends as the one that is brought to the newest."""
    slow, fast = (furnished(server) for _ in range(2))
    rows = "select u.email, u.identification_number, w.name, w.slug from users u join workspaces w on w.owner_id = u.id"

    for version in VERSIONS:
        assert server.run(slow, "migrate", "--to", version) == (0, ""), version
    assert server.run(fast, "migrate") == (0, "")

    with psycopg.connect(server.dsn(slow)) as one, psycopg.connect(server.dsn(fast)) as other:
        assert told(one, CATALOGUE) == told(other, CATALOGUE)
        assert sorted(told(one, rows)) == sorted(told(other, rows))


@pytest.mark.promise("BCM-17.12", "BCM-17.17", "AUTH-2.4")
def test_two_people_of_one_address__stop_the_migration_whole(server: Server) -> None:
    """Two people whose addresses differ in case alone cannot both log in: the migration says so in one line, leaves
    the version before it, and goes on once somebody has decided.
    """
    twin = "insert into auth.users (email, created_at) values ('FIRST@example.com', '2025-01-02Z')"
    database = furnished(server, twin)

    code, said = server.run(database, "migrate")

    assert (code, len(said.splitlines())) == (1, 1)
    assert "users_email_key" in said
    with psycopg.connect(server.dsn(database), autocommit=True) as there:
        assert told(there, "select version_num from private.schema_version") == [("0002",)]
        assert told(there, "select to_regclass('public.workspaces')") == [(None,)]
        there.execute("delete from auth.users where email = 'FIRST@example.com'")
        assert server.run(database, "migrate") == (0, "")
        assert told(there, "select version_num from private.schema_version") == [(VERSIONS[-1],)]
