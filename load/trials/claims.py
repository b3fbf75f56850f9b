"""Claims: what a simulated customer began, and what it saw of the end. The judge asks the other sides.

Generators write them and the judge reads them, so that nothing but the customer's own requests runs beside the clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Phase = Literal["opened", "right", "wrong", "late", "dropped"]
KIND = "claims"


@dataclass(frozen=True, slots=True)
class Claim:
    """One customer's word about one trial.

    `phase` opened announces it, so that a killed process leaves a trace. The others end it: what the customer saw was
    right, was wrong, came too late (seconds allowed are in `why`), or the customer changed its mind (dropped).
    `facts` is what the other sides are asked about. Times are seconds since the epoch.
    """

    metric: str
    trial: str
    customer: str
    phase: Phase
    began_at: float
    ended_at: float
    why: str | None = None
    request_ids: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
