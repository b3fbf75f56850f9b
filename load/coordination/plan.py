"""The plan of a load run: what `python -m load` tells the processes that generate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from core.files import write_private
from load.population.shapes import Shape
from stack.system import System

PHONEPE_SCHEDULE = "22x1,3x10,6x10,10x6,30x2,60x60"
"""What PhonePe recommends: seconds x times."""
VARIABLE = "RAPTORFLOW_LOAD"
"""The environment variable that names a plan's file."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One process's part of a run. `folder` is the run's private folder, `run` where its evidence goes.

    Of all `processes`, `local` ones run on this machine; the others come from elsewhere, and ask for the plan.
    `schedule` is the reconciler's. `payers_stay_away`: as the population says; without it all come back at once, and
    nothing shows what webhooks do.
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
    schedule: str = PHONEPE_SCHEDULE
    payers_stay_away: bool = True

    @property
    def halt(self) -> Path:
        """The file whose existence halts the run: customers inside finish, and no other comes in."""
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
