"""The own proof of the prover: what is broken on purpose is noticed, and what is not is listed with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isolation.__main__ import main
from isolation.mutation import rewriting
from isolation.probes import statements
from tests.isolation.corpus import CASES

PROTECTED = """
create table public.notes (
    id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users (id), body text
);
alter table public.notes enable row level security, force row level security;
grant select, insert, update, delete on public.notes to authenticated;
create policy reads on public.notes for select to authenticated using (user_id = auth.uid());
create policy adds on public.notes for insert to authenticated with check (user_id = auth.uid());
create policy changes on public.notes for update to authenticated
    using (user_id = auth.uid()) with check (user_id = auth.uid());
create policy removes on public.notes for delete to authenticated using (user_id = auth.uid());
create view public.bodies with (security_invoker = true) as select user_id, body from public.notes;
grant select on public.bodies to authenticated;
create function public.mine() returns setof text language sql stable security definer as
    $$ select body from public.notes where user_id = auth.uid() $$;
revoke execute on function public.mine() from public;
grant execute on function public.mine() to authenticated;
"""


@pytest.fixture
def proved(database: Callable[..., str], tmp_path: Path) -> Callable[[], dict[str, Any]]:
    """Proves and breaks a protected database; returns what became of the breakages."""
    schema, out = tmp_path / "schema.sql", tmp_path / "isolation.json"
    schema.write_text(PROTECTED)

    def prove() -> dict[str, Any]:
        assert main([database(CASES / "base.sql", schema), "--mutate", "--json", str(out)]) == 0
        told: dict[str, Any] = json.loads(out.read_text())["mutation"]
        return told

    return prove


def test_mutation__all_noticed(proved: Callable[[], dict[str, Any]]) -> None:
    """Every breakage that somebody could profit by is noticed; the others say why nobody can."""
    told = proved()

    assert [s for s in told["survivors"] if s["kind"] == "missed"] == []
    assert (told["score"], told["killed"] >= 12) == (1.0, True)
    assert told["mutants"] == told["killed"] + told["equivalent"]
    assert all(s["why"] for s in told["survivors"])


def test_mutation__blind_prover(proved: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A prover that no longer looks at relations misses the breakages of their policies, and its score says so."""
    monkeypatch.setattr(statements, "attack", lambda *_: iter(()))
    told = proved()

    missed = {s["object"] for s in told["survivors"] if s["kind"] == "missed"}
    assert {"adds on public.notes", "reads on public.notes"} <= missed
    assert told["score"] < 1


@pytest.mark.parametrize(
    ("expression", "changed"),
    [
        ("user_id = auth.uid()", ["true"]),
        ("a = 1 and b in (select c from d where e = f)",
         ["true AND b IN (SELECT c FROM d WHERE e = f)", "a = 1 AND true",
          "a = 1 AND b IN (SELECT c FROM d WHERE true)"]),
        ("not an expression (", []),
    ],
)  # fmt: skip
def test_rewriting__each_condition(expression: str, changed: list[str]) -> None:
    """Each condition is made true in turn, those of sub-selects included."""
    assert changed == [text for _, text in rewriting.expressions(expression)]


def test_rewriting__refusals() -> None:
    """In a procedure, a refusal is taken out; the condition that leads to it is not made true."""
    source = " begin if not exists (select from m where m.u = auth.uid()) then raise exception 'no'; end if; end "
    definition = f"create function f() returns void language plpgsql as $${source}$$"

    changed = [text for _, text in rewriting.bodies(definition, source, "plpgsql")]

    assert len(changed) == 1
    assert "if false then raise exception" in " ".join(changed[0].split())


def test_mutation__dropped_reads_lock_out(database: Callable[..., str], tmp_path: Path) -> None:
    """A tenant who reads none of its own rows any more has been noticed, although another table tells their keys."""
    schema, out = tmp_path / "schema.sql", tmp_path / "isolation.json"
    lines = """
    create table public.pages (
        id uuid primary key default gen_random_uuid(), note_id uuid not null references public.notes (id),
        user_id uuid not null references auth.users (id)
    );
    alter table public.pages enable row level security;
    grant select on public.pages to authenticated;
    create policy reads on public.pages for select to authenticated using (user_id = auth.uid());
    drop function public.mine();
    """
    schema.write_text(PROTECTED + lines)

    main([database(CASES / "base.sql", schema), "--mutate", "--json", str(out)])
    survivors = json.loads(out.read_text())["mutation"]["survivors"]

    assert [s for s in survivors if s["object"].startswith("reads on") and s["mutation"] == "dropped"] == []
