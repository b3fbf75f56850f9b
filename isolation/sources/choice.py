"""What a source is: a database to clone, one whose schema is copied, or files of SQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..database.clones import connect
from ..errors import BadInput
from .load import Loaded, of_database, of_files
from .places import place_of
from .platform import Kind


@dataclass(frozen=True, slots=True)
class Source:
    """Where a schema is proved: `dsn`, and how it was loaded where that is a server of our own."""

    dsn: str
    loaded: Loaded | None = None

    def document(self) -> dict[str, Any]:
        """How the schema came to be there; empty where it is proved in its own database."""
        return self.loaded.document() if self.loaded else {}

    def unproven(self) -> list[dict[str, str]]:
        """What was not loaded, and so is not proved."""
        return self.loaded.unproven() if self.loaded else []

    def place(self, name: str) -> tuple[str, int] | None:
        """The file and line that last made an object, or a policy on it."""
        found = place_of(name, self.loaded.pieces) if self.loaded else None
        return (found.file, found.line) if found else None


@contextmanager
def opened(named: str, kind: Kind | None, *, as_it_is: bool = False, skip_failing: bool = False) -> Iterator[Source]:
    """Make a source ready: with `as_it_is` a database is never copied. Raises BadInput."""
    if not named.strip():
        raise BadInput("DSN: is empty; name a database, or a folder or file of SQL")
    if is_path(named):
        with of_files(Path(named), kind, skip_failing=skip_failing) as loaded:
            yield Source(loaded.dsn, loaded)
    elif as_it_is or _may_be_cloned(named):
        yield Source(named)
    else:
        with of_database(named, skip_failing=skip_failing) as loaded:
            yield Source(loaded.dsn, loaded)


def is_path(named: str) -> bool:
    """Whether a source is a folder or file, not a DSN: DSNs have `://` or `=` in them."""
    return "://" not in named and (Path(named).exists() or "=" not in named)


def _may_be_cloned(dsn: str) -> bool:
    """Whether the role is a superuser: no other may clone a database whole, and act as its roles. Raises BadInput."""
    with connect(dsn) as connection:
        row = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    return bool(row and row[0])
