"""Thresholds in k6's grammar: what a run's requests must keep, for each endpoint; no data is a breach."""

from __future__ import annotations

import operator
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

DEFAULT = Path(__file__).parent.parent / "thresholds.toml"
ALL = "*"
SHOWN = 5
_CHECK = re.compile(
    r"\s*(avg|min|med|max|rate|count|p\((\d{1,2}(?:\.\d+)?)\))\s*(<=|>=|==|!=|<|>)\s*(\d+(?:\.\d+)?)\s*"
)
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_TIMES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "avg": lambda samples: float(np.mean(samples)),
    "min": min,
    "med": lambda samples: float(np.median(samples)),
    "max": max,
}
Operation = Mapping[str, Any]


class ThresholdsError(ValueError):
    """Thresholds that cannot be checked: one line that names the file, the entry, the problem and the remedy."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One limit. `check` is the text; `percentile` is set for p(N)."""

    endpoint: str
    check: str
    aggregate: str
    percentile: float | None
    holds: Callable[[float, float], bool]
    limit: float
    abort_on_fail: bool = False
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that was not kept: what was measured (None: no data), when, and the ids of the worst requests."""

    endpoint: str
    check: str
    measured: float | None
    after_s: float
    request_ids: tuple[str, ...]

    def __str__(self) -> str:
        seen = "no such request was made" if self.measured is None else f"measured {self.measured:.4g}"
        worst = f"; worst requests: {', '.join(self.request_ids)}" if self.request_ids else ""
        return f"threshold: {self.endpoint}: {self.check}: {seen} after {self.after_s:.0f} s{worst}"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    endpoint: Annotated[str, Field(min_length=1)]
    check: str
    abort_on_fail: bool = False
    delay_s: Annotated[float, Field(ge=0, le=86_400)] = 0.0


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    threshold: list[_Entry] = []


def read(path: Path = DEFAULT) -> list[Threshold]:
    """The thresholds of a file. Raises ThresholdsError."""
    try:
        entries = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).threshold
    except OSError as error:
        raise ThresholdsError(f"{path}: cannot be read ({error.strerror}); name a readable TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ThresholdsError(f"{path}: is not TOML ({error}); correct the file") from error
    except ValidationError as error:
        first = min(
            error.errors(), key=lambda each: each["type"] != "extra_forbidden"
        )  # a slip also lacks the right name
        field = ".".join(map(str, first["loc"]))
        raise ThresholdsError(f"{path}: {field}: {first['msg'].lower()}; correct the entry") from error
    return [_parse(path, number, entry) for number, entry in enumerate(entries)]


def _parse(path: Path, number: int, entry: _Entry) -> Threshold:
    match = _CHECK.fullmatch(entry.check)
    if match is None:
        raise ThresholdsError(
            f"{path}: threshold.{number}.check: {entry.check!r} is no check; write it like p(95)<300 or rate>0.98"
        )
    aggregate, percentile, sign, limit = match.groups()
    return Threshold(
        endpoint=entry.endpoint,
        check=entry.check,
        aggregate=aggregate,
        percentile=float(percentile) if percentile else None,
        holds=_OPERATORS[sign],
        limit=float(limit),
        abort_on_fail=entry.abort_on_fail,
        delay_s=entry.delay_s,
    )


def breaches(thresholds: Sequence[Threshold], operations: Sequence[Operation], after_s: float) -> list[Breach]:
    """Which limits the operations do not keep, `after_s` seconds into the run."""
    found = []
    for threshold in thresholds:
        mine = [one for one in operations if threshold.endpoint in (ALL, one["name"])]
        measured = measure(threshold, mine)
        if measured is None or not threshold.holds(measured, threshold.limit):
            found.append(Breach(threshold.endpoint, threshold.check, measured, after_s, _worst(threshold, mine)))
    return found


def measure(threshold: Threshold, operations: Sequence[Operation]) -> float | None:
    """The aggregate that a threshold limits; None without data."""
    if not operations:
        return None
    if threshold.aggregate == "count":
        return len(operations)
    if threshold.aggregate == "rate":
        return sum(map(_answered, operations)) / len(operations)
    times_ms = [operation["duration_s"] * 1000 for operation in operations]
    if threshold.percentile is not None:
        return float(np.percentile(times_ms, threshold.percentile))
    return _TIMES[threshold.aggregate](times_ms)


def _answered(operation: Operation) -> bool:
    return bool(0 < operation["status"] < 500)


def _worst(threshold: Threshold, operations: Sequence[Operation]) -> tuple[str, ...]:
    """The ids of the requests that weigh most: those that failed, or the slowest."""
    if threshold.aggregate == "rate":
        operations = [operation for operation in operations if not _answered(operation)]
    slowest = sorted(operations, key=lambda operation: operation["duration_s"], reverse=True)
    return tuple(operation["request_id"] for operation in slowest[:SHOWN] if operation["request_id"])
