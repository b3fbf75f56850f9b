"""Where in files of SQL a relation or routine was last spoken of, so that a finding can be shown at its line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A file as it was named, and a line of it, counted from 1."""

    file: str
    line: int


def place_of(name: str, pieces: Sequence[tuple[str, str]]) -> Place | None:
    """The last statement that makes, or makes a policy on, the object that a finding names; None where none does.

    `name` is a relation (`public.notes`) or a routine with its arguments (`public.share(uuid)`).
    """
    bare = re.escape(name.partition("(")[0].split(".")[-1].strip('"'))
    object_ = rf"(?:[\w\"]+\s*\.\s*)?\"?{bare}\"?(?![\w\"])"
    if "(" in name:
        patterns = [rf"\bcreate\s+(?:or\s+replace\s+)?(?:function|procedure)\s+{object_}"]
    else:
        patterns = [
            rf"\b(?:create|alter)\s+policy\s+(?:\"[^\"]+\"|\w+)\s+on\s+{object_}",
            rf"\bcreate\s+(?:or\s+replace\s+)?(?:\w+\s+)*?(?:table|view)\s+(?:if\s+not\s+exists\s+)?{object_}",
            rf"\bgrant\b[^;]*?\bon\s+(?:table\s+)?{object_}",
        ]
    for pattern in patterns:
        for file, text in reversed(pieces):
            if found := list(re.finditer(pattern, text, re.I)):
                return Place(file, text.count("\n", 0, found[-1].start()) + 1)
    return None
