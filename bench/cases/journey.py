"""How long a stranger takes from registering to a manifest, over either driver; the stack is up before."""

from __future__ import annotations

import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.case import Case, UnmeasurableError, run
from drivers.httpx_transport import HttpxTransport
from fixtures.customers import Customers
from stack.embedded import Stack

JOURNEY = "tests/journeys/test_paid_signup.py"


def _journey(via: str) -> float:
    """Return the seconds of the test's own call, as pytest measured them."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        told = (f"--junitxml={report}", "-o", "junit_duration_report=call")
        run((sys.executable, "-m", "pytest", "-q", "-n0", "--via", via, JOURNEY, *told))
        calls = [float(case.attrib["time"]) for case in ElementTree.parse(report).iter("testcase")]  # noqa: S314
    if not calls:
        raise UnmeasurableError(f"{JOURNEY} holds no test for --via {via}")
    return max(calls)


def _at_step_17() -> float:
    """Return the seconds in which `a_customer_at_step(17)` walks there, over HTTP, in a RaptorFlow that is warm."""
    with Stack.start() as stack, stack.slice("bench") as own, HttpxTransport() as transport:
        customers = Customers(own.system, transport, "bench")
        customers.a_customer_at_step(2)
        began = time.perf_counter()
        customers.a_customer_at_step(17)
        return time.perf_counter() - began


CASES = (
    Case("a_customer_at_step(17)", _at_step_17, promise_s=0.5),
    Case("HTTP journey", lambda: _journey("http"), promise_s=2.0),
    Case("browser journey", lambda: _journey("browser"), promise_s=20.0),
)
