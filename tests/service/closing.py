"""A database that nobody reaches any more."""

from __future__ import annotations

import psycopg
from psycopg import sql

from fixtures.stack import need
from stack.slice import Slice


def close_the_database(slice_: Slice) -> None:
    """Nobody gets into the slice's database any more, and who was in is put out."""
    superuser = psycopg.conninfo.conninfo_to_dict(need(slice_.system.database_dsn, "a superuser"))
    name = str(superuser["dbname"])
    elsewhere = psycopg.conninfo.make_conninfo(need(slice_.system.database_dsn, "a superuser"), dbname="postgres")
    with psycopg.connect(elsewhere, autocommit=True) as connection:
        connection.execute(sql.SQL("alter database {} allow_connections false").format(sql.Identifier(name)))
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
