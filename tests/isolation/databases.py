"""Databases of one case each, on a server that others use too."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql
from psycopg.conninfo import make_conninfo

from isolation.clone import connect


@contextmanager
def databases(dsn: str, roles: Sequence[str] = ()) -> Iterator[Callable[..., str]]:
    """Gives what makes a database from a template or from SQL files and returns a superuser's DSN.

    Everything is gone afterwards, with the roles named.
    """
    server, made = make_conninfo(dsn, dbname="postgres"), list[str]()

    def make(*files: Path, template: str = "template0") -> str:
        name = f"case_{secrets.token_hex(5)}"
        statement = sql.SQL("create database {} template {} strategy file_copy").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        with connect(server) as admin:
            admin.execute(statement)
        made.append(name)
        target = make_conninfo(dsn, dbname=name)
        with connect(target) as connection:
            for file in files:
                connection.execute(file.read_bytes())
        return target

    try:
        yield make
    finally:
        with connect(server) as admin:
            for name in made:
                admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
            for role in roles:
                admin.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(role)))
