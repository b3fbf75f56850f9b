"""The catalogue of requirements: the twenty tasks of the plan, which a release must prove. Everybody reads it here."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

CATALOGUE = Path(__file__).resolve().parent.parent / "reports" / "catalogue" / "requirements.toml"

Severity = Literal["blocker", "critical", "normal"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""The gravest first."""
_Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class CatalogueError(ValueError):
    """The catalogue cannot be believed; one line names the file, the field, the problem and the remedy."""


class Requirement(BaseModel):
    """One of the plan's tasks, as something to be proved: who answers for it, and how much a release hangs on it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]+-\d+$")]
    title: _Text
    epic: _Text
    task: Annotated[int, Field(ge=1)]
    owner: _Text
    severity: Severity


class _Catalogue(BaseModel):
    model_config = ConfigDict(extra="forbid")

    requirement: Annotated[list[Requirement], Field(min_length=1)]


@cache
def requirements(file: Path = CATALOGUE) -> dict[str, Requirement]:
    """Return the requirements by id, in the plan's order. Raises `CatalogueError`."""
    try:
        read = _Catalogue.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))).requirement
    except OSError as error:
        raise CatalogueError(f"{file}: cannot be read ({error.strerror}); restore it from the repository") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{file}: is not TOML ({error}); correct the line that it names") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise CatalogueError(f"{file}: {where}: {first['msg']}; docs/adding/requirement.md shows an entry") from error
    by_id: dict[str, Requirement] = {}
    for each in read:
        if each.id in by_id:
            raise CatalogueError(f"{file}: {each.id}: stands there twice; rename or remove one of the two")
        by_id[each.id] = each
    return by_id
