"""What the gateway does to the messages about one payment: each payer has weather of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from load.coordination.plan import Plan
from load.population.population import Passage
from mocks.phonepe.client import AdminClient

LATE_S = 3.0
SETTLES_AFTER_S = 2.0
RETRIES_S = (0.5, 1.0, 2.0)

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
    return Weather(AdminClient(system.gateway_admin_url), system.merchant_id)


@dataclass(frozen=True, slots=True)
class Weather:
    """Says how one merchant's messages travel."""

    gateway: AdminClient
    merchant_id: str

    def settle(self) -> None:
        """The calm: messages are prompt, and what the payer left pending is completed after a while."""
        self.gateway.set_behaviour(
            self.merchant_id, settle_pending_after_s=SETTLES_AFTER_S, webhook=_travelling("prompt")
        )

    def over(self, order: str, passage: Passage) -> None:
        """From now on, the messages about an order travel as `passage` says, and nobody else's do."""
        if passage != "prompt":
            self.gateway.set_order_webhook(self.merchant_id, order, **_travelling(passage))


def _travelling(passage: Passage) -> dict[str, Any]:
    return {**_MODES[passage], "retries": list(RETRIES_S)}
