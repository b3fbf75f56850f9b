"""`roles`: make the cluster's roles, once. Roles belong to the cluster; migrations never touch them."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

LOCK = 7_219_041_100_001
_NO_LOGIN = {
    "anon": "nologin noinherit",
    "authenticated": "nologin noinherit",
    "service_role": "nologin noinherit bypassrls",
    "raptorflow_definer": "nologin noinherit bypassrls",
}
_LOGIN = {
    "raptorflow_owner": "login",
    "raptorflow_app": "login noinherit",
    "raptorflow_worker": "login noinherit",
}
_MEMBERSHIPS = (
    ("anon", "raptorflow_app"),
    ("authenticated", "raptorflow_app"),
    ("raptorflow_definer", "raptorflow_owner"),
)


def make_roles(dsn: str, passwords: Mapping[str, str]) -> None:
    """Make the roles that are missing, as a superuser or a role with CREATEROLE and BYPASSRLS; idempotent.

    `passwords` by role name; a role without one keeps what it has. Runs in the `postgres` database, under a lock.
    """
    with psycopg.connect(dsn, dbname="postgres") as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
        found = {name for (name,) in connection.execute("select rolname from pg_roles").fetchall()}
        for name, options in (_NO_LOGIN | _LOGIN).items():
            if name not in found:
                connection.execute(sql.SQL(f"create role {{}} {options}").format(sql.Identifier(name)))
        for group, member in _MEMBERSHIPS:
            connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(group), sql.Identifier(member)))
        for name, password in passwords.items():
            statement = sql.SQL("alter role {} password {}").format(sql.Identifier(name), sql.Literal(password))
            connection.execute(statement)


def passwords_in(*dsns: str | None) -> dict[str, str]:
    """The passwords that these connection strings carry, for the roles that this module makes."""
    said = [conninfo_to_dict(dsn) for dsn in dsns if dsn]
    return {str(c["user"]): str(c["password"]) for c in said if c.get("user") in _LOGIN and c.get("password")}
