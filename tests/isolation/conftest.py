"""A PostgreSQL of the suite's own, and databases of one case each."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from stack.system import System

CASES = Path(__file__).parent / "cases"


@pytest.fixture
def database(system: System) -> Iterator[Callable[..., str]]:
    """Makes a database from a template or from SQL files; returns its DSN, as a superuser's."""
    if system.database_dsn is None:
        pytest.skip("not verifiable on this target: needs a superuser's DSN")
    dsn, made = system.database_dsn, list[str]()

    def make(*files: Path, template: str = "template0") -> str:
        name = f"case_{secrets.token_hex(5)}"
        with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as admin:
            admin.execute(
                sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        made.append(name)
        target = make_conninfo(dsn, dbname=name)
        with psycopg.connect(target, autocommit=True) as connection:
            for file in files:
                connection.execute(file.read_bytes())
        return target

    yield make
    with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as admin:
        for name in made:
            admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
