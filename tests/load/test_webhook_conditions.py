"""The gateway's weather: what befalls the messages about one payment befalls no other."""

from __future__ import annotations

from typing import Any

import pytest

from load.population.population import Passage
from load.population.webhook_conditions import RETRIES_S, SETTLES_AFTER_S, Weather


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
def weather(gateway: Gateway) -> Weather:
    """Its weather."""
    return Weather(gateway, "M1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("passage", "says"),
    [
        ("lost", {"mode": "lost"}),
        ("late", {"mode": "late", "delay_s": 3.0}),
        ("duplicate", {"mode": "duplicate", "copies": 2}),
    ],
)
def test_astray__one_order_alone(weather: Weather, gateway: Gateway, passage: Passage, says: dict[str, Any]) -> None:
    """A message goes astray by its order's own setting, with the retries that all have."""
    weather.over("O1", passage)

    assert gateway.told == [("M1/O1", {**says, "retries": list(RETRIES_S)})]


def test_prompt__needs_no_word(weather: Weather, gateway: Gateway) -> None:
    """Most payers cost the gateway no call."""
    weather.over("O1", "prompt")

    assert gateway.told == []


def test_calm__is_the_merchants(weather: Weather, gateway: Gateway) -> None:
    """Before anybody comes, messages are prompt, and what a payer leaves pending will end."""
    weather.settle()
    (merchant, behaviour), *others = gateway.told

    assert (merchant, others) == ("M1", [])
    assert behaviour["settle_pending_after_s"] == SETTLES_AFTER_S
    assert behaviour["webhook"] == {"mode": "normal", "retries": list(RETRIES_S)}
