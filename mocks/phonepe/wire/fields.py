"""Reads a request's fields: null counts as absent, and a lenient merchant's constraints are not applied."""

from __future__ import annotations

import re
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from .errors import GatewayError
from .messages import Json, Request

WHOLE: Final = re.compile(r"[0-9]+(\.0+)?")
LONGEST_NUMBER: Final = 24
APP_LINK: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://[^\s]*")
SCRIPTS: Final = frozenset({"javascript", "data", "vbscript", "file", "blob"})


class Fields:
    """A JSON object's fields by dotted path. `needed` ones must be there even when lenient.

    What a lenient merchant gets through with is added to `remarks`.
    """

    def __init__(self, document: Json, *, strict: bool, remarks: list[str] | None = None) -> None:
        self._document = document
        self.strict = strict
        self._remarks = [] if remarks is None else remarks

    def value(self, path: str) -> Any:
        """Whatever is there; None when it is absent, null, or below something that is no object."""
        return value_at(self._document, path)

    def demand(self, path: str, problem: str) -> None:
        """Refuse the request of a strict merchant; of a lenient one, remark that production would refuse it."""
        if self.strict:
            refuse(path, problem)
        self._remarks.append(f"{path} {problem}")

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
        if required and not found.strip():
            self.demand(path, "must not be blank")
        if longest is not None and len(found) > longest:
            self.demand(path, f"must not be longer than {longest} characters")
        if pattern is not None and not pattern.fullmatch(found):
            self.demand(path, "contains characters that are not allowed")
        if among is not None and found not in among:
            self.demand(path, f"must be one of {', '.join(sorted(among))}")
        return found

    def integer(
        self,
        path: str,
        *,
        needed: bool = False,
        required: bool = False,
        least: int | None = None,
        most: int | None = None,
        numeric: bool = False,
    ) -> int | None:
        """A whole number; a boolean is none. `numeric` takes it as text or as 1000.0, too, as lenient merchants may."""
        found: object = self.value(path)
        whole = _whole(found)
        if whole is not None:
            if not numeric:
                self.demand(path, "must be an integer")
            found = whole
        else:
            found = self._typed(path, int, "an integer", needed=needed, required=required)
        if found is None:
            return None
        assert isinstance(found, int)
        if least is not None and found < least:
            self.demand(path, f"must be at least {least}")
        if most is not None and found > most:
            self.demand(path, f"must be at most {most}")
        if abs(found) > 2**53:
            refuse(path, "is out of range")
        return found

    def url(self, path: str, *, required: bool = False, app: bool = False) -> str | None:
        """An absolute http(s) URL, or with `app` one of a scheme of the merchant's app; None for an empty one.

        One that could not be followed is refused from lenient merchants too.
        """
        found = self._typed(path, str, "a string", required=required)
        if not found:
            return None
        assert isinstance(found, str)
        try:
            parts = urlsplit(found)
            followable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
            opened = app and APP_LINK.match(found) is not None and parts.scheme not in SCRIPTS
        except ValueError:
            followable = opened = False
        if not (followable or opened) or not found.isprintable() or " " in found:
            refuse(path, "must be an http or https URL" + (" or a link of an app" if app else ""))
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
            if needed:
                refuse(path, "must not be blank")
            if required:
                self.demand(path, "must not be blank")
            return None
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            refuse(path, f"must be {name}")
        return found


def fields_of(request: Request, *, strict: bool) -> Fields:
    """The fields of a request's JSON; GatewayError(validation) when it is none, (media_type) when not sent as such."""
    document = request.document()
    check_media_type(request, strict=strict)
    return Fields(document, strict=strict, remarks=request.remarks)


def check_media_type(request: Request, *, strict: bool) -> None:
    """Refuse JSON that is not sent as JSON; of a lenient merchant, remark it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return
    if strict:
        raise GatewayError("media_type", f"Content-Type must be application/json, not {kind or 'absent'}.")
    request.remarks.append(f"Content-Type must be application/json, not {kind or 'absent'}")


def _whole(found: object) -> int | None:
    """A whole number that is written as text or with a zero fraction."""
    if isinstance(found, str) and len(found) <= LONGEST_NUMBER and WHOLE.fullmatch(found):
        return int(found.partition(".")[0])
    return int(found) if isinstance(found, float) and found.is_integer() else None


def value_at(document: Any, path: str) -> Any:
    """What a dotted path leads to; None when it is absent, null, or below something that is no object."""
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def refuse(path: str, problem: str) -> NoReturn:
    """Turn the request down because of one field."""
    raise GatewayError("validation", f"{path} {problem}.", field=path)
