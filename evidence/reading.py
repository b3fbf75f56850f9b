"""Reads records back, and says of each line that cannot be believed where it stands and why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Record = dict[str, Any]
Check = Callable[[Record], str | None]
"""Says what is wrong with a record, or nothing."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A line or document that cannot be believed. `line` counts from 1; 0 is the whole file."""

    file: Path
    line: int
    why: str

    def __str__(self) -> str:
        """`file:line: why`."""
        return f"{self.file}:{self.line}: {self.why}" if self.line else f"{self.file}: {self.why}"


class BrokenEvidenceError(Exception):
    """Evidence that cannot be read; the message names file and line."""

    def __init__(self, broken: Broken) -> None:
        """`broken` says where and why."""
        super().__init__(str(broken))
        self.broken = broken


@dataclass(frozen=True, slots=True)
class Reading:
    """All whole records of a kind, the lines that were none, and the files that held them."""

    records: list[Record]
    broken: list[Broken]
    files: list[Path]


def read(folder: Path, check: Check | None = None) -> Reading:
    """Everything in a folder's `*.jsonl` files, in the order of their names.

    An absent folder holds nothing; a hidden file is none.
    """
    reading = Reading([], [], sorted(folder.glob("[!.]*.jsonl")))
    for file in reading.files:
        for item in _lines(file, check):
            if isinstance(item, Broken):
                reading.broken.append(item)
            else:
                reading.records.append(item)
    return reading


def read_document(file: Path) -> Record:
    """Return a JSON object from a file. Raises BrokenEvidenceError when there is none, or it is something else."""
    try:
        found = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise BrokenEvidenceError(Broken(file, 0, "is missing")) from None
    except (OSError, ValueError) as error:
        raise BrokenEvidenceError(Broken(file, 0, f"cannot be read as JSON ({error})")) from error
    if not isinstance(found, dict):
        raise BrokenEvidenceError(Broken(file, 0, f"should hold an object, and holds a {type(found).__name__}"))
    return found


def _lines(file: Path, check: Check | None) -> Iterator[Record | Broken]:
    content = file.read_bytes()
    for number, line in enumerate(content.splitlines(), start=1):
        item = _record(line)
        if isinstance(item, str):
            yield Broken(file, number, item)
        elif check is not None and (wrong := check(item)):
            yield Broken(file, number, wrong)
        else:
            yield item
    if content and not content.endswith(b"\n"):
        yield Broken(file, content.count(b"\n") + 1, "torn: its writer was stopped in the middle of this line")


def _record(line: bytes) -> Record | str:
    try:
        found = json.loads(line.decode())
    except ValueError as error:
        return f"is no JSON ({error})"
    return found if isinstance(found, dict) else f"should be an object, and is a {type(found).__name__}"
