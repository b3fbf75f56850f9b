"""How long a stranger takes from the landing page to a manifest, over either driver, stack included."""

from __future__ import annotations

import sys

from bench.case import Case, run

JOURNEYS = "tests/journeys"


def _journey(via: str) -> float:
    return run((sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:randomly", "--via", via, JOURNEYS))


CASES = (
    Case("HTTP journey, as a command", lambda: _journey("http")),
    Case("browser journey, as a command", lambda: _journey("browser"), promise_s=20.0),
)
