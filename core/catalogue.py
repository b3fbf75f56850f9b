"""Catalogues: TOML files that hold a list of entries, `[[name]]`. All are read here, and what is wrong is said alike.

A kind of entry is a dataclass or a pydantic model; whatever it does not name is refused.
"""

from __future__ import annotations

import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

Entry = TypeVar("Entry")
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True, strict=True)]
STRICT = ConfigDict(extra="forbid", frozen=True)
_WORDS = {"string_type": "must be text", "string_too_short": "must be text", "date_type": "must be a date"}


class CatalogueError(ValueError):
    """A catalogue cannot be believed; one line names the file, the entry, the field, the problem and the remedy."""


def entries(file: Path, name: str, kind: type[Entry]) -> list[Entry]:
    """Return the entries `[[name]]` of a file, in its order. Raises `CatalogueError`."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(f"{file}: cannot be read ({error.strerror}); restore it from the repository") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{file}: cannot be read as TOML ({error}); correct the line that it names") from error
    if unknown := content.keys() - {name}:
        raise CatalogueError(f"{file}: {sorted(unknown)[0]} is unknown; entries are written [[{name}]]")
    given = content.get(name, [])
    if not isinstance(given, list):
        raise CatalogueError(f"{file}: {name} must be a list; write [[{name}]]")
    try:
        return TypeAdapter(list[kind]).validate_python(given)  # type: ignore[valid-type]
    except ValidationError as error:
        raise CatalogueError(f"{file}: {name} {_problem(error.errors(include_url=False)[0], kind)}") from error


def _problem(error: ErrorDetails, kind: type[Any]) -> str:
    number, *place = error["loc"]
    field = ".".join(map(str, place)) or "the entry"
    has = f"an entry has {', '.join(_names(kind))}"
    match error["type"]:
        case "missing" | "missing_argument":
            said = f"is missing; {has}"
        case "extra_forbidden" | "unexpected_keyword_argument":
            said = f"is unknown; {has}"
        case type_:
            said = f"{_WORDS.get(type_) or error['msg'][:1].lower() + error['msg'][1:]}; it is {error['input']!r}"
    return f"{int(number) + 1}: {field} {said}"


def _names(kind: type[Any]) -> list[str]:
    if is_dataclass(kind):
        return [each.name for each in fields(kind)]
    return list(kind.model_fields) if issubclass(kind, BaseModel) else []
