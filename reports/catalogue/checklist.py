"""The plan's deployment checklist, as its file declares it: its boxes, and what would tick each."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

FILE = Path(__file__).with_name("checklist.toml")


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the plan's checklist and what would tick it."""

    part: str
    item: str
    requirements: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    endpoints: bool = False
    deployed: bool = False
    why: str = ""


@cache
def boxes() -> tuple[Box, ...]:
    """Return the boxes, in the plan's order."""
    return TypeAdapter(tuple[Box, ...]).validate_python(tomllib.loads(FILE.read_text())["box"])
