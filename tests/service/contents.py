"""What a database holds, told by digests."""

from __future__ import annotations

import psycopg
from psycopg import sql

from fixtures.stack import need
from stack.system import System


def digests(system: System) -> dict[str, str]:
    """Each table's content, as one digest."""
    row_digest = "select coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') from {} t"
    with psycopg.connect(need(system.database_dsn, "a database to look into")) as connection:
        found = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname in ('public', 'auth', 'private')"
        ).fetchall()
        tables = [sql.Identifier(schema, table) for schema, table in found]
        return {
            f"{schema}.{table}": connection.execute(sql.SQL(row_digest).format(name)).fetchall()[0][0]
            for (schema, table), name in zip(found, tables, strict=True)
        }
