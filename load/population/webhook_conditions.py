"""How the gateway delivers the webhooks about one payment: each payer has conditions of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from load.population.population import DeliveryMode
from mocks.phonepe.client import AdminClient
from stack.system import System

LATE_S = 3.0
SETTLES_AFTER_S = 2.0
RETRIES_S = (0.5, 1.0, 2.0)

_MODES: Mapping[DeliveryMode, Mapping[str, Any]] = {
    "prompt": {"mode": "normal"},
    "duplicate": {"mode": "duplicate", "copies": 2},
    "late": {"mode": "late", "delay_s": LATE_S},
    "lost": {"mode": "lost"},
}


def of(system: System) -> WebhookConditions | None:
    """The conditions at a system's gateway; None where the gateway takes no orders from the harness."""
    if not (system.gateway_admin_url and system.merchant_id):
        return None
    return WebhookConditions(AdminClient(system.gateway_admin_url), system.merchant_id)


@dataclass(frozen=True, slots=True)
class WebhookConditions:
    """Tells the gateway how to deliver one merchant's webhooks."""

    gateway: AdminClient
    merchant_id: str

    def reset(self) -> None:
        """Deliver webhooks promptly, and complete what the payer left pending after a while."""
        self.gateway.set_behaviour(
            self.merchant_id, settle_pending_after_s=SETTLES_AFTER_S, webhook=_settings("prompt")
        )

    def close(self) -> None:
        """Close the connection that this thread has to the gateway; the next call opens another."""
        self.gateway.close()

    def set_delivery(self, order: str, delivery: DeliveryMode) -> None:
        """From now on, deliver the webhooks about this order so, and nobody else's."""
        if delivery != "prompt":
            self.gateway.set_order_webhook(self.merchant_id, order, **_settings(delivery))


def _settings(delivery: DeliveryMode) -> dict[str, Any]:
    return {**_MODES[delivery], "retries": list(RETRIES_S)}
