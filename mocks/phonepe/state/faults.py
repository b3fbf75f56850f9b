"""What goes wrong on command: which fault fits a request, how long it waits, and what it answers."""

from __future__ import annotations

import asyncio
import json
import math
import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from ..wire.fields import value_at
from ..wire.messages import answer, reply
from ..wire.tampering import tampered
from .behaviour import Fault, LatencyRange, LatencyTail

Z_OF_P99: Final = 2.326
"""How many standard deviations above its median a normal distribution's 99th percentile lies."""


class Faults:
    """A merchant's faults, and how often each may still happen. Equal seeds give equal chances and latencies."""

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        self._faults = faults
        self._random = random.Random(seed)  # noqa: S311 - it decides about faults, not secrets
        self._left = {place: fault.count for place, fault in enumerate(faults) if fault.count is not None}

    def __bool__(self) -> bool:
        return bool(self._faults)

    def fitting(self, route: str, known: Mapping[str, Any]) -> Fault | None:
        """The first fault that fits a request of which `known` is known, counted as used."""
        for place, fault in enumerate(self._faults):
            if fault.route not in ("*", route) or self._left.get(place, 1) <= 0:
                continue
            if any(value_at(known, path) != value for path, value in fault.matching.items()):
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            if place in self._left:
                self._left[place] -= 1
            return fault
        return None

    async def wait(self, fault: Fault) -> None:
        """Let a fault's latency pass, which is real time."""
        seconds = drawn(fault.latency_s, self._random)
        if seconds > 0:
            await asyncio.sleep(seconds)


def drawn(latency: float | LatencyRange | LatencyTail, chance: random.Random) -> float:
    """Seconds of a latency's distribution."""
    match latency:
        case LatencyRange():
            return chance.uniform(latency.min_s, latency.max_s)
        case LatencyTail():
            spread = math.log(latency.p99_s / latency.median_s) / Z_OF_P99
            return latency.median_s * math.exp(chance.gauss(0, spread))
        case _:
            return latency


def dictated(fault: Fault) -> Response | None:
    """The answer that a fault dictates with a body of its own: text as it is, anything else as JSON."""
    if fault.status is None or not speaks_for_itself(fault):
        return None
    if fault.body is None or isinstance(fault.body, str):
        text = fault.body or ""
        kind = "text/html" if text.lstrip().startswith("<") else "text/plain"
        return answer(fault.status, text.encode(errors="replace"), fault.content_type or f"{kind}; charset=utf-8")
    return answer(fault.status, json.dumps(fault.body).encode(), fault.content_type or "application/json")


def speaks_for_itself(fault: Fault) -> bool:
    """Whether a fault says what the body is; otherwise its status comes with PhonePe's own error body."""
    return fault.body is not None or fault.content_type is not None or "body" in fault.model_fields_set


def altered(fault: Fault, true: Response) -> Response:
    """The answer with the fault's changes to its JSON."""
    if not fault.tamper or not true.headers["content-type"].startswith("application/json") or not true.body:
        return true
    return reply(tampered(json.loads(bytes(true.body)), fault.tamper), true.status_code)
