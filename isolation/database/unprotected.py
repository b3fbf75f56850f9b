"""A clone without any protection: where controls are tried."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.catalog import Catalog
from ..model.sql import quote
from .clones import connect

KINDS = ("tables", "sequences", "routines")


def unprotect(dsn: str, catalog: Catalog, roles: Sequence[str]) -> None:
    """Take every protection of a clone away: row security off, everything granted to these roles."""
    names = ", ".join(map(quote, roles))
    schemas = {r.schema for r in catalog.relations.values()} | {r.schema for r in catalog.routines}
    with connect(dsn) as connection:
        for relation in catalog.relations.values():
            if relation.tabular:
                off = f"alter table {relation.sql} disable row level security, no force row level security"
                connection.execute(off.encode())
        for schema in sorted(schemas) if names else ():
            connection.execute(f"grant usage on schema {quote(schema)} to {names}".encode())
            for kind in KINDS:
                connection.execute(f"grant all on all {kind} in schema {quote(schema)} to {names}".encode())
