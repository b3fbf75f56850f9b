"""The page that says how a probe is added has an example that works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from isolation.attempts.decide import decide
from isolation.config.model import Config
from isolation.engine.command import opened
from isolation.model.cell import Status
from isolation.probes.base import Probe
from tests.isolation.corpus import CASES
from tests.support.pages import names

OPEN = """create table public.notes (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    body text not null
);
grant select on public.notes to authenticated, anon;
"""
SHUT = """alter table public.notes enable row level security;
create policy own on public.notes to authenticated using (user_id = (select auth.uid()));
"""


@pytest.mark.parametrize(("script", "expected"), [(OPEN, Status.LEAKED), (OPEN + SHUT, Status.BLOCKED)])
def test_probe(database: Callable[..., str], tmp_path: Path, script: str, expected: Status) -> None:
    """The page's probe finds a table that everybody may read, and calls it blocked once it has a policy."""
    probe = names("probe")["PROBE"]
    file = tmp_path / "notes.sql"
    file.write_text(script)

    with opened(database(CASES / "base.sql", file), Config(), ()) as proof:
        decided = {decide(each).status for each in probe.run(proof.context) if each.target == "public.notes"}

    assert isinstance(probe, Probe)
    assert decided == {expected}
