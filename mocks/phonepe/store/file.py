"""The state file: an SQLite database of rows by kind, merchant and name, each batch of which is one transaction."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

APPLICATION_ID: Final = 0x50504D4B
VERSION: Final = 1
"""Of the rows. A file of another version is refused."""

Rows = Mapping[str, Mapping[str, list[tuple[str, bytes]]]]
"""Of each merchant and kind: names and rows, in the order they were first written."""

_SCHEMA: Final = """
CREATE TABLE rows (
    merchant TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL,
    UNIQUE (merchant, kind, name)
)
"""
_WRITE: Final = (
    "INSERT INTO rows (merchant, kind, name, body) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (merchant, kind, name) DO UPDATE SET body = excluded.body"
)


class StateFileError(Exception):
    """A state file cannot be used: one line that names the file, the problem and the remedy."""


@dataclass(frozen=True, slots=True)
class Change:
    """A row that is new or has changed; without a body it is gone, without a kind all of its merchant is."""

    merchant: str
    kind: str | None = None
    name: str = ""
    body: bytes | None = None


class StateFile:
    """An open state file, which no other gateway can open; to be used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it. Raises StateFileError."""
        self._path = path
        try:
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0.2)
            self._prepare()
        except sqlite3.OperationalError as error:
            remedy = "another gateway has it open" if "locked" in str(error) else "name a file in a folder to write to"
            raise StateFileError(f"{path}: {error}: {remedy}") from None
        except sqlite3.DatabaseError as error:
            raise StateFileError(f"{path}: {error}: name another file, or remove this one") from None

    def _prepare(self) -> None:
        run = self._database.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        tables = run("SELECT count(*) FROM sqlite_master").fetchone()[0]
        application, version = (run(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
        if tables and application != APPLICATION_ID:
            raise StateFileError(f"{self._path}: is a database of something else: name another file")
        if tables and version != VERSION:
            remedy = "run the gateway that wrote it, or remove the file"
            raise StateFileError(f"{self._path}: is of version {version}, this gateway's is {VERSION}: {remedy}")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run("BEGIN IMMEDIATE")
        if not tables:
            run(_SCHEMA)
            run(f"PRAGMA application_id = {APPLICATION_ID}")
            run(f"PRAGMA user_version = {VERSION}")
        run("COMMIT")

    def read(self) -> Rows:
        """Every row. Raises StateFileError when the file is damaged."""
        found: defaultdict[str, defaultdict[str, list[tuple[str, bytes]]]] = defaultdict(lambda: defaultdict(list))
        try:
            for merchant, kind, name, body in self._database.execute(
                "SELECT merchant, kind, name, body FROM rows ORDER BY rowid"
            ):
                found[merchant][kind].append((name, body))
        except sqlite3.DatabaseError as error:
            raise StateFileError(f"{self._path}: {error}: restore it from a copy, or remove it") from None
        return found

    def write(self, changes: Iterable[Change]) -> None:
        """Write changes, all of them or none. Raises sqlite3.Error."""
        run = self._database.execute
        run("BEGIN IMMEDIATE")
        try:
            for each in changes:
                if each.kind is None:
                    run("DELETE FROM rows WHERE merchant = ?", (each.merchant,))
                elif each.body is None:
                    where = "DELETE FROM rows WHERE merchant = ? AND kind = ? AND name = ?"
                    run(where, (each.merchant, each.kind, each.name))
                else:
                    run(_WRITE, (each.merchant, each.kind, each.name, each.body))
        except BaseException:
            run("ROLLBACK")
            raise
        run("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._database.close()
