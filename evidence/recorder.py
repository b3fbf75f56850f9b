"""Appends records: each is one write to a file opened for appending, so a killed process loses none that it made."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evidence.masking import mask_value

_line = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_NAME = re.compile(r"[a-z0-9][A-Za-z0-9._-]*")


def now() -> str:
    """This moment, RFC 3339, UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Recorder:
    """One source's records, of any kind, in ``<kind>/<source>-<pid>.jsonl``; safe between threads and across forks."""

    def __init__(self, directory: Path, source: str) -> None:
        """``source`` names who writes (``pytest``, ``load``). Raises ValueError for a name that is no file name."""
        self._directory = directory
        self._source = _checked(source, "source")
        self._files: dict[tuple[str, int], int] = {}

    def write(self, kind: str, record: Mapping[str, Any], *, clean: bool = False) -> None:
        """Keep one record, masked, with ``at`` and ``source``.

        ``clean`` says that the writer has masked whatever it did not make up itself: masking is most of the cost.
        Raises ValueError for a number that JSON has no word for, OSError when the disk does not take the whole line.
        """
        told = {"at": now(), "source": self._source, **(record if clean else mask_value(record))}
        line = _line(told).encode() + b"\n"
        written = os.write(self._file(kind), line)
        if written != len(line):
            raise OSError(f"{self._path(kind)}: only {written} of {len(line)} bytes were taken: is the disk full?")

    def close(self) -> None:
        """Close the files; a later write opens them again."""
        for (_, pid), file in self._files.items():
            if pid == os.getpid():
                os.close(file)
        self._files.clear()

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
