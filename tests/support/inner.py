"""A pytest session inside of a test: the harness's own plugins, tests of the test's making, a run of its own."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence import Run
from tests.support.forks import ROOT, UNUSED, pytest_in_a_fork


@dataclass(frozen=True, slots=True)
class Inner:
    """How an inner session ended, and what it left in its run."""

    code: int
    said: str
    run: Run

    def tests(self) -> dict[str, dict[str, Any]]:
        """The tests' records by their name."""
        return {record["nodeid"].rpartition("::")[2]: record for record in self.run.records("tests")}

    def session(self) -> dict[str, Any]:
        """The one record of the session."""
        (record,) = self.run.records("sessions")
        return record


def session(
    folder: Path, tests: str, *arguments: str, using: Collection[str] = (), target: str | None = "nowhere.toml"
) -> Inner:
    """Runs ``tests`` (the text of a module) in ``folder`` with the root's plugins; no stack is started beside a target.

    ``using`` names those of ``UNUSED`` that these tests cannot do without.
    """
    (folder / "test_inner.py").write_text(tests)
    (folder / "conftest.py").write_text((ROOT / "conftest.py").read_text())
    (folder / "nowhere.toml").write_text('[target]\nbase_url = "http://127.0.0.1:9"\n')
    run = Run.create(folder / "runs", commit="inner")
    environment = {**os.environ, **run.environment, "PYTHONPATH": str(ROOT)}
    for name in ("PYTEST_XDIST_WORKER", "RAPTORFLOW_STACK"):
        environment.pop(name, None)
    at = ("--stack", "external", "--target", target) if target else ("--stack", "embedded")
    where = ("-c", str(ROOT / "pyproject.toml"), f"--rootdir={folder}", f"--confcutdir={folder}", str(folder))
    without = [word for name in UNUSED if name not in using for word in ("-p", f"no:{name}")]
    return Inner(*pytest_in_a_fork([*where, *without, *at, *arguments], folder, environment), run)


def outside() -> dict[str, str]:
    """This process's environment without what it has of this run."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("RAPTORFLOW_RUN", "PYTEST_"))}
