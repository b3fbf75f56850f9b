"""Databases of one case each, on a server that others use too."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

from psycopg import sql
from psycopg.conninfo import make_conninfo

from isolation.database.clones import Connection, connect
from stack.postgres import installation

Foundations = Callable[[tuple[Path, ...]], str]
EMPTY = "template0"
COMMON = Path(__file__).parent / "cases"
"""The SQL files right in it are what many cases stand on."""


@contextmanager
def foundations(dsn: str) -> Iterator[Foundations]:
    """Gives the database that holds what some SQL files make, each made once; all are gone afterwards."""
    made: dict[tuple[Path, ...], str] = {(): EMPTY}
    with connect(make_conninfo(dsn, dbname="postgres")) as admin:

        def found(files: tuple[Path, ...]) -> str:
            if files not in made:
                name = _created(admin, EMPTY)
                _run(make_conninfo(dsn, dbname=name), files)
                made[files] = name
            return made[files]

        try:
            yield found
        finally:
            _drop(admin, [name for name in made.values() if name != EMPTY])


@contextmanager
def databases(dsn: str, roles: Sequence[str] = (), found: Foundations | None = None) -> Iterator[Callable[..., str]]:
    """Gives what makes a database from a template or from SQL files and returns a superuser's DSN.

    Everything is gone afterwards, with the roles named.
    """
    made = list[str]()
    with connect(make_conninfo(dsn, dbname="postgres")) as admin:

        def make(*files: Path, template: str = EMPTY) -> str:
            common = tuple(takewhile(lambda file: file.parent == COMMON, files)) if found else ()
            name = _created(admin, found(common) if found and common else template)
            made.append(name)
            target = make_conninfo(dsn, dbname=name)
            if own := files[len(common) :]:
                _run(target, own)
            return target

        try:
            yield make
        finally:
            _drop(admin, made)
            for role in roles:
                admin.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(role)))


def _created(admin: Connection, template: str) -> str:
    name = f"case_{secrets.token_hex(5)}"
    statement = sql.SQL("create database {} template {} strategy file_copy")
    admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return name


def _run(target: str, files: Sequence[Path]) -> None:
    with connect(target) as connection:
        for file in files:
            connection.execute(file.read_bytes())


def _drop(admin: Connection, names: Sequence[str]) -> None:
    for name in names:
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def dump(dsn: str) -> str:
    """The whole database as SQL, without what pg_dump draws by lot."""
    command = [installation().program("pg_dump"), "--dbname", dsn]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return "\n".join(line for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))
