"""A generating process: what it hears is kept before whatever it led to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from drivers.transport import Request, Response
from load.coordination.plan import Plan
from load.customers.canaries import canary
from load.customers.generator import Generator
from load.customers.visit import Visit
from load.population.intent import draw
from load.population.population import DEFAULT, read
from load.population.shapes import Shape
from stack.system import System

HERE = "http://127.0.0.1:9"
ME = Request("GET", f"{HERE}/me", name="me")


class Kept:
    """Remembers what was kept, in order."""

    def __init__(self) -> None:
        self.records: list[tuple[str, Mapping[str, Any]]] = []

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.records]

    def write(self, kind: str, record: Mapping[str, Any]) -> None:
        self.records.append((kind, record))

    def write_all(self, kind: str, records: Iterable[Mapping[str, Any]]) -> None:
        self.records += [(kind, record) for record in records]


@pytest.fixture
def kept() -> Kept:
    """Nothing yet."""
    return Kept()


@pytest.fixture
def visit(tmp_path: Path, kept: Kept) -> Visit:
    """The first customer of a generator that nobody has started."""
    generator = Generator(Plan(System("here", HERE), tmp_path, tmp_path, DEFAULT, 1, 1, Shape()), kept)
    return Visit(generator, draw(read(DEFAULT), 1, 0), warming_up=False)


def _answer(body: bytes = b"{}") -> Response:
    return Response(200, {"x-request-id": "r1"}, body, 0.5)


def test_requests__kept_before_what_they_led_to(visit: Visit, kept: Kept) -> None:
    """Whoever is killed after it claimed an end has left every request that led there."""
    visit.note(ME, _answer(), 1.0, 0.5)
    visit.note(ME, None, 1.0, 0.5, "ConnectionRefusedError()")
    before = kept.kinds
    visit.claims.open("auth.login")

    assert (before, kept.kinds) == ([], ["operations", "operations", "claims"])


def test_request__as_it_is_kept(visit: Visit, kept: Kept) -> None:
    """An answer has its name, time, status and id, and nobody's mark; silence has an error, and no answer."""
    visit.note(ME, _answer(), 1_800_000_000.0625, 0.1234567)
    visit.note(Request("POST", "http://gateway.example/pay", name="pay"), None, 0.0, 1.0, "password=hush")
    visit.record("visits", {})
    (_, answered), (_, silent), _ = kept.records

    assert answered == {
        "name": "me",
        "started_at": "2027-01-15T08:00:00.062+00:00",
        "duration_s": 0.123457,
        "status": 200,
        "request_id": "r1",
        "user": "customer-0",
        "foreign": None,
        "own": False,
    }
    assert (silent["status"], silent["error"], "foreign" in silent) == (0, "password=***", False)
    assert visit.request_ids == ["r1"]


def test_leak__kept_at_once(visit: Visit, kept: Kept) -> None:
    """Another customer's mark in an answer is evidence that no kill may take."""
    theirs = canary("r", 1, 5)
    visit.note(ME, _answer(f'{{"name": "{visit.canary} and {theirs}"}}'.encode()), 1.0, 0.5)

    assert [record["foreign"] for _, record in kept.records] == [theirs]
