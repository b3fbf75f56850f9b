"""What a load run leaves for the scorecard: `load.json`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[Any]
MOMENTS = 120
MOST_SATURATED = 0.05
"""With a larger share of saturated seconds, the generator is called saturated."""
STAGES = (
    "arrived",
    "signed up",
    "logged in",
    "paid",
    "started",
    "completed",
    "holds a manifest",
    "read the context",
)
"""The stations of a customer's way, in order: the funnel."""


def latency(operations: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Per endpoint: how many requests, how many errors (5xx or no answer), and p50, p95, p99 in milliseconds."""
    taken: dict[str, list[float]] = defaultdict(list)
    errors: Counter[str] = Counter()
    for operation in operations:
        taken[operation["name"]].append(operation["duration_s"] * 1000)
        errors[operation["name"]] += _is_error(operation)
    return {name: _percentiles(samples) | {"errors": errors[name]} for name, samples in sorted(taken.items())}


def _percentiles(samples: list[float]) -> dict[str, float]:
    p50, p95, p99 = np.percentile(samples, (50, 95, 99))
    return {"requests": len(samples), "p50_ms": round(p50, 2), "p95_ms": round(p95, 2), "p99_ms": round(p99, 2)}


def timeline(operations: Sequence[Mapping[str, Any]]) -> list[dict[str, float]]:
    """The run in at most `MOMENTS` equal moments: `at_s` since its first request, `requests` and `errors` a second,
    and p50 and p95 in milliseconds."""
    if not operations:
        return []
    began = np.array([datetime.fromisoformat(operation["started_at"]).timestamp() for operation in operations])
    began -= began.min()
    taken = np.array([operation["duration_s"] * 1000 for operation in operations])
    wrong = np.array([_is_error(operation) for operation in operations])
    width = max(1.0, np.ceil((began.max() + 1e-9) / MOMENTS))
    moments = (began // width).astype(int)
    return [_moment(at * width, width, taken[moments == at], wrong[moments == at]) for at in range(moments.max() + 1)]


def _moment(at_s: float, width_s: float, taken: Samples, wrong: Samples) -> dict[str, float]:
    p50, p95 = np.percentile(taken, (50, 95)) if taken.size else (0.0, 0.0)
    rates = {"requests": round(taken.size / width_s, 2), "errors": round(float(wrong.sum()) / width_s, 2)}
    return {"at_s": float(at_s), **rates, "p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}


def _is_error(operation: Mapping[str, Any]) -> bool:
    """No answer, or one that owns up to a fault."""
    return bool(operation["status"] == 0 or operation["status"] >= 500)


def funnel(visits: Iterable[Mapping[str, Any]]) -> list[dict[str, object]]:
    """How many customers came to each station, and why those who went no further left there."""
    reached: Counter[str] = Counter()
    left: dict[str, Counter[str]] = defaultdict(Counter)
    for visit in visits:
        last = STAGES.index(visit["reached"])
        reached.update(STAGES[: last + 1])
        if visit["left"]:
            left[visit["reached"]][visit["left"]] += 1
    return [{"stage": stage, "customers": reached[stage], "left": dict(left[stage])} for stage in STAGES]
