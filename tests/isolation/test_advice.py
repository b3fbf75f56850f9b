"""Advice is given beside the verdict, and never decides it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from isolation.advice.rules import _server, advise
from isolation.database.clones import connect
from isolation.introspection.catalog import read
from tests.isolation.corpus import CASES


def test_advice__slow_and_suspicious(database: Callable[..., str], tmp_path: Path) -> None:
    """A policy that asks for the caller row by row, on a column without an index, is named; so is what pgrls finds."""
    schema = tmp_path / "schema.sql"
    schema.write_text(
        "create table public.notes (id int primary key, user_id uuid);"
        "alter table public.notes enable row level security;"
        "create policy reads on public.notes for select using (user_id = auth.uid());"
        "create table public.open (id int)"
    )
    with connect(database(CASES / "base.sql", schema)) as connection:
        told = advise(connection, read(connection), ())

    assert {("per-row-call", "public.notes"), ("no-index", "public.notes")} <= {
        (a["rule"], a["relation"]) for a in told
    }
    assert [a for a in told if a["rule"].startswith("pgrls ") and "public.open" in a["relation"]]
    assert not [a for a in told if a["rule"] == "pgrls"], "pgrls itself broke"


@pytest.mark.parametrize(
    ("version", "flaws"),
    [
        (150002, {"CVE-2023-2455", "CVE-2023-39418", "CVE-2024-10976", "CVE-2025-8713"}),
        (170005, {"CVE-2025-8713"}),
        (180000, set()),
    ],
)
def test_advice__servers(version: int, flaws: set[str]) -> None:
    """A release with known flaws of row security is named, with the release that is without them."""
    assert flaws == {entry["rule"] for entry in _server(version)}


def test_advice__leaves_the_connection_alone(database: Callable[..., str]) -> None:
    """The linter's settings do not stay on the connection that the proof goes on with."""
    with connect(database(CASES / "base.sql")) as connection:
        before = connection.execute("select name, setting from pg_settings order by 1").fetchall()
        advise(connection, read(connection), ())

        assert before == connection.execute("select name, setting from pg_settings order by 1").fetchall()
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
