"""The plan's deployment checklist, as its file declares it: its boxes, and what would tick each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.catalogue import STRICT, Text, entries

FILE = Path(__file__).with_name("checklist.toml")


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the plan's checklist and what would tick it."""

    __pydantic_config__ = STRICT

    part: Text
    item: Text
    requirements: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    endpoints: bool = False
    deployed: bool = False
    why: str = ""


@cache
def boxes() -> tuple[Box, ...]:
    """Return the boxes, in the plan's order. Raises `CatalogueError`."""
    return tuple(entries(FILE, "box", Box))
