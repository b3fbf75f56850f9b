"""What customers may be told while something is broken."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.transport import Request, Response
from stack.slice import Slice
from tests.support.problems import refused

LONGEST_S = 10.0
"""Nobody waits longer, whatever is broken."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, and how long it took."""

    answer: Response
    seconds: float


def timed(customer: HttpCustomer, method: str, route: str, body: Any = None, **more: Any) -> Told:
    """Makes a call."""
    began = time.monotonic()
    answer = customer.call(method, route, body, **more)
    return Told(answer, time.monotonic() - began)


def put_off(told: Told | Response, code: str) -> dict[str, Any]:
    """The problem document of an answer that says: not now, come again. It names when."""
    answer = told.answer if isinstance(told, Told) else told
    document = refused(answer, 503, code)
    assert int(answer.headers["retry-after"]) >= 1
    assert document["request_id"] == answer.headers["x-request-id"]
    assert not isinstance(told, Told) or told.seconds < LONGEST_S
    return document


def readiness(own: Slice, transport: HttpxTransport) -> Told:
    """How the application says it is."""
    began = time.monotonic()
    answer = transport.send(Request("GET", f"{own.system.base_url}/health/ready"))
    return Told(answer, time.monotonic() - began)


def down(told: Told) -> list[str]:
    """What readiness names; nothing when all is well."""
    if told.answer.status == 200:
        return []
    named: list[str] = put_off(told, "NOT_READY")["down"]
    return named


def metric(own: Slice, transport: HttpxTransport, name: str) -> float:
    """A number that the application tells."""
    text = transport.send(Request("GET", f"{own.system.base_url}/health/metrics")).text
    return float(next(line.split()[-1] for line in text.splitlines() if line.startswith(name)))
