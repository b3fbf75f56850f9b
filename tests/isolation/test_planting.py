"""Rows can be invented for whatever a schema demands."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest

from isolation.config.model import Config
from isolation.database.clones import connect
from isolation.introspection.catalog import read
from isolation.introspection.tenancy import infer
from isolation.model.catalog import Catalog, ForeignKey, Relation
from isolation.model.sql import quote
from isolation.planting.patterns import matching
from isolation.planting.planter import Planter
from tests.isolation.corpus import CASES

NASTY = Path(__file__).with_name("nasty.sql")


@pytest.fixture
def planted(database: Callable[..., str]) -> Iterator[Callable[[str], Planter]]:
    """Plants two tenants in a database of this SQL."""
    opened = ExitStack()

    def plant(script: str) -> Planter:
        connection = opened.enter_context(connect(database(CASES / "base.sql")))
        connection.execute(script.encode())
        catalog, config = read(connection), Config()
        planter = Planter(connection, catalog, config, infer(catalog, config))
        planter.plant()
        return planter

    with opened:
        yield plant


class WithoutIterators(pickle.Pickler):
    """Refuses the iterators of itertools, which Python pickles no more from 3.14 on, as that does."""

    def reducer_override(self, obj: Any) -> Any:
        """Refuse what Python 3.14 refuses; leave the rest to pickle."""
        if type(obj).__module__ == "itertools":
            raise TypeError(f"cannot pickle {type(obj).__name__!r} object")
        return NotImplemented


def test_planter__goes_to_another_process_on_every_python(planted: Callable[[str], Planter]) -> None:
    """A planter is handed to another process as Python 3.14 can, and goes on with the serial numbers after its own."""
    planter, stream = planted(NASTY.read_text()), io.BytesIO()

    WithoutIterators(stream).dump(planter)

    theirs = pickle.loads(stream.getvalue())  # noqa: S301 - written above
    assert next(theirs._serial) == next(planter._serial)


def test_every_table_is_planted_for_both_tenants(planted: Callable[[str], Planter]) -> None:
    """Enums, domains, cycles, checks, partitions, triggers: each table holds rows of both, and none dangles."""
    planter = planted(NASTY.read_text())
    stored = [r for r in planter.catalog.relations.values() if r.stores]

    empty = [(r.name, side) for r in stored for side in "AB" if not planter.rows[r.name][side]]
    dangling = [(r.name, k.columns) for r in stored for k in r.foreign_keys if _dangles(planter, r, k)]

    assert (empty, planter.unplanted, dangling) == ([], [], [])
    assert len(stored) > 30
    planter.connection.close()


def test_a_row_that_no_value_satisfies__says_so(planted: Callable[[str], Planter]) -> None:
    """What cannot be planted is named, with the database's own words."""
    planter = planted(
        "create table odd (user_id uuid references auth.users, n integer check (n > 5 and n < 3) not null)"
    )

    assert {u.relation for u in planter.unplanted} == {"public.odd"}
    assert "odd_n_check" in planter.unplanted[0].why
    planter.connection.close()


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[a-z0-9]+(?:-[a-z0-9]+)*$",
        r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$",
        r"^\+[1-9]\d{6,14}$",
        r"^(INV|CRN)-\d{4}-\d{6}$",
        r"^[[:alpha:]][[:alnum:]_]{2,29}$",
        r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$",
    ],
)
def test_patterns__two_serials(pattern: str, database: Callable[..., str]) -> None:
    """A pattern is matched, as PostgreSQL reads it, by texts that differ from row to row."""
    with psycopg.connect(database()) as connection:
        fits = [
            {
                t
                for t in matching(pattern, sample)
                if connection.execute("select %s ~ %s", (t, pattern)).fetchone() == (True,)
            }
            for sample in ("zqa00012", "zqa00013")
        ]

    assert all(fits)
    assert fits[0] != fits[1]


def _dangles(planter: Planter, relation: Relation, key: ForeignKey) -> bool:
    target = _target(planter.catalog, key)
    pairs = list(zip(key.columns, key.target_columns, strict=True))
    told = " and ".join(f"x.{quote(c)} is not null" for c, _ in pairs)
    same = " and ".join(f"x.{quote(c)} = y.{quote(t)}" for c, t in pairs)
    query = f"select from only {relation.sql} x where {told} and not exists (select from {target.sql} y where {same})"
    return bool(planter.connection.execute(query.encode()).fetchall())


def _target(catalog: Catalog, key: ForeignKey) -> Relation:
    return catalog.relations[key.target]
