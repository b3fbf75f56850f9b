"""The prover on generated schemas: it keeps up, and finds the one table that is open among many."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from bench.tenants import schema
from isolation.__main__ import main

TABLES, OPEN = 12, "public.records_0007"


def test_one_open_table_among_many(database: Callable[..., str], tmp_path: Path) -> None:
    """All other tables are blocked with their controls fired; the open one is named, and nothing else."""
    script, out = tmp_path / "schema.sql", tmp_path / "isolation.json"
    script.write_text(f"{schema(TABLES)}\nalter table {OPEN} disable row level security;")

    code = main([database(script), "--json", str(out)])

    body = json.loads(out.read_text())
    tried = {c["relation"] for c in body["matrix"] if c["operation"] == "SELECT"}
    assert (code, body["unproven"]) == (1, [])
    assert {f["relation"] for f in body["findings"]} == {OPEN}
    assert len(tried) == TABLES
