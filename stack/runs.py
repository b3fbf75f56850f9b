"""The runs that live on this machine, and their slices: for `python -m stack` to list, enter and end."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.waiting import comes_true
from stack.errors import ServiceFailedError, UnavailableError
from stack.leftovers import PREFIX, answers, ownerless
from stack.processes import folder_for_runs
from stack.system import System

MEMORY = Path("/dev/shm")  # noqa: S108
ENDED_S = 10.0


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run whose guard answers, found by its folder."""

    folder: Path

    @property
    def name(self) -> str:
        """What commands call it."""
        return self.folder.name.removeprefix(PREFIX)

    def slices(self) -> list[str]:
        """Return the names of its slices."""
        return sorted(file.parent.name for file in self.folder.glob("slices/*/system.json"))

    def system(self, slice_name: str | None = None) -> System:
        """One slice, by name (the only one needs none). Raises UnavailableError."""
        names = self.slices()
        chosen = slice_name or (names[0] if len(names) == 1 else None)
        if chosen not in names:
            raise UnavailableError(f"run {self.name}: name one of its slices: {', '.join(names) or 'it has none'}")
        return read_system(self.folder / "slices" / chosen / "system.json")

    def end(self) -> None:
        """End the run and wait until its folder is gone. Raises ServiceFailedError."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.folder / "guard.sock"))
            connection.sendall(json.dumps({"do": "guard"}).encode() + b"\n")
            pid = json.loads(connection.recv(4096))["pid"]
        os.kill(pid, signal.SIGTERM)
        if not comes_true(lambda: not self.folder.exists(), within_s=ENDED_S):
            raise ServiceFailedError(
                f"run {self.name} did not end within {ENDED_S:.0f} s: {self.folder} is still there"
            )


def read_system(file: Path) -> System:
    """Return a `System` that a slice wrote down."""
    known = json.loads(file.read_text())
    for name in ("clock_file", "log_path"):
        known[name] = Path(known[name]) if known[name] else None
    for name in ("migrate_command", "cleanup_command"):
        known[name] = tuple(known.get(name) or ()) or None
    names = {each.name for each in dataclasses.fields(System)}
    return System(**{name: value for name, value in known.items() if name in names})


def live() -> Iterator[LiveRun]:
    """Yield this user's runs that still live."""
    for parent in _places():
        for folder in sorted(parent.glob(f"{PREFIX}*")):
            if folder.stat().st_uid == os.geteuid() and answers(folder):
                yield LiveRun(folder)


def abandoned() -> dict[str, Path]:
    """Return the folders of this user's runs whose guard was killed, by the run's name."""
    return {folder.name.removeprefix(PREFIX): folder for parent in _places() for folder in ownerless(parent)}


def _places() -> tuple[Path, ...]:
    return tuple(dict.fromkeys((folder_for_runs(), MEMORY, Path(tempfile.gettempdir()), Path("/tmp"))))  # noqa: S108


def find(name: str) -> LiveRun:
    """Return the live run of that name; `UnavailableError` names those that there are."""
    runs = {run.name: run for run in live()}
    if name not in runs:
        raise UnavailableError(f"no run {name!r} lives here; living: {', '.join(runs) or 'none'}")
    return runs[name]
