"""What the gateway does to the message about one payment, while nobody else is paying.

The gateway's behaviour is a merchant's, not an order's. Payers share the calm; one whose message is to be lost,
doubled or delayed waits until it has the gateway to itself. A file lock serves greenlets and processes alike.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from load.plan import Plan
from load.population import Passage
from mocks.phonepe.client import AdminClient

LATE_S = 3.0
SETTLES_AFTER_S = 2.0
RETRIES_S = (0.5, 1.0, 2.0)
_AGAIN_S = 0.005

_MODES: Mapping[Passage, Mapping[str, Any]] = {
    "prompt": {"mode": "normal"},
    "duplicate": {"mode": "duplicate", "copies": 2},
    "late": {"mode": "late", "delay_s": LATE_S},
    "lost": {"mode": "lost"},
}


def at(plan: Plan) -> Weather | None:
    """The weather at a plan's gateway; None where the gateway takes no orders from the harness."""
    system = plan.system
    if not (system.gateway_admin_url and system.merchant_id):
        return None
    return Weather(AdminClient(system.gateway_admin_url), system.merchant_id, plan.calm)


@dataclass(frozen=True, slots=True)
class Weather:
    """Sets one merchant's behaviour around each payment. `lock` is a file that every process of the run shares."""

    gateway: AdminClient
    merchant_id: str
    lock: Path

    def settle(self) -> None:
        """Back to the calm: messages are prompt, and what the payer left pending is completed after a while."""
        self._set("prompt")

    @contextmanager
    def around(self, passage: Passage) -> Iterator[None]:
        """While this lasts, messages travel as `passage` says, for this payer alone."""
        alone = passage != "prompt"
        with self._held(fcntl.LOCK_EX if alone else fcntl.LOCK_SH):
            if not alone:
                yield
                return
            self._set(passage)
            try:
                yield
            finally:
                self._set("prompt")

    def _set(self, passage: Passage) -> None:
        self.gateway.set_behaviour(
            self.merchant_id,
            settle_pending_after_s=SETTLES_AFTER_S,
            webhook={**_MODES[passage], "retries": list(RETRIES_S)},
        )

    @contextmanager
    def _held(self, kind: int) -> Iterator[None]:
        with self.lock.open("a") as file:
            while True:
                try:
                    fcntl.flock(file, kind | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    time.sleep(_AGAIN_S)
            yield
