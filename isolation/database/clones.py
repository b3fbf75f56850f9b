"""Throw-away copies of the target: made from it as a template, never by disconnecting anyone."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ..errors import BadInput, Untried

_LEAVING_S = 1
_LOOKS, _BETWEEN_S = 20, 0.05
_OTHERS = "select 1 from pg_stat_activity where datname = %s and backend_type = 'client backend'"
_IN_USE = (
    "database {} has other connections, and nobody is disconnected for a proof: close them, prove a copy of it, or use"
    " --in-place"
)


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection whose end is its server process's end: no clone or drop that follows finds it still there."""

    def close(self) -> None:
        """Hang up, and return once the server has: its end of the line lasts as long as its process."""
        with suppress(OSError, psycopg.Error), socket.socket(fileno=socket.dup(self.fileno())) as line:
            line.settimeout(_LEAVING_S)
            line.shutdown(socket.SHUT_WR)
            while line.recv(4096):
                pass
        super().close()


def connect(dsn: str) -> Connection:
    """Open a connection on which every statement is its own transaction. Raises BadInput."""
    try:
        return Connection.connect(
            dsn, autocommit=True, prepare_threshold=None, application_name="isolation", connect_timeout=5
        )
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise BadInput(
            f"DSN: cannot connect ({' '.join(str(error).split())}); check host, port, database and role"
        ) from error


def refuse_powerless(connection: Connection) -> str:
    """The name of the database. Raises BadInput where the role may not do what proving needs."""
    row = connection.execute(
        "select current_database(), rolcreatedb, rolsuper, rolname from pg_roles where rolname = current_user"
    ).fetchone()
    assert row is not None
    if not row[2]:
        lacks = "create databases" if not row[1] else "act as other roles and switch row security off"
        raise BadInput(f"DSN: role {row[3]} may not {lacks}; connect as a superuser (of a copy, if need be)")
    return str(row[0])


class CloneFactory:
    """Makes and drops clones of one database, from a connection to another database of the cluster."""

    def __init__(self, dsn: str) -> None:
        """Check that the role may do what proving needs. Raises BadInput."""
        self.dsn = dsn
        with connect(dsn) as target:
            self.source, self._made = refuse_powerless(target), list[str]()
        self._admin = connect(self._maintenance())

    def _maintenance(self) -> str:
        wanted = conninfo_to_dict(self.dsn).get("dbname") or self.source
        return make_conninfo(self.dsn, dbname="postgres" if wanted != "postgres" else "template1")

    def clone(self, template: str | None = None) -> str:
        """Copy the database, or a clone of it, with settings and ACL; returns the copy's DSN.

        Raises Untried when others use it.
        """
        source = str(conninfo_to_dict(template)["dbname"]) if template else self.source
        if not template and not self._left_alone():
            raise Untried(_IN_USE.format(source))
        name = f"isolation_{secrets.token_hex(6)}"
        statement = sql.SQL("create database {} template {} strategy file_copy").format(
            sql.Identifier(name), sql.Identifier(source)
        )
        self._made.append(name)  # before it is there: whoever is interrupted meanwhile drops it all the same
        try:
            self._admin.execute(statement)
        except psycopg.errors.ObjectInUse as error:
            raise Untried(_IN_USE.format(source)) from error
        self._carry_over(source, name)
        return make_conninfo(self.dsn, dbname=name)

    def _left_alone(self) -> bool:
        """Whether nobody is connected to the database, within a second: CREATE DATABASE itself would wait for five."""
        for _ in range(_LOOKS):
            if self._admin.execute(_OTHERS, (self.source,)).fetchone() is None:
                return True
            self._admin.execute("select pg_sleep(%s)", (_BETWEEN_S,))
        return False

    def _carry_over(self, source: str, name: str) -> None:
        """Copy what CREATE DATABASE leaves behind: ACL and settings. The catalog of databases is shared."""
        self._admin.execute(
            "update pg_database set datacl = (select datacl from pg_database where datname = %s) where datname = %s",
            (source, name),
        )
        self._admin.execute(
            "insert into pg_db_role_setting select c.oid, s.setrole, s.setconfig from pg_db_role_setting s"
            " join pg_database d on d.oid = s.setdatabase and d.datname = %s, pg_database c where c.datname = %s",
            (source, name),
        )

    def drop(self, dsn: str) -> None:
        """Remove a clone that this clone_factory made."""
        name = str(conninfo_to_dict(dsn)["dbname"])
        self._admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        self._made.remove(name)

    def close(self) -> None:
        """Remove every clone that is left, and its settings with it."""
        with connect(self._maintenance()) as admin:  # the other one may have been interrupted in the middle of a word
            self._admin.close()
            for name in list(self._made):
                admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        self._made.clear()


@contextmanager
def clone_factory(dsn: str) -> Iterator[CloneFactory]:
    """A clone_factory that leaves the cluster as it found it."""
    clones = CloneFactory(dsn)
    try:
        yield clones
    finally:
        clones.close()
