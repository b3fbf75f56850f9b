"""A schema, loaded into a server of our own: from files of SQL, or copied from a database that cannot be cloned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psycopg

from ..errors import BadInput
from . import copying, extensions, platform, scripts
from .server import DATABASE, SUPERUSER, Server, server

OWNER = "postgres"
"""Who applies files of SQL; each platform makes that role with the rights that it has there."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A loaded schema: a superuser's DSN of it, and what a reader must know of how it came about.

    `stand_ins` are extensions of which only a stand-in is there, `failed` the statements that could not be applied,
    `unread` the relations that the role could not read.
    """

    dsn: str
    origin: Literal["files", "copy"]
    platform: platform.Kind | None
    stand_ins: tuple[str, ...] = ()
    failed: tuple[scripts.Failed, ...] = ()
    unread: tuple[str, ...] = ()
    pieces: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """The files' names and texts, as applied."""

    def document(self) -> dict[str, object]:
        """As in the JSON output."""
        return {
            "origin": self.origin,
            "platform": self.platform,
            "stand_ins": list(self.stand_ins),
            "failed": [{"file": f.file, "line": f.line, "why": f.what} for f in self.failed],
            "unread": list(self.unread),
        }

    def unproven(self) -> list[dict[str, str]]:
        """What was not loaded, and so could not be tried."""
        failed = [
            (f"{f.file}:{f.line}", "APPLY", f"this statement failed and was left out: {f.what}") for f in self.failed
        ]
        unread = [
            (name, "COPY", "the role may not read its definition, so that it is not in the copy")
            for name in self.unread
        ]
        return [
            {"relation": relation, "operation": operation, "why": why} for relation, operation, why in failed + unread
        ]


@contextmanager
def of_files(path: Path, kind: platform.Kind | None = None, *, skip_failing: bool = False) -> Iterator[Loaded]:
    """Load a folder or file of SQL, after its platform's own schemas. Raises BadInput."""
    pieces = [(str(file), extensions.without_versions(scripts.text_of(file))) for file in scripts.files_of(path)]
    texts = [text for _, text in pieces]
    if not any(text.strip() for text in texts):
        raise BadInput(f"{path}: its files hold no SQL; name the folder that holds the migrations")
    chosen = kind or platform.inferred(texts)
    with server() as started:
        made = _provide(started, [platform.script(chosen), *texts])
        _create(started)
        scripts.apply(started, SUPERUSER, [(f"platform {chosen}", platform.script(chosen))], skip_failing=False)
        _hand_over(started)
        failed = scripts.apply(started, OWNER, pieces, skip_failing=skip_failing)
        yield Loaded(started.dsn(DATABASE), "files", chosen, tuple(made), tuple(failed), pieces=tuple(pieces))


@contextmanager
def of_database(dsn: str, *, skip_failing: bool = False) -> Iterator[Loaded]:
    """Load a copy of a database's schema, never of a row. Raises BadInput."""
    with server() as started:
        copy = copying.copy_of(started, dsn)
        schema = extensions.without_versions(copy.schema)
        made = _provide(started, [schema])
        _create(started)
        # A cluster has roles already, and grants by whom nobody knows here: what fails of them is no failure.
        scripts.apply(started, SUPERUSER, [("roles", copy.roles)], skip_failing=True)
        failed = scripts.apply(started, SUPERUSER, [("schema", schema)], skip_failing=skip_failing)
        yield Loaded(started.dsn(DATABASE), "copy", None, tuple(made), tuple(failed), copy.unread)


def _create(started: Server) -> None:
    with psycopg.connect(started.dsn(), autocommit=True) as connection:
        connection.execute(f"create database {DATABASE}")


def _hand_over(started: Server) -> None:
    """Make the platform's owner the database's: the schema `public` follows."""
    with psycopg.connect(started.dsn(), autocommit=True) as connection:
        connection.execute(f"alter database {DATABASE} owner to {OWNER}")


def _provide(started: Server, texts: list[str]) -> list[str]:
    """Stand-ins for the extensions that the texts create and the server lacks; returns their names."""
    with psycopg.connect(started.dsn(), autocommit=True) as connection:
        available = {str(row[0]) for row in connection.execute("select name from pg_available_extensions")}
    return extensions.provide(extensions.named(texts), available, started.extensions)
