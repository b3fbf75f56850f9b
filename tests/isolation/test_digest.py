"""What a transaction has written is told whole, whatever it did to the relations themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from isolation.attempts import changes
from isolation.attempts.changes import CALL, Digest, Digester
from isolation.config.model import Config
from isolation.database.clones import Connection, connect
from isolation.introspection.catalog import read
from isolation.introspection.tenancy import infer
from isolation.planting.dataset import Dataset
from tests.isolation.corpus import CASES

TABLES = """
create table public.notes (own int, held oid, p text);
create table public."$digest$" (own int);
insert into public.notes values (1)
"""
WAYS = {
    "a row": ("insert into public.notes values (2)", {"public.notes": ['{"p": null, "own": 2, "held": null}']}),
    "an odd name": ('insert into public."$digest$" values (2)', {"public.$digest$": ['{"own": 2}']}),
    "emptied": ("truncate public.notes", {"public.notes": []}),
    "under another's name": (
        "alter table public.notes rename to moved; create table public.notes (own int);"
        " insert into public.notes values (3); update public.moved set own = 4",
        {"public.notes": ['{"p": null, "own": 4, "held": null}']},
    ),
    "nothing": ("select * from public.notes for update", {}),
}


@pytest.mark.parametrize("many", [1, 200], ids=["planned anew", "planned once"])
@pytest.mark.parametrize("way", WAYS)
def test_digest(
    way: str, many: int, database: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each relation written is told by the rows that this transaction wrote to it, each time that it asks."""
    monkeypatch.setattr(changes, "MANY", many)
    schema, (statements, expected) = tmp_path / "schema.sql", WAYS[way]
    schema.write_text(TABLES)
    with connect(database(CASES / "base.sql", schema)) as connection:
        catalog = read(connection)
        digester = Digester(connection, Dataset(catalog, Config(), infer(catalog, Config()), {}))
        for _ in range(8):
            connection.execute(f"begin; {statements}".encode())
            told = _told(connection, digester)
            connection.execute("rollback")

            assert expected == {name: [row for _, row in rows] for name, rows in told.made.items()}


def _told(connection: Connection, digester: Digester) -> Digest:
    return digester.read([str(cell).encode() for (cell,) in connection.execute(CALL)])
