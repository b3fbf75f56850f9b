"""Each tier of tests stands by itself; what several of them need is in `tests/support`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
TIERS = sorted(folder for folder in TESTS.iterdir() if folder.is_dir() and any(folder.glob("*.py")))


def imported(file: Path) -> Iterator[str]:
    """The modules below `tests` that a file imports."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize("tier", TIERS, ids=lambda folder: folder.name)
def test_tier__takes_from_itself_and_from_support(tier: Path) -> None:
    """No file takes anything from another tier's folder, nor from a module of tests."""
    taken = [
        f"{file.relative_to(TESTS)} takes {name}"
        for file in sorted(tier.rglob("*.py"))
        for name in imported(file)
        if name.startswith("tests.")
        and (name.split(".")[1] not in (tier.name, "support") or name.rpartition(".")[2].startswith("test_"))
    ]

    assert taken == []
