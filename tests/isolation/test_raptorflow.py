"""RaptorFlow's own schema, as migrated, under the prover."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from isolation.__main__ import main

INTENT = Path(__file__).with_name("raptorflow.toml")
OPERATIONS = {"SELECT", "INSERT", "UPDATE", "DELETE"}


@pytest.mark.promise("BCM-17.7", "BCM-16.5")
@pytest.mark.requirement("BCM-16", "BCM-17")
@pytest.mark.timeout(600)
def test_no_tenant_reaches_another(database: Callable[..., str], tmp_path: Path) -> None:
    """On every tenant table of the migrated schema, four operations are blocked, and their controls fire."""
    target = database(template="raptorflow_template")

    code = main([target, "--config", str(INTENT), "--json", str(tmp_path / "isolation.json")])

    body = json.loads((tmp_path / "isolation.json").read_text())
    tried = {(c["relation"], c["operation"].split()[0]) for c in body["matrix"]}
    declared = [r for r in body["intent"]["tenancy"] if not r.startswith("auth.")]
    assert (code, body["findings"], body["unproven"]) == (0, [], [])
    assert {(r, o) for r in declared for o in OPERATIONS} <= tried
    assert body["blocked"] + body["reached"] == body["controls_fired"] == body["cells"] > 0
