"""What a release is judged by: the twenty requirements and the twelve metrics, as their files declare them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from core.promises import Promise, promises, promises_of
from core.requirements import SEVERITIES, Requirement, requirements
from reports.catalogue.known_issues import Quarantine

__all__ = [
    "SEVERITIES",
    "Batch",
    "Journey",
    "Metric",
    "Promise",
    "Requirement",
    "batches",
    "journeys",
    "known_issues",
    "metrics",
    "promises",
    "promises_of",
    "requirements",
    "sampled",
]
FOLDER = Path(__file__).parent
Relation = Literal[">", "="]


@dataclass(frozen=True, slots=True)
class Metric:
    """A success metric: the rate of successes among trials must be above (`>`) or at (`=`) the target (0 to 1)."""

    id: str
    name: str
    group: str
    relation: Relation
    target: float
    requirements: tuple[str, ...]
    trial: str
    success: str
    enumerated: bool = False


@dataclass(frozen=True, slots=True)
class Journey:
    """A story that must have been lived through before a release; `test` is a node id without parameters."""

    story: str
    test: str


@cache
def metrics() -> dict[str, Metric]:
    """Return the metrics by id, in the plan's order."""
    entries = _read("metrics.toml")["metric"]
    return {entry["id"]: Metric(**{**entry, "requirements": tuple(entry["requirements"])}) for entry in entries}


@cache
def sampled() -> tuple[str, ...]:
    """Return the ids of the metrics that a load run samples; the others are enumerated by the prover."""
    return tuple(name for name, metric in metrics().items() if not metric.enumerated)


@dataclass(frozen=True, slots=True)
class Batch:
    """Fresh mistakes, and how many of them were noticed at the first try by the requirement's own tests."""

    date: date
    brief: str
    of: int
    own: int


@cache
def batches() -> tuple[Batch, ...]:
    """Return the batches of fresh mistakes, in the order in which they were tried."""
    return tuple(Batch(**entry) for entry in _read("detection.toml")["batch"])


@cache
def journeys() -> tuple[Journey, ...]:
    """Return the required journeys."""
    return tuple(Journey(**entry) for entry in _read("journeys.toml")["journey"])


@cache
def known_issues() -> Quarantine:
    """Return the flaky tests that somebody answers for."""
    return Quarantine.read(FOLDER / "known_issues.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text())
