"""What a release is judged by: the twenty requirements and the twelve metrics, as their files declare them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from reports.catalogue.known_issues import Quarantine

FOLDER = Path(__file__).parent
Relation = Literal[">", "="]
Severity = Literal["blocker", "critical", "normal"]
SEVERITIES = get_args(Severity)
"""The gravest first."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One of the plan's tasks, as something to be proved: who answers for it, and how much a release hangs on it."""

    id: str
    title: str
    epic: str
    task: int
    owner: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Metric:
    """A success metric: the rate of successes among trials must be above (``>``) or at (``=``) the target (0 to 1)."""

    id: str
    name: str
    group: str
    relation: Relation
    target: float
    requirements: tuple[str, ...]
    trial: str
    success: str


@dataclass(frozen=True, slots=True)
class Journey:
    """A story that must have been lived through before a release; ``test`` is a node id without parameters."""

    story: str
    test: str


@cache
def requirements() -> dict[str, Requirement]:
    """The requirements by id, in the plan's order."""
    return {entry["id"]: Requirement(**entry) for entry in _read("requirements.toml")["requirement"]}


@cache
def metrics() -> dict[str, Metric]:
    """The metrics by id, in the plan's order."""
    entries = _read("metrics.toml")["metric"]
    return {entry["id"]: Metric(**{**entry, "requirements": tuple(entry["requirements"])}) for entry in entries}


@cache
def journeys() -> tuple[Journey, ...]:
    """The required journeys."""
    return tuple(Journey(**entry) for entry in _read("journeys.toml")["journey"])


@cache
def known_issues() -> Quarantine:
    """The flaky tests that somebody answers for."""
    return Quarantine.read(FOLDER / "known_issues.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text())
