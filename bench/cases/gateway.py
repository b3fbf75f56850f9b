"""The PhonePe mock by itself: ready, paid, asked, and telling; `python -m bench.phonepe` has more of it."""

from __future__ import annotations

import asyncio

from bench.case import Case
from bench.phonepe import measure, running_gateway

ORDERS = 2_000


def _ready() -> float:
    with running_gateway() as gateway:
        return gateway.ready_s


def _thousand(name: str) -> float:
    with running_gateway() as gateway:
        return 1_000 / asyncio.run(measure(gateway, ORDERS))[name]


CASES = (
    Case("gateway ready", _ready, promise_s=0.5, rounds=5),
    Case("gateway, 1,000 payments", lambda: _thousand("pay_a_second")),
    Case("gateway, 1,000 statuses", lambda: _thousand("status_a_second")),
    Case("gateway, 1,000 signed webhooks", lambda: _thousand("webhooks_a_second"), promise_s=1 / 3),
)
