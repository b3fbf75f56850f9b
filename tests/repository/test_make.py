"""No variable of the environment, and no word in `ARGS`, makes a green light of a suite that fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BAD_INPUT = 2
"""What make ends with, whatever a recipe's code."""
PYTEST = '#!/bin/sh\nfor word in "$@"; do echo "told: $word"; done\necho "2 failed"\nexit 1\n'


@dataclass(frozen=True, slots=True)
class Way:
    """What the environment sets and what make is told; what is said."""

    says: str
    environment: dict[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ("test",)


WAYS = {
    "MAKEFLAGS=i": Way("make -i (or MAKEFLAGS) would hide what test says", {"MAKEFLAGS": "i"}),
    "MAKEFLAGS=t": Way("make -t (or MAKEFLAGS) would hide what test says", {"MAKEFLAGS": "t"}),
    "MAKEFLAGS=q": Way("make -q (or MAKEFLAGS) would hide what test says", {"MAKEFLAGS": "q"}),
    "MAKEFLAGS=e": Way("make -e (or MAKEFLAGS) would hide what test says", {"MAKEFLAGS": "e", "PYTEST": "true"}),
    "make -i": Way("make -i (or MAKEFLAGS) would hide what test says", told=("-i", "test")),
    "MAKEFLAGS=i, and FLAGS": Way("make -i (or MAKEFLAGS) would hide", {"MAKEFLAGS": "i -- FLAGS=x UNSAFE= ASKED="}),
    "MAKEFLAGS=n": Way("make -n: nothing was run: that is no evidence", {"MAKEFLAGS": "n"}),
    "make --dry-run": Way("make -n: nothing was run: that is no evidence", told=("--dry-run", "verify")),
    "MAKEFLAGS names another shell": Way("2 failed", {"MAKEFLAGS": "SHELL=/bin/true"}),
    "MAKEFLAGS names another pytest": Way("2 failed", {"MAKEFLAGS": "PYTEST=true IN_PARALLEL=true HAND=true"}),
    "MAKEFLAGS brings a rule": Way("bring rules that test does not know", {"MAKEFLAGS": "--eval=.IGNORE:"}),
    "MAKEFILES brings rules": Way("bring rules that test does not know", {"MAKEFILES": "/dev/null"}),
    "MAKECMDGOALS in the environment": Way("MAKECMDGOALS is make's own", {"MAKECMDGOALS": "help", "MAKEFLAGS": "i"}),
    "ARGS in the environment": Way("ARGS: set in the environment, and ignored", {"ARGS": "-k nothing"}),
    "WORKERS in the environment": Way("WORKERS: set in the environment, and ignored", {"WORKERS": "nothing"}),
    "J in the environment": Way("journey: name one", {"J": "nothing"}, ("journey",)),
    "ARGS hides the exit code": Way("told: true", told=("test", "ARGS=tests/core || true")),
    "ARGS brings another command": Way("told: tests/core;", told=("test", "ARGS=tests/core; true")),
    "J hides the exit code": Way("journeys", told=("journey", 'J=x" || true "')),
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the Makefile, where everything is set up and the suite fails."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "core").symlink_to(ROOT / "core")
    (tmp_path / "stack").mkdir()
    (tmp_path / "stack" / "__init__.py").write_text("")
    (tmp_path / "stack" / "setup.py").write_text("")
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").symlink_to(sys.executable)
    (binaries / "pytest").write_text(PYTEST)
    (binaries / "pytest").chmod(0o755)
    return tmp_path


def make(checkout: Path, *told: str, **environment: str) -> tuple[int, str]:
    """How make ended, and what it said: `environment` is all that it has beside the path."""
    argv = ["make", f"PYTHON={sys.executable}", *told]
    known = {"PATH": os.environ["PATH"], **environment}
    done = subprocess.run(argv, cwd=checkout, env=known, capture_output=True, text=True, check=False)  # noqa: S603
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_suite_that_fails__is_red(way: Way, checkout: Path) -> None:
    """Whatever the environment sets and `ARGS` says, make ends with a code of its own and says why."""
    code, said = make(checkout, *way.told, **way.environment)

    assert (code, way.says in said) == (BAD_INPUT, True), said
    assert "told: nothing" not in said


def test_words_of_args__are_a_shells(checkout: Path) -> None:
    """Quotes in `ARGS` hold words together, and nothing else in it is read."""
    _, said = make(checkout, "test", "WORKERS=7", """ARGS=-k "a or (b)" 'c d' *""")

    words = [line.removeprefix("told: ") for line in said.splitlines() if line.startswith("told: ")]
    assert words[-6:] == ["-n", "7", "-k", "a or (b)", "c d", "*"]


def test_quote_that_is_open__is_named(checkout: Path) -> None:
    """A quote that nobody closes is one line, and nothing is run."""
    code, said = make(checkout, "test", "ARGS=-k 'a")

    assert (code, "ARGS: No closing quotation" in said, "failed" in said) == (BAD_INPUT, True, False)
