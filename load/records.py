"""Records of a run as other processes write them: whole lines only, each read once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

Record = dict[str, Any]


class Write(Protocol):
    """Keeps a record of a kind; `clean` as `evidence.Recorder.write` has it."""

    def __call__(self, kind: str, record: Mapping[str, Any], *, clean: bool = False) -> None: ...


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
