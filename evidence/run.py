"""A run's directory: who writes where, and how it is read back."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.files import replace
from evidence.code import TOLD, Code, differences
from evidence.masking import mask_value
from evidence.reading import Broken, BrokenEvidenceError, Check, Reading, Record, read, read_document
from evidence.recorder import Recorder, now

ENVIRONMENT_VARIABLE = "RAPTORFLOW_RUN"
FILES = "code.json"
"""Git's name for the content of each file, as the run found it."""


@dataclass(frozen=True, slots=True)
class Run:
    """The evidence of one run, in one directory."""

    directory: Path

    @classmethod
    def create(
        cls, root: Path, *, seed: int = 0, target: str = "embedded", commit: str | None = None, argv: Sequence[str] = ()
    ) -> Run:
        """Begin a run in a new directory below `root`: its name is the run's id, and begins with the time (UTC).

        `commit` defaults to that of the checkout, with `+changes` when any file differs from it; then the run
        also keeps which files there are, for `end_code` to compare.
        """
        started, code = now(), None if commit else Code.here()
        run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        run = cls(Path(root).resolve() / run_id)
        run.directory.mkdir(parents=True)
        identity = {"run_id": run_id, "seed": seed, "target": target, "commit": code.commit if code else commit}
        run.write(
            "run.json",
            {**identity, "started_at": started, "argv": list(argv or sys.argv), "code": code and code.document()},
        )
        with _order(run.directory.parent).open("a") as order:
            order.write(f"{run_id}\n")
        if code:
            replace(run.directory / FILES, json.dumps(code.files))
        return run

    @classmethod
    def last(cls, root: Path) -> Run | None:
        """Return the run that was begun last below `root`, whatever time it was then; None where there is none.

        Those of which nobody wrote down when they came, as copied ones, come before all others, by their names.
        """
        there = {file.parent.name for file in root.glob("*/run.json")}
        file = _order(root)
        begun = [name for name in (file.read_text().split() if file.exists() else []) if name in there]
        names = [*sorted(there - set(begun)), *begun]
        return cls(root / names[-1]) if names else None

    @classmethod
    def current(cls) -> Run | None:
        """Return the run that the environment names (`RAPTORFLOW_RUN`), if it names one.

        Raises BrokenEvidenceError when it names a directory that is not there.
        """
        named = os.environ.get(ENVIRONMENT_VARIABLE)
        if not named:
            return None
        if not Path(named).is_dir():
            raise BrokenEvidenceError(Broken(Path(named), 0, f"is no directory; {ENVIRONMENT_VARIABLE} names it"))
        return cls(Path(named))

    @property
    def environment(self) -> dict[str, str]:
        """What a child process needs to write into this run."""
        return {ENVIRONMENT_VARIABLE: str(self.directory)}

    def recorder(self, source: str) -> Recorder:
        """Return a recorder for one source, such as `pytest` or `load`."""
        return Recorder(self.directory, source)

    def write(self, name: str, document: Mapping[str, Any]) -> Path:
        """Keep a document, masked, at once or not at all; returns its path."""
        text = json.dumps(mask_value(document), indent=2, allow_nan=False) + "\n"
        return replace(self.directory / name, text)

    def end_code(self, part: str) -> list[str]:
        """Record which files there are when a part of the run has ended; what changed since the run began.

        Records nothing in a run of which nobody knows the files. Raises BrokenEvidenceError as `document` does.
        """
        if self.document("run.json").get("code") is None:
            return []
        now_here = Code.here()
        changed = differences(self.document(FILES), now_here.files)
        record = {"part": part, "digest": now_here.digest, "changed": changed[:TOLD]}
        self.recorder(part).write("code", record)
        return changed

    def document(self, name: str) -> Record:
        """Return a document of the run. Raises BrokenEvidenceError when it is missing or unreadable."""
        return read_document(self.directory / name)

    def read(self, kind: str, check: Check | None = None) -> Reading:
        """Every record of a kind, whoever wrote it, and the lines that are broken."""
        return read(self.directory / kind, check)

    def records(self, kind: str, check: Check | None = None) -> list[Record]:
        """Every record of a kind. Raises BrokenEvidenceError, naming file and line, at the first that is broken."""
        reading = self.read(kind, check)
        if reading.broken:
            raise BrokenEvidenceError(reading.broken[0])
        return reading.records


def _order(root: Path) -> Path:
    """Where runs below `root` are written down as they begin: names tell a clock's order, and clocks go wrong."""
    return root.with_name(f"{root.name}.order")
