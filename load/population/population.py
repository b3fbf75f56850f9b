"""The population: who the simulated customers are, as `population.toml` says."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails

from core.contract import STEPS, Cycle, Plan

DEFAULT = Path(__file__).parent.parent / "population.toml"

Ending = Literal["success", "failure", "pending", "abandoned"]
DeliveryMode = Literal["prompt", "duplicate", "late", "lost"]
Return = Literal["at_once", "soon", "late"]
FailureCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{2,39}$")]


class PopulationError(ValueError):
    """A population that cannot be played: one line that names the file, the field, the problem and the remedy."""


def _sum_to_one(shares: Mapping[str, float]) -> Mapping[str, float]:
    total = math.fsum(shares.values())
    if not math.isclose(total, 1, abs_tol=1e-9):
        raise ValueError(f"the shares sum to {total:.4g}; change them so that they sum to 1")
    return shares


RETURNS: Mapping[Return, float] = {"at_once": 0.15, "soon": 0.75, "late": 0.1}
"""What holds for a file without the table."""
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=True)]
Seconds = Annotated[float, Field(ge=0, le=600, allow_inf_nan=False, strict=True)]
Step = Annotated[int, Field(ge=1, le=STEPS)]
_whole = AfterValidator(_sum_to_one)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Habits(_Table):
    """What some customers do, each with a probability of its own."""

    double_click: Share
    lost_redirect: Share
    retry_after_failure: Share
    tab_left_open: Share
    mistyped_password: Share = 0.1


class Pauses(_Table):
    """How long customers look at a page, in seconds: evenly spread from the shortest to the longest."""

    shortest: Seconds
    longest: Seconds

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.shortest > self.longest:
            raise ValueError("shortest is above longest; exchange the two")
        return self


class DropOuts(_Table):
    """Where customers leave for good. `steps` counts instead of `each_step` where it names a step."""

    before_payment: Share
    after_payment: Share
    each_step: Share
    steps: dict[Step, Share] = Field(default_factory=dict)

    def at(self, step: int) -> float:
        """The probability of leaving before answering `step`."""
        return self.steps.get(step, self.each_step)


class Population(_Table):
    """Every mix of a population file; `docs/load.md` explains them."""

    plans: Annotated[dict[Plan, Share], _whole]
    cycles: Annotated[dict[Cycle, Share], _whole]
    payment: Annotated[dict[Ending, Share], _whole]
    failures: Annotated[dict[FailureCode, Share], _whole]
    webhook: Annotated[dict[DeliveryMode, Share], _whole]
    returns: Annotated[dict[Return, Share], _whole] = Field(default_factory=lambda: dict(RETURNS))
    habits: Habits
    pauses: Pauses
    drop_outs: DropOuts


def read(path: Path = DEFAULT) -> Population:
    """The population that the file at `path` describes. Raises PopulationError."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PopulationError(f"{path}: cannot be read ({error.strerror}); name a readable TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PopulationError(f"{path}: is not TOML ({error}); correct the file") from error
    try:
        return Population.model_validate(content)
    except ValidationError as error:
        raise PopulationError(f"{path}: {_sentence(error.errors()[0])}") from error


def _sentence(error: ErrorDetails) -> str:
    """One mistake as: the field, the problem; the remedy."""
    field = ".".join(str(part) for part in error["loc"] if part != "[key]")
    match error["type"]:
        case "missing":
            return f"{field}: is missing; add it (load/population.toml shows a value)"
        case "extra_forbidden":
            return f"{field}: is not known; remove it (load/population.toml holds every known name)"
        case "literal_error":
            return f"{field}: is not known; use one of {error['ctx']['expected']}"
        case "value_error":
            return f"{field}: {error['ctx']['error']}"
        case _:
            return f"{field}: {error['msg'].lower()}, not {error['input']!r}; change the value"
