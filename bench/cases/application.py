"""RaptorFlow under eight clients on this machine; `python -m bench.application` has percentiles, ratios and memory."""

from __future__ import annotations

from collections.abc import Callable

from bench.application import CLIENTS, Make, Shop, shop
from bench.case import Case

TURNS = 50


def _thousand(make: Callable[[Shop], Make]) -> Callable[[], float]:
    def sample() -> float:
        with shop() as opened:
            opened.measure("warm-up", make(opened), 10)
            return 1_000 / opened.measure("measured", make(opened), TURNS).a_second

    return sample


def _processor() -> float:
    """Processor seconds of the application for a thousand step saves."""
    with shop() as opened:
        opened.measure("warm-up", opened.save, TURNS)
        return opened.measure("measured", opened.save, 1_000 // CLIENTS).cpu_ms


CASES = (
    Case("application, 1,000 logins", _thousand(lambda opened: opened.login)),
    Case("application, 1,000 step saves", _thousand(lambda opened: opened.save)),
    Case("application, 1,000 payments", _thousand(lambda opened: opened.pay)),
    Case("application, 1,000 BCM reads", _thousand(lambda opened: opened.read)),
    Case("application, its processor for 1,000 step saves", _processor, promise_s=2.0),
)
