"""The prover as a product of its own: its wheel, in an environment that has nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "packaging" / "tenantproof"
QUIET: Final = ("--quiet", "--disable-pip-version-check")
LEAKY: Final = """
create table public.notes (id uuid primary key default gen_random_uuid(), user_id uuid references auth.users);
alter table public.notes enable row level security;
create policy everybody on public.notes using (true);
"""

pytestmark = pytest.mark.timeout(300)


def run(line: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """A program that has ended, with nothing of our own environment's modules in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run([*map(str, line)], capture_output=True, text=True, timeout=240, check=False, env=kept)  # noqa: S603


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the repository's files."""
    folder = tmp_path_factory.mktemp("wheels")
    built = run([sys.executable, "-m", "pip", "wheel", *QUIET, "--no-deps", "--wheel-dir", folder, PACKAGE])
    if "Could not fetch" in built.stderr or "No matching distribution" in built.stderr:
        pytest.skip(f"the build backend cannot be had: {built.stderr.splitlines()[-1]}")
    assert built.returncode == 0, built.stderr
    (found,) = folder.iterdir()
    return found


def test_contents(wheel: Path) -> None:
    """The wheel holds the package with its platforms, templates, types and licence, and nothing that was compiled."""
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.partition("/")[0] for name in names} == {"tenantproof", f"{wheel.name.rsplit('-', 3)[0]}.dist-info"}
    assert {"tenantproof/py.typed", "tenantproof/platforms/supabase.sql", "tenantproof/testing.py"} <= set(names)
    assert not [name for name in names if name.endswith(".pyc")]
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_main_job(wheel: Path, tmp_path: Path) -> None:
    """From an empty environment the command proves SQL, leaky and mended, and says what is wrong with none."""
    environment = tmp_path / "venv"
    made = run([sys.executable, "-m", "venv", "--without-pip", environment])
    assert made.returncode == 0, made.stderr
    got = run([sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "install", *QUIET, wheel])
    if "No matching distribution" in got.stderr:
        pytest.skip(f"what it needs cannot be had: {got.stderr.splitlines()[-1]}")
    assert got.returncode == 0, got.stderr
    command = environment / "bin" / "tenantproof"
    schema = tmp_path / "schema.sql"

    schema.write_text(LEAKY)
    leaky = run([command, schema, "--schemas", "public"])
    schema.write_text(LEAKY.replace("(true)", "(user_id = (select auth.uid()))"))
    sound = run([command, schema, "--schemas", "public"])
    none = run([command, tmp_path / "nowhere"])

    assert (leaky.returncode, sound.returncode, none.returncode) == (1, 0, 2), leaky.stderr + sound.stderr
    assert "public.notes" in leaky.stdout
    assert none.stderr.startswith("tenantproof: ")
