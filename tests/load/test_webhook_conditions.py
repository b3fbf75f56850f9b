"""What is said about the webhooks of one payment is done to no other."""

from __future__ import annotations

from typing import Any

import pytest

from load.population.population import DeliveryMode
from load.population.webhook_conditions import RETRIES_S, SETTLES_AFTER_S, WebhookConditions


class Gateway:
    """Remembers what it was told, of the merchant and of single orders."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []

    def set_behaviour(self, merchant_id: str, **behaviour: Any) -> None:
        self.told.append((merchant_id, behaviour))

    def set_order_webhook(self, merchant_id: str, order: str, **webhook: Any) -> None:
        self.told.append((f"{merchant_id}/{order}", webhook))


@pytest.fixture
def gateway() -> Gateway:
    """A gateway that was told nothing yet."""
    return Gateway()


@pytest.fixture
def conditions(gateway: Gateway) -> WebhookConditions:
    """The conditions at this gateway."""
    return WebhookConditions(gateway, "M1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("delivery", "says"),
    [
        ("lost", {"mode": "lost"}),
        ("late", {"mode": "late", "delay_s": 3.0}),
        ("duplicate", {"mode": "duplicate", "copies": 2}),
    ],
)
def test_delivery__of_one_order_alone(
    conditions: WebhookConditions, gateway: Gateway, delivery: DeliveryMode, says: dict[str, Any]
) -> None:
    """A webhook is lost, late or doubled by its order's own setting, with the retries that all have."""
    conditions.set_delivery("O1", delivery)

    assert gateway.told == [("M1/O1", {**says, "retries": list(RETRIES_S)})]


def test_prompt__needs_no_word(conditions: WebhookConditions, gateway: Gateway) -> None:
    """Most payers cost the gateway no call."""
    conditions.set_delivery("O1", "prompt")

    assert gateway.told == []


def test_reset__is_the_merchants(conditions: WebhookConditions, gateway: Gateway) -> None:
    """Before anybody comes, webhooks are prompt, and what a payer leaves pending will end."""
    conditions.reset()
    (merchant, behaviour), *others = gateway.told

    assert (merchant, others) == ("M1", [])
    assert behaviour["settle_pending_after_s"] == SETTLES_AFTER_S
    assert behaviour["webhook"] == {"mode": "normal", "retries": list(RETRIES_S)}
