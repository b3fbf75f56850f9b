"""Bytecode of a source that has changed is not run, whatever size and time the source has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import bytecode


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with an environment, and a module that was compiled."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / "told.py").write_text("print('before')\n")
    assert bytecode.renew(tmp_path) == ["told.py"]
    assert run(tmp_path) == "before\n"
    return tmp_path


def run(checkout: Path) -> str:
    """What the module says as it is imported."""
    argv = [sys.executable, "-c", "import told"]
    told = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(argv, cwd=checkout, env=told, capture_output=True, text=True, check=True).stdout  # noqa: S603


def test_source_of_the_same_size_and_time__is_what_runs(checkout: Path) -> None:
    """A source that was replaced without a trace in its size and time is compiled again."""
    source = checkout / "told.py"
    before = source.stat()
    source.write_text("print('behind')\n")
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert run(checkout) == "before\n"  # Python does not see it

    assert bytecode.renew(checkout) == ["told.py"]
    assert run(checkout) == "behind\n"


def test_source_that_is_the_same__keeps_its_bytecode(checkout: Path) -> None:
    """Nothing is taken away, and nothing written, where nothing changed."""
    (compiled,) = (checkout / "__pycache__").iterdir()

    assert bytecode.renew(checkout) == []
    assert compiled.exists()


def test_record_that_cannot_be_read__takes_all_away(checkout: Path) -> None:
    """A record that says nothing is no reason to believe the bytecode."""
    (checkout / ".venv" / bytecode.KNOWN).write_text("[")

    assert bytecode.renew(checkout) == ["told.py"]
    assert list((checkout / "__pycache__").iterdir()) == []
