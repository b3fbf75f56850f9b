"""The PhonePe mock by itself, and beside localstripe and mountebank; `python -m bench.phonepe --peers` says more."""

from __future__ import annotations

import asyncio
from functools import partial

from bench.case import Case
from bench.peers import localstripe, mountebank
from bench.phonepe import CUSTOMERS, STUB, localstripe_figures, measure, mountebank_figures, running_gateway

ORDERS = 2_000


def _ready() -> float:
    with running_gateway() as gateway:
        return gateway.ready_s


def _gateway(name: str, *, state: bool = False) -> float:
    """Return the seconds for a thousand."""
    with running_gateway(state=state) as gateway:
        return 1_000 / asyncio.run(measure(gateway, ORDERS))[name]


def _localstripe(name: str) -> float:
    with localstripe() as port:
        return 1_000 / asyncio.run(localstripe_figures(port, CUSTOMERS))[name]


def _mountebank(name: str) -> float:
    with mountebank(STUB) as port:
        return 1_000 / asyncio.run(mountebank_figures(port))[name]


CASES = (
    Case("gateway ready", _ready, promise_s=0.5, rounds=5),
    Case(
        "gateway beside localstripe, 1,000 payments",
        partial(_gateway, "pay_a_second"),
        peer=partial(_localstripe, "localstripe_writes_a_second"),
    ),
    Case(
        "gateway beside localstripe, 1,000 statuses",
        partial(_gateway, "status_a_second"),
        peer=partial(_localstripe, "localstripe_reads_a_second"),
    ),
    Case(
        "gateway beside mountebank, 1,000 statuses",
        partial(_gateway, "status_a_second"),
        peer=partial(_mountebank, "mountebank_reads_a_second"),
    ),
    Case(
        "gateway with a state file beside one without, 1,000 payments",
        partial(_gateway, "pay_a_second", state=True),
        peer=partial(_gateway, "pay_a_second"),
    ),
    Case("gateway, 1,000 signed webhooks", partial(_gateway, "webhooks_a_second"), promise_s=1 / 3),
)
