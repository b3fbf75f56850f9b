"""In place: others stay connected, and nothing of the proof stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from isolation.__main__ import main
from tests.isolation.corpus import CASES, Case
from tests.isolation.databases import dump

NOTES = """
create table public.notes (id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id), body text);
create sequence public.numbers;
alter table public.notes enable row level security;
grant select, insert, update, delete on public.notes to authenticated;
create policy own on public.notes for all to authenticated using (user_id = auth.uid());
"""
HOLE = "create policy hole on public.notes for select to authenticated using (true);"


@pytest.mark.parametrize(("hole", "code"), [("", 3), (HOLE, 1)])
def test_in_place__among_others(
    hole: str, code: int, database: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The hole is found and its absence is not; what a rollback does not undo is unproven; nothing has changed."""
    dsn, out = _made(database, tmp_path, NOTES + hole), tmp_path / "isolation.json"
    before = dump(dsn)
    with psycopg.connect(dsn) as other:
        assert main([dsn, "--in-place", "--json", str(out)]) == code
        assert other.execute("select count(*) from public.notes").fetchone() == (0,)

    told: dict[str, Any] = json.loads(out.read_text())
    tried = {(c["operation"], c["status"]) for c in told["matrix"] if c["relation"] == "public.notes"}
    assert {f["relation"] for f in told["findings"]} == ({"public.notes"} if hole else set())
    assert {("INSERT", "blocked"), ("UPDATE", "blocked"), ("DELETE", "blocked")} <= tried
    assert {"SETVAL", "LISTEN", "SELECT on a reused connection"} == {u["operation"] for u in told["unproven"]}
    assert before == dump(dsn)


def test_in_place__a_trigger_that_stays(
    database: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where planting would fire what a rollback does not undo, nothing is planted, and one line says why."""
    fires = (
        "create function public.count_up() returns trigger language plpgsql as"
        " $$ begin perform setval('public.numbers', 41); return new; end $$;"
        "create trigger counts before insert on public.notes for each row execute function public.count_up();"
    )
    dsn = _made(database, tmp_path, NOTES + fires)
    before = dump(dsn)

    assert main([dsn, "--in-place"]) == 3
    assert "public.notes has a trigger whose effects a rollback does not undo" in capsys.readouterr().err
    assert before == dump(dsn)


@pytest.mark.parametrize("case", [Case("cascade_onto_foreign"), Case("shadowed_helper")], ids=lambda c: c.name)
def test_in_place__what_hangs_on_others(case: Case, database: Callable[..., str]) -> None:
    """Cascades and shadowed names are tried there as well: the hole is found, and its repair has none."""
    hole, repaired = (case.proved(database(*files), "--in-place") for files in (case.schema, case.twin))

    assert set(case.finds) <= hole.found
    assert set() == repaired.found


def _made(database: Callable[..., str], folder: Path, text: str) -> str:
    (folder / "schema.sql").write_text(text)
    return database(CASES / "base.sql", folder / "schema.sql")
