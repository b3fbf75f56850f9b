"""Reads a request's fields: null counts as absent, and a lenient merchant's constraints are not applied."""

from __future__ import annotations

import re
from typing import Any, NoReturn
from urllib.parse import urlsplit

from .errors import GatewayError
from .messages import Json


class Fields:
    """A JSON object's fields by dotted path. `needed` ones must be there even when lenient."""

    def __init__(self, document: Json, *, strict: bool) -> None:
        self._document = document
        self.strict = strict

    def value(self, path: str) -> Any:
        """Whatever is there; None when it is absent, null, or below something that is no object."""
        return value_at(self._document, path)

    def text(
        self,
        path: str,
        *,
        needed: bool = False,
        required: bool = False,
        longest: int | None = None,
        pattern: re.Pattern[str] | None = None,
        among: frozenset[str] | None = None,
    ) -> str | None:
        """A string."""
        found = self._typed(path, str, "a string", needed=needed, required=required)
        if found is None:
            return None
        assert isinstance(found, str)
        if needed and not found.strip():
            refuse(path, "must not be blank")
        if self.strict:
            if required and not found.strip():
                refuse(path, "must not be blank")
            if longest is not None and len(found) > longest:
                refuse(path, f"must not be longer than {longest} characters")
            if pattern is not None and not pattern.fullmatch(found):
                refuse(path, "contains characters that are not allowed")
            if among is not None and found not in among:
                refuse(path, f"must be one of {', '.join(sorted(among))}")
        return found

    def integer(
        self,
        path: str,
        *,
        needed: bool = False,
        required: bool = False,
        least: int | None = None,
        most: int | None = None,
    ) -> int | None:
        """A whole number; a boolean is none."""
        found = self._typed(path, int, "an integer", needed=needed, required=required)
        if found is None:
            return None
        assert isinstance(found, int)
        if self.strict and least is not None and found < least:
            refuse(path, f"must be at least {least}")
        if self.strict and most is not None and found > most:
            refuse(path, f"must be at most {most}")
        if abs(found) > 2**53:
            refuse(path, "is out of range")
        return found

    def url(self, path: str, *, required: bool = False) -> str | None:
        """An absolute http(s) URL; one that could not be followed is refused from lenient merchants too."""
        found = self.text(path, required=required)
        if not found:
            return None
        try:
            parts = urlsplit(found)
            followable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            followable = False
        if not followable or not found.isprintable() or " " in found:
            refuse(path, "must be an http or https URL")
        return found

    def mapping(self, path: str, *, required: bool = False) -> Json | None:
        """A JSON object."""
        found = self._typed(path, dict, "an object", required=required)
        assert found is None or isinstance(found, dict)
        return found

    def items(self, path: str) -> list[Any] | None:
        """A JSON array."""
        found = self._typed(path, list, "an array")
        assert found is None or isinstance(found, list)
        return found

    def boolean(self, path: str) -> bool | None:
        """A JSON boolean."""
        found = self._typed(path, bool, "a boolean")
        assert found is None or isinstance(found, bool)
        return found

    def _typed(self, path: str, kind: type, name: str, *, needed: bool = False, required: bool = False) -> object:
        found = self.value(path)
        if found is None:
            if needed or (required and self.strict):
                refuse(path, "must not be blank")
            return None
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            refuse(path, f"must be {name}")
        return found


def value_at(document: Any, path: str) -> Any:
    """What a dotted path leads to; None when it is absent, null, or below something that is no object."""
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def refuse(path: str, problem: str) -> NoReturn:
    """Turn the request down because of one field."""
    raise GatewayError("validation", f"{path} {problem}.", field=path)
