"""The checks of `make check` notice what they are there for."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of `core/` with its settings: code that the checks find nothing in."""
    shutil.copytree(ROOT / "core", tmp_path / "core", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


def run(tree: Path, *command: str) -> str:
    """What a program of our environment says of the tree."""
    program, *words = command
    done = subprocess.run([BIN / program, *words], cwd=tree, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout + done.stderr


def test_unused_code__found(tree: Path) -> None:
    """A function that nobody calls is named by the check for unused code."""
    (tree / "core" / "planted.py").write_text("def nobody_calls_me() -> None:\n    pass\n")

    assert "unused function 'nobody_calls_me'" in run(tree, "vulture", "core")


@pytest.mark.parametrize("module", ["regex", "zope.interface"], ids=["not there", "brought by another requirement"])
def test_undeclared_import__found(tree: Path, module: str) -> None:
    """An import of a package that the requirements do not name is found, whether it is there by chance or not."""
    (tree / "core" / "planted.py").write_text(f"import {module}\n")

    said = run(
        tree,
        *("deptry", "core", "--no-ansi", "--config", "requirements/deptry.toml"),
        *("--requirements-files", "requirements/harness.in"),
    )

    assert re.search(rf"planted\.py.*DEP00[13] '{module.partition('.')[0]}' imported but", said)


def test_unused_requirement__found(tree: Path) -> None:
    """A requirement that no module imports is found."""
    said = run(
        tree,
        *("deptry", "core", "--no-ansi", "--config", "requirements/deptry.toml"),
        *("--requirements-files", "requirements/harness.in"),
    )

    assert "DEP002 'locust' defined as a dependency but not used" in said
    assert "'tenacity'" not in said
