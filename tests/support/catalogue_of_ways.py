"""docs/no-evidence.md: the ways to be green on nothing, as a table whose rows are tests."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "no-evidence.md"
SPEAKERS = ("core", "evidence", "fixtures", "load", "reports", "stack")
UNTOUCHED = "works as before"
_QUOTED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Row:
    """A way, what is said of it, the exit codes that it ends with, and the tests that make it happen."""

    way: str
    says: str
    codes: tuple[int, ...]
    tests: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """What is said literally: the quoted words, without what differs from time to time."""
        return [part.strip() for quoted in _QUOTED.findall(self.says) for part in quoted.split("…") if part.strip()]


def rows() -> list[Row]:
    """The page's rows. Raises ValueError for a line of a table that is none."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [_row(line) for line in lines if not line.startswith(("| way |", "| --- |"))]


def _row(line: str) -> Row:
    cells = line.strip("|").split(" | ")
    if len(cells) != 4:
        raise ValueError(f"{PAGE.name}: {line}: write | way | `what is said` | exit code | `tests/file.py::test` |")
    way, says, codes, tests = (cell.strip() for cell in cells)
    row = Row(way, says, tuple(map(int, re.findall(r"-?\d+", codes))), tuple(_QUOTED.findall(tests)))
    if not (row.codes and row.tests and (row.words or says.startswith(UNTOUCHED))):
        raise ValueError(f"{PAGE.name}: {way}: a row says something in backquotes, and names a code and a test")
    return row


def function(test: str) -> Any:
    """The test of a node id. Raises ImportError or AttributeError where there is none."""
    file, _, name = test.partition("::")
    return getattr(importlib.import_module(file.removesuffix(".py").replace("/", ".")), name)


def cases(function: Any) -> Iterator[tuple[str, str]]:
    """The ids of a parametrized test's cases, and all that they hold as text; nothing of one that has no ids."""
    for mark in getattr(function, "pytestmark", ()):
        if mark.name == "parametrize" and mark.kwargs.get("ids") is not None and not callable(mark.kwargs["ids"]):
            yield from zip(map(str, mark.kwargs["ids"]), map(repr, mark.args[1]), strict=True)


def source(function: Any) -> str:
    """The text of the test's module, and of all that can say something."""
    return inspect.getsource(inspect.getmodule(function) or function) + _harness()


@cache
def _harness() -> str:
    return "".join(file.read_text(encoding="utf-8") for name in SPEAKERS for file in (ROOT / name).rglob("*.py"))
