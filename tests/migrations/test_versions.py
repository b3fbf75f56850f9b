"""Empty, populated, again, two at once, and one that fails."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.rows import TupleRow

from tests.migrations.servers import Server
from tests.migrations.versions import CATALOGUE, VERSIONS

Connection = psycopg.Connection[TupleRow]


def _version(superuser: Connection) -> str:
    row = superuser.execute("select version_num from private.schema_version").fetchone()
    assert row is not None
    return str(row[0])


def _sign_up(server: Server, database: str) -> None:
    """One person, as far as the version at hand knows of people."""
    with psycopg.connect(server.dsn(database)) as connection:
        connection.execute("insert into auth.users (email, created_at) values ('asha@example.com', '2025-01-01Z')")
        connection.execute(
            "insert into public.users (id, email, created_at) select id, email, created_at from auth.users"
        )


@pytest.mark.promise("BCM-17.1")
@pytest.mark.requirement("BCM-17")
def test_empty_database__rls_forced_everywhere(server: Server) -> None:
    """After the migrations no table of the tenants' schema is without forced row level security, but the price list."""
    with psycopg.connect(server.dsn(server.migrated())) as superuser:
        open_tables = superuser.execute(
            """select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
                  and not (relrowsecurity and relforcerowsecurity)"""
        ).fetchall()

    assert open_tables == [("plans",)]


@pytest.mark.promise("BCM-17.3")
@pytest.mark.requirement("BCM-17")
def test_application_role__without_a_role_set__sees_nothing(server: Server) -> None:
    """A transaction that forgets SET LOCAL ROLE fails closed."""
    with (
        psycopg.connect(server.dsn(server.migrated(), "raptorflow_app")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("select * from public.payments")


@pytest.mark.promise("BCM-17.3", "BCM-17.6")
@pytest.mark.requirement("BCM-17")
def test_login_roles__have_no_grants_on_tables(server: Server) -> None:
    """Who logs in may touch no table by themselves; without claims nothing can be read but what is on sale."""
    with psycopg.connect(server.dsn(server.migrated())) as superuser:
        granted = superuser.execute(
            """select grantee, table_name, privilege_type from information_schema.role_table_grants
                where table_schema in ('public', 'auth', 'private')
                  and grantee in ('PUBLIC', 'anon', 'raptorflow_app', 'raptorflow_worker')"""
        ).fetchall()

    assert granted == [("anon", "plans", "SELECT")]


@pytest.mark.promise("BCM-17.10")
@pytest.mark.requirement("AUTH-1")
def test_populated_database__any_version(server: Server) -> None:
    """A populated database of any earlier version comes to the newest one and keeps its people."""
    databases = {version: server.create() for version in VERSIONS}
    server.migrate({database: version for version, database in databases.items()})
    for version, database in databases.items():
        with psycopg.connect(server.dsn(database)) as superuser:
            assert _version(superuser) == version
        _sign_up(server, database)

    server.migrate(dict.fromkeys(databases.values(), "head"))

    for version, database in databases.items():
        with psycopg.connect(server.dsn(database)) as superuser:
            assert _version(superuser) == VERSIONS[-1]
            people = superuser.execute("select email, identification_number from public.users").fetchall()
        assert people == [("asha@example.com", "U100000")], f"from version {version}"


@pytest.mark.promise("BCM-17.10")
@pytest.mark.requirement("BCM-17")
def test_migrate_again__changes_nothing(server: Server) -> None:
    """The second run finds nothing to do."""
    database = server.migrated()
    with psycopg.connect(server.dsn(database), autocommit=True) as superuser:
        before = superuser.execute(CATALOGUE).fetchone()

        assert server.run(database, "migrate") == (0, "")

        assert superuser.execute(CATALOGUE).fetchone() == before


@pytest.mark.promise("BCM-17.11")
@pytest.mark.requirement("BCM-17")
def test_two_deployers__take_turns(server: Server, database: str, superuser: Connection) -> None:
    """Two deployers at once both succeed, and the schema is made once."""
    both = [server.command(database, "migrate") for _ in range(2)]

    assert [each.ended() for each in both] == [(0, ""), (0, "")]
    assert _version(superuser) == VERSIONS[-1]


@pytest.mark.promise("BCM-17.12")
@pytest.mark.requirement("BCM-17")
def test_failing_migration__leaves_the_version_before(server: Server, database: str, superuser: Connection) -> None:
    """A migration that fails leaves nothing of itself, says why in one line, and works once the cause is gone."""
    server.migrate({database: "0003"})
    superuser.execute("create table public.audit_log ()")
    before = superuser.execute(CATALOGUE).fetchone()

    code, said = server.run(database, "migrate")

    assert (code, len(said.splitlines())) == (1, 1)
    assert "audit_log" in said
    assert (_version(superuser), superuser.execute(CATALOGUE).fetchone()) == ("0003", before)
    superuser.execute("drop table public.audit_log")
    assert server.run(database, "migrate") == (0, "")


@pytest.mark.promise("BCM-17.13")
@pytest.mark.requirement("BCM-17")
def test_roles__made_by_many_at_once(server: Server, database: str, superuser: Connection) -> None:
    """Roles belong to the cluster: making them again, by four at once, changes nothing."""
    roles = "select rolname, rolsuper, rolbypassrls, rolcanlogin, rolinherit from pg_roles order by 1"
    before = superuser.execute(roles).fetchall()
    several = [server.command(database, "roles") for _ in range(4)]

    assert [each.ended() for each in several] == [(0, "")] * 4
    assert superuser.execute(roles).fetchall() == before


@pytest.mark.promise("BCM-17.17")
@pytest.mark.requirement("BCM-17")
def test_migrate_without_a_database__says_what_to_set(server: Server) -> None:
    """A database that cannot be reached is named in one line with its variable, and the exit code is 2."""
    code, said = server.run("no_such_database", "migrate")

    assert (code, len(said.splitlines())) == (2, 1)
    assert "MIGRATION_DATABASE_URL" in said
