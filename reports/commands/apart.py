"""`python -m reports.commands.apart DSN COMMAND…`: runs a command on a fresh copy of a database that nobody is in.

The prover disconnects nobody, and a slice's application is always connected to its own database. The copy is made from
the migrated template that the slice itself was made from; the stack ends with the command, and takes the copy along.
"""

from __future__ import annotations

import subprocess
import sys

import psycopg
from psycopg import conninfo, sql

NAME = "apart"
TEMPLATES = "select datname from pg_database where datistemplate and datname !~ '^template[01]$'"


def copy(dsn: str) -> str:
    """Return the DSN of a new database, made from the server's one migrated template.

    Raises LookupError if there is none.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        found = [name for (name,) in connection.execute(TEMPLATES)]
        if len(found) != 1:
            raise LookupError(f"the server has {len(found)} migrated templates, and one was expected")
        making = sql.SQL("create database {} template {}")
        connection.execute(making.format(sql.Identifier(NAME), sql.Identifier(found[0])))
    return conninfo.make_conninfo(dsn, dbname=NAME)


def main(words: list[str]) -> int:
    """Run the command with `{dsn}` in it filled in; returns its exit code."""
    dsn, *command = words
    apart = copy(dsn)
    return subprocess.run([word.replace("{dsn}", apart) for word in command], check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
