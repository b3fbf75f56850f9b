"""The catalogue of requirements: the twenty tasks of the plan, which a release must prove. Everybody reads it here."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, Field, StringConstraints

from core.catalogue import STRICT, CatalogueError, Text, entries

__all__ = ["CATALOGUE", "SEVERITIES", "CatalogueError", "Requirement", "Severity", "requirements"]
CATALOGUE = Path(__file__).resolve().parent.parent / "reports" / "catalogue" / "requirements.toml"

Severity = Literal["blocker", "critical", "normal"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""The gravest first."""


class Requirement(BaseModel):
    """One of the plan's tasks, as something to be proved: who answers for it, and how much a release hangs on it."""

    model_config = STRICT

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]+-\d+$")]
    title: Text
    epic: Text
    task: Annotated[int, Field(ge=1)]
    owner: Text
    severity: Severity


@cache
def requirements(file: Path = CATALOGUE) -> dict[str, Requirement]:
    """Return the requirements by id, in the plan's order. Raises `CatalogueError`."""
    read = entries(file, "requirement", Requirement)
    if not read:
        raise CatalogueError(f"{file}: holds no requirement; docs/adding/requirement.md shows an entry")
    by_id: dict[str, Requirement] = {}
    for each in read:
        if each.id in by_id:
            raise CatalogueError(f"{file}: {each.id}: stands there twice; rename or remove one of the two")
        by_id[each.id] = each
    return by_id
