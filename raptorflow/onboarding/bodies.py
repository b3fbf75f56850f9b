"""Bodies that hold JSON of the client's own shape."""

from __future__ import annotations

from typing import Any

from pydantic import field_validator
from pydantic_core import PydanticCustomError

from raptorflow.models import Input

DEEPEST = 16


class Document(Input):
    """A body whose objects and lists nest no deeper than any answer needs: 16 levels."""

    @field_validator("*", mode="before")
    @classmethod
    def _shallow(cls, value: Any) -> Any:
        level, depth = [value], 0
        while level:
            if depth > DEEPEST:
                raise PydanticCustomError("too_deep", "Objects and lists must not nest deeper than 16 levels")
            level = [inner for item in level for inner in _inside(item)]
            depth += 1
        return value


def _inside(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else []
