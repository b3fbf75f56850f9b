"""The contract's single promises, by requirement: what tests name, and the scorecard counts."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from core.requirements import CATALOGUE, CatalogueError, requirements

PROMISES = CATALOGUE.with_name("promises.toml")
Kind = Literal["who", "with", "much", "when", "once", "sql", "page", "other", "text", "kept", "data", "flow"]


class Promise(BaseModel):
    """One promise: what kind of rule it is, and its sentence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    says: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


@cache
def promises(file: Path = PROMISES) -> dict[str, Promise]:
    """Return the promises by id, in the contract's order. Raises `CatalogueError`."""
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8"))["promise"]
        found = TypeAdapter(dict[str, Promise]).validate_python(entries)
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise CatalogueError(f"{file}: is no catalogue of promises ({error!r}); restore it") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise CatalogueError(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}; correct it") from error
    if strange := [name for name in found if requirement_of(name) not in requirements()]:
        raise CatalogueError(f"{file}: {strange[0]}: is of no requirement; begin it with one of {CATALOGUE.name}")
    return found


def requirement_of(promise: str) -> str:
    """Return the requirement that a promise belongs to: its id before the dot."""
    return promise.rpartition(".")[0]


def promises_of(requirement: str) -> tuple[str, ...]:
    """Return the ids of a requirement's promises."""
    return tuple(name for name in promises() if requirement_of(name) == requirement)
