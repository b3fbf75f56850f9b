"""Claims: what a simulated customer began, and what it saw of the end. The judge asks the other sides.

Generators write them and the judge reads them, so that nothing but the customer's own requests runs beside the clock.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
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


class Stand:
    """Where one customer's trials are opened and ended. `write` keeps a record.

    A customer of the warm-up, in which the system is driven to its limit, makes no trials.
    """

    def __init__(self, customer: str, write: Callable[[Mapping[str, Any]], None], *, warming_up: bool = False) -> None:
        self.customer = customer
        self._write: Callable[[Mapping[str, Any]], None] = (lambda _record: None) if warming_up else write
        self._numbers: dict[str, itertools.count[int]] = {}

    def open(self, metric: str) -> Claim:
        """Announce a trial; its name is unique in the run."""
        number = next(self._numbers.setdefault(metric, itertools.count(1)))
        now = time.time()
        claim = Claim(metric, f"{metric}:{self.customer}:{number}", self.customer, "opened", now, now)
        self._write(asdict(claim))
        return claim

    def end(
        self,
        claim: Claim,
        phase: Phase,
        why: str | None = None,
        request_ids: list[str] | None = None,
        **facts: Any,
    ) -> None:
        """Say how it ended."""
        self._write(
            asdict(claim)
            | {"phase": phase, "ended_at": time.time(), "why": why, "request_ids": request_ids or [], "facts": facts}
        )
