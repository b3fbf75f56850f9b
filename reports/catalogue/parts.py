"""The parts of a verification, in their order, and what each must have left in the run's directory."""

from __future__ import annotations

PARTS = ("pytest", "isolation", "load", "defects")
"""What a release needs; a run that was not asked for all of them is a partial one."""
LEFT = {
    "inventory": ("inventory/*.jsonl", "logs/**/inventory.log"),
    "pytest": (
        *("inventory/*.jsonl", "collections/*.jsonl", "begun/*.jsonl", "tests/*.jsonl", "sessions/*.jsonl"),
        *("allure-results/*-result.json", "logs/**/pytest.log"),
    ),
    "isolation": ("isolation.json", "logs/**/isolation.log"),
    "load": ("load.json", "trials/*.jsonl", "logs/**/load.log"),
    "defects": ("defects/*.jsonl", "logs/**/defects.log"),
}
"""By part, patterns of paths: at least one file of each is there, whatever a manifest says."""
