"""The gateway's weather: a payer whose message is to go astray has the gateway alone, and leaves it calm."""

from __future__ import annotations

from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import pytest

from load.population import Passage
from load.weather import Weather

LIMIT_S = 10.0


class Gateway:
    """Remembers the webhook behaviour that it was told to have."""

    def __init__(self) -> None:
        self.modes: list[str] = []

    def set_behaviour(self, _merchant_id: str, **behaviour: Any) -> None:
        self.modes.append(behaviour["webhook"]["mode"])


@pytest.fixture
def gateway() -> Gateway:
    """A gateway that was told nothing yet."""
    return Gateway()


@pytest.fixture
def weather(tmp_path: Path, gateway: Gateway) -> Weather:
    """Its weather."""
    return Weather(gateway, "M1", tmp_path / "calm")  # type: ignore[arg-type]


@pytest.mark.parametrize(("passage", "mode"), [("lost", "lost"), ("late", "late"), ("duplicate", "duplicate")])
def test_astray__then_calm(weather: Weather, gateway: Gateway, passage: Passage, mode: str) -> None:
    """The gateway misbehaves while the payer submits, and not after, even when the payer fails."""
    with pytest.raises(ConnectionError), weather.around(passage):
        raise ConnectionError

    assert gateway.modes == [mode, "normal"]


def test_prompt__shared(weather: Weather, gateway: Gateway) -> None:
    """Payers with prompt messages do not wait for each other."""
    together = Barrier(2, timeout=LIMIT_S)

    def pay() -> None:
        with weather.around("prompt"):
            together.wait()

    payers = [Thread(target=pay) for _ in range(2)]
    for payer in payers:
        payer.start()
    for payer in payers:
        payer.join(LIMIT_S)

    assert not together.broken
    assert gateway.modes == []


def test_astray__alone(weather: Weather, gateway: Gateway) -> None:
    """A lost message waits until those who pay in the calm are done."""
    seen_during, done = [], Event()

    def lose() -> None:
        with weather.around("lost"):
            done.set()

    loser = Thread(target=lose)
    with weather.around("prompt"):
        loser.start()
        seen_during = list(gateway.modes)
    loser.join(LIMIT_S)

    assert seen_during == []
    assert done.is_set()
    assert gateway.modes == ["lost", "normal"]
