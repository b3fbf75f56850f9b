"""A seeded defect, and the catalogue of them: `catalogue/*.toml`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from core.catalogue import STRICT, CatalogueError, entries
from core.requirements import CATALOGUE, requirements

FOLDER = Path(__file__).parent / "catalogue"
ROOT = FOLDER.parent.parent
MIGRATIONS = "raptorflow/migrations/"
FILES = {
    "AUTH": ("tests/auth", "tests/workspaces"),
    "PAY": ("tests/payments",),
    "ONB": ("tests/onboarding", "tests/context"),
    "BCM": ("tests/context", "tests/isolation"),
    "E2E": ("tests/journeys",),
}
"""Where the tests of an epic live: who is asked about a defect that names nobody."""


class BadCatalogueError(Exception):
    """The catalogue cannot be believed; the message names the file, the defect and the remedy."""


@dataclass(frozen=True, slots=True)
class Edit:
    """In `file`, the one place that reads `old` reads `new` instead."""

    __pydantic_config__ = STRICT

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Defect:
    """One broken rule of a requirement. `asks` are the test files that are asked, those of the epic by default."""

    __pydantic_config__ = STRICT

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    requirement: str
    rule: str
    edits: Annotated[tuple[Edit, ...], Field(min_length=1)]
    asks: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[str, ...]:
        """The files, folders or tests that are asked; of those, only the tests that name the requirement."""
        return self.asks or FILES[self.requirement.partition("-")[0]]

    @property
    def changes_schema(self) -> bool:
        """Whether the database has to be migrated anew."""
        return any(edit.file.startswith(MIGRATIONS) for edit in self.edits)


def catalogue(folder: Path = FOLDER) -> list[Defect]:
    """Every defect, by file. Raises `BadCatalogueError`."""
    found = [defect for file in sorted(folder.glob("*.toml")) for defect in _read(file)]
    if not found:
        raise BadCatalogueError(f"{folder}: holds no defect; write one as docs/defects.md says")
    twice = [name for name, times in Counter(defect.id for defect in found).items() if times > 1]
    if twice:
        raise BadCatalogueError(f"{folder}: two defects are called {twice[0]}; rename one")
    return found


def _read(file: Path) -> Sequence[Defect]:
    try:
        defects = entries(file, "defect", Defect)
    except CatalogueError as error:
        raise BadCatalogueError(f"{error}; docs/defects.md shows one") from error
    if not defects:
        raise BadCatalogueError(f"{file}: holds no defect; docs/defects.md shows one")
    for defect in defects:
        _check(file, defect)
    return defects


def _check(file: Path, defect: Defect) -> None:
    if defect.requirement not in requirements():
        raise BadCatalogueError(f"{file}: {defect.id}: there is no requirement {defect.requirement}; see {CATALOGUE}")
    for asked in defect.asks:
        if not (ROOT / asked.partition("::")[0]).exists():
            raise BadCatalogueError(f"{file}: {defect.id}: asks {asked}, which is not there; name a file of tests")
