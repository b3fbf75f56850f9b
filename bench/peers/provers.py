"""Other tools that look for holes in row security, each in an environment of its own, on the same schemas as ours."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.case import ROOT, UnmeasurableError

QUIET, ALARM, ERROR = "quiet", "alarm", "error"
LIMIT_S = 120.0
Command = Sequence[str]


@dataclass(frozen=True, slots=True)
class Target:
    """A schema, as each tool wants it: a database, the SQL that made it, the declared intent."""

    url: str
    script: Path
    config: Path | None


@dataclass(frozen=True, slots=True)
class Prover:
    """A tool and its commands; what any of them raises an alarm about counts. 0 is quiet, 1 alarm, else an error."""

    name: str
    commands: Callable[[Target], list[Command]]

    def judge(self, target: Target) -> str:
        """Alarm if any command raises one, quiet if all are, else error."""
        with tempfile.TemporaryDirectory() as folder:
            ended = [_run(command, folder) for command in self.commands(target)]
        return ALARM if 1 in ended else QUIET if set(ended) == {0} else ERROR


def _run(command: Command, folder: str) -> int:
    ours = command[0] == sys.executable
    try:
        return subprocess.run(command, cwd=ROOT if ours else folder, capture_output=True, timeout=LIMIT_S).returncode  # noqa: S603
    except subprocess.TimeoutExpired:
        return 124


def ours() -> Prover:
    """Return the prover of this repository."""

    def commands(target: Target) -> list[Command]:
        intent = ("--config", str(target.config)) if target.config else ()
        return [(sys.executable, "-m", "isolation", target.url, *intent)]

    return Prover("isolation", commands)


def pgrls_lint() -> Prover:
    """Its rules that are errors."""
    tool = _program("pgrls", "pgrls")
    return Prover("pgrls lint", lambda t: [(tool, "lint", "--database-url", t.url, "--fail-on", "error")])


def pgrls_verify() -> Prover:
    """Its solver in each mode, confirmed on the database where that can be."""
    tool = _program("pgrls", "pgrls")

    def commands(target: Target) -> list[Command]:
        verify = (tool, "verify", "--database-url", target.url, "--mode")
        proofs = [(*verify, mode, "--probe") for mode in ("anon", "cross-tenant", "write")]
        return [*proofs, *((*verify, mode) for mode in ("escalation", "reachability"))]

    return Prover("pgrls verify", commands)


def rls_policy_tester() -> Prover:
    """Its audit of a schema: its tests are written by hand for each."""
    tool = _program("rls-policy-tester", "rls-policy-tester")
    return Prover("rls-policy-tester", lambda t: [(tool, "--dsn", t.url, "--audit-schema", "public", "--quiet")])


def trespass_rls() -> Prover:
    """Read the SQL files; connect to nothing."""
    tool = _program("trespass-rls", "trespass")
    return Prover("trespass-rls", lambda t: [(tool, "check", str(t.script), "--no-color")])


def rlsautotest() -> Prover:
    """Its generated suite, run, and the surfaces that go around row security."""
    tool = _program("rlsautotest", "rlsautotest")

    def commands(target: Target) -> list[Command]:
        return [(tool, "--db-url", target.url, "--schema", "public", "--report", "--fail-on-bypass")]

    return Prover("rlsautotest", commands)


ALL: tuple[tuple[str, Callable[[], Prover]], ...] = (
    ("isolation", ours),
    ("pgrls lint", pgrls_lint),
    ("pgrls verify", pgrls_verify),
    ("rls-policy-tester", rls_policy_tester),
    ("trespass-rls", trespass_rls),
    ("rlsautotest", rlsautotest),
)


def _program(environment: str, name: str) -> str:
    from stack.errors import UnavailableError
    from stack.setup import apart

    try:
        program = apart.python(environment).with_name(name)
    except UnavailableError as error:
        raise UnmeasurableError(str(error)) from error
    if not program.exists():
        raise UnmeasurableError(f"its environment has no program {name}")
    return str(program)
