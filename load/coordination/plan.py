"""The plan of a load run: what `python -m load` tells the processes that generate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from core.files import write_private
from load.population.shapes import Shape
from stack.system import System

VARIABLE = "RAPTORFLOW_LOAD"
"""The environment variable that names a plan's file."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One process's part of a run. `folder` is the run's private folder, `run` where its evidence goes.

    Of all `processes`, `local` ones run on this machine; the others come from elsewhere, and ask for the plan.
    """

    system: System
    run: Path
    folder: Path
    population: Path
    seed: int
    users: int
    shape: Shape
    index: int = 0
    processes: int = 1
    local: int = 1

    @property
    def halt(self) -> Path:
        """The file whose existence closes the doors: customers inside finish, and no other comes in."""
        return self.folder / "halt"

    @property
    def port(self) -> Path:
        """The file in which a master says where it listens."""
        return self.folder / "port"

    def write(self, file: Path) -> None:
        """Keep the plan where only this user can read it: it holds the system's passwords."""
        write_private(file, _PLANS.dump_json(self))

    @classmethod
    def from_json(cls, text: bytes) -> Plan:
        """The plan that a JSON document holds. Raises pydantic.ValidationError (a ValueError) for another document."""
        return _PLANS.validate_json(text)


def read(file: Path) -> Plan:
    """The plan that `write` left."""
    return Plan.from_json(file.read_bytes())


_PLANS = TypeAdapter(Plan)
