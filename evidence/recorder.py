"""Appends records: each is one write to a file opened for appending, so a killed process loses none that it made."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from evidence.masking import mask_value

_line = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_NAME = re.compile(r"[a-z0-9][A-Za-z0-9._-]*")


def now() -> str:
    """Return this moment, RFC 3339, UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Recorder:
    """One source's records, of any kind, in `<kind>/<source>-<pid>.jsonl`; safe between threads and across forks."""

    def __init__(self, directory: Path, source: str) -> None:
        """`source` names who writes (`pytest`, `load`). Raises ValueError for a name that is no file name."""
        self._files: dict[tuple[str, int], int] = {}
        self._directory = directory
        self._source = _checked(source, "source")

    def __del__(self) -> None:
        """Close what nobody can write to any more: a process that judges many runs would run out of descriptors."""
        with suppress(AttributeError, OSError):  # at the interpreter's end, anything may be gone
            self.close()

    def write(self, kind: str, record: Mapping[str, Any]) -> None:
        """Keep one record, masked, with `at` and `source`.

        Raises ValueError for a number that JSON has no word for, OSError when the disk does not take the whole line.
        """
        self._append(kind, _line({**self._signature(), **mask_value(record)}).encode() + b"\n")

    def write_all(self, kind: str, records: Iterable[Mapping[str, Any]]) -> None:
        """Keep many records in one write, for who makes thousands a second and has masked what it did not make up.

        Raises OSError as `write` does.
        """
        signature = self._signature()
        self._append(kind, b"".join([to_json({**signature, **record}) + b"\n" for record in records]))

    def close(self) -> None:
        """Close the files; a later write opens them again."""
        for (_, pid), file in self._files.items():
            if pid == os.getpid():
                os.close(file)
        self._files.clear()

    def _signature(self) -> dict[str, str]:
        return {"at": now(), "source": self._source}

    def _append(self, kind: str, lines: bytes) -> None:
        written = os.write(self._file(kind), lines)
        if written != len(lines):
            raise OSError(f"{self._path(kind)}: only {written} of {len(lines)} bytes were taken: is the disk full?")

    def _file(self, kind: str) -> int:
        key = (kind, os.getpid())
        if key not in self._files:
            path = self._path(kind)
            path.parent.mkdir(parents=True, exist_ok=True)
            opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            # No lock: a fork while another thread held it would leave the child waiting for ever.
            if self._files.setdefault(key, opened) != opened:
                os.close(opened)
        return self._files[key]

    def _path(self, kind: str) -> Path:
        return self._directory / _checked(kind, "kind") / f"{self._source}-{os.getpid()}.jsonl"


def _checked(name: str, what: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{what} {name!r}: use letters, digits, '.', '_' and '-', and begin with a small letter or digit"
        )
    return name
