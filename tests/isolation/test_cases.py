"""Schemas with one hole each, and their repaired twins, under the prover."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from isolation.__main__ import main
from tests.isolation.conftest import CASES

HOLES = {
    "email_pattern": ("read", "public.tickets"),
    "inheritance": ("partition or child", "public.archived_notes"),
    "leaky_predicate": ("leaky predicate", "public.my_salaries"),
    "notification": ("notification", "orders"),
    "reference_oracle": ("existence oracle", "public.tasks"),
    "sequence": ("sequence", "public.invoice_numbers"),
    "storage_pattern": ("read", "storage.objects"),
}


@pytest.mark.parametrize("name", sorted(HOLES))
def test_a_hole_is_found_and_its_repair_is_not(name: str, database: Callable[..., str], tmp_path: Path) -> None:
    """The hole is reported where it lies and nowhere else; with it closed, nothing leaks and nothing is unproven."""
    case, out = CASES / name, tmp_path / "isolation.json"
    vulnerable = (CASES / "base.sql", case / "hole.sql")
    options = ["--config", str(case / "isolation.toml"), "--json", str(out)]

    found = main([database(*vulnerable), *options])
    findings = json.loads(out.read_text())["findings"]
    repaired = main([database(*vulnerable, case / "repair.sql"), *options])
    twin = json.loads(out.read_text())

    kind, relation = HOLES[name]
    assert found == 1
    assert kind in {f["class"] for f in findings}
    assert {f["relation"] for f in findings} == {relation}
    assert (repaired, twin["findings"], twin["unproven"]) == (0, [], [])
    assert twin["controls_fired"] > 0


def test_every_case_is_tried() -> None:
    """No folder of a case is left out."""
    assert {folder.name for folder in CASES.iterdir() if folder.is_dir()} == HOLES.keys()
