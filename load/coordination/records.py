"""Records of a run as other processes write them: whole lines only, each read once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

Record = dict[str, Any]


class Writer(Protocol):
    """Where records of a kind go: `evidence.Recorder`, or whoever sends them to one."""

    def write(self, kind: str, record: Mapping[str, Any]) -> None:
        """Keep a record, masked."""

    def write_all(self, kind: str, records: Iterable[Mapping[str, Any]]) -> None:
        """Keep many at once, that hold nothing to be masked."""


class Tail:
    """Follows every file of one kind in a run's directory, those that appear later too."""

    def __init__(self, run: Path, kind: str) -> None:
        self._folder = run / kind
        self._read: dict[Path, int] = {}

    def new(self) -> Iterator[Record]:
        """The records that were finished since the last call."""
        for file in sorted(self._folder.glob("*.jsonl")):
            with file.open("rb") as stream:
                stream.seek(self._read.get(file, 0))
                content = stream.read()
            whole = content[: content.rfind(b"\n") + 1]
            self._read[file] = self._read.get(file, 0) + len(whole)
            yield from map(json.loads, whole.splitlines())
