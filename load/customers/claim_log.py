"""The claim log: where one customer announces its trials, and says how each of them ended."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from load.trials.claims import Claim, Phase


class ClaimLog:
    """One customer's claims, handed to `write` as they are made.

    A customer of the warm-up, in which the system is driven to its limit, makes no trials.
    """

    def __init__(
        self, customer: str, write: Callable[[Mapping[str, Any]], None], *, worker: int = 0, warming_up: bool = False
    ) -> None:
        """Begin with an empty log at the generator with the index `worker`; `warming_up`: write nothing."""
        self.customer = customer
        self.worker = worker
        self._write: Callable[[Mapping[str, Any]], None] = (lambda _record: None) if warming_up else write
        self._numbers: dict[str, itertools.count[int]] = {}

    def open(self, metric: str) -> Claim:
        """Announce a trial; its name is unique in the run."""
        number = next(self._numbers.setdefault(metric, itertools.count(1)))
        now, name = time.monotonic(), f"{metric}:{self.customer}:{number}"
        claim = Claim(metric, name, self.customer, self.worker, "opened", now, now)
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
        ended_at, ids = time.monotonic(), request_ids or []
        ended = replace(claim, phase=phase, ended_at=ended_at, why=why, request_ids=ids, facts=facts)
        self._write(asdict(ended))
