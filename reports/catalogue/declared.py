"""What a release is judged by: the twenty requirements and the twelve metrics, as their files declare them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from core.catalogue import STRICT, Text, entries
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

    __pydantic_config__ = STRICT

    id: Text
    name: Text
    group: Text
    relation: Relation
    target: Annotated[float, Field(gt=0, le=1)]
    requirements: Annotated[tuple[Text, ...], Field(min_length=1)]
    trial: Text
    success: Text
    enumerated: bool = False


@dataclass(frozen=True, slots=True)
class Journey:
    """A story that must have been lived through before a release; `test` is a node id without parameters."""

    __pydantic_config__ = STRICT

    story: Text
    test: Text


@cache
def metrics() -> dict[str, Metric]:
    """Return the metrics by id, in the plan's order. Raises `CatalogueError`."""
    return {metric.id: metric for metric in entries(FOLDER / "metrics.toml", "metric", Metric)}


@cache
def sampled() -> tuple[str, ...]:
    """Return the ids of the metrics that a load run samples; the others are enumerated by the prover."""
    return tuple(name for name, metric in metrics().items() if not metric.enumerated)


@dataclass(frozen=True, slots=True)
class Batch:
    """Fresh mistakes, and how many of them were noticed at the first try by the requirement's own tests."""

    __pydantic_config__ = STRICT

    date: datetime.date
    brief: Text
    of: int
    own: int


@cache
def batches() -> tuple[Batch, ...]:
    """Return the batches of fresh mistakes, in the order in which they were tried. Raises `CatalogueError`."""
    return tuple(entries(FOLDER / "detection.toml", "batch", Batch))


@cache
def journeys() -> tuple[Journey, ...]:
    """Return the required journeys. Raises `CatalogueError`."""
    return tuple(entries(FOLDER / "journeys.toml", "journey", Journey))


@cache
def known_issues() -> Quarantine:
    """Return the flaky tests that somebody answers for."""
    return Quarantine.read(FOLDER / "known_issues.toml")
