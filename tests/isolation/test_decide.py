"""A cell is decided in one place, by what was seen and by what its control did; the log counts what was decided."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import fields

import pytest

from isolation import probes
from isolation.attempts.cell_log import CellLog
from isolation.attempts.decide import decide
from isolation.model.actors import USERS, Actor, ActorKind
from isolation.model.cell import Control, Deed, Evidence, Operation, Status, Verdict
from isolation.model.sql import flat
from isolation.probes.base import Probe
from isolation.probes.registry import PROBES, channels

B = Actor("B", "authenticated", USERS["B"], (), kind=ActorKind.NEIGHBOUR)
SELECT = Operation("SELECT", Deed.READS)
SILENT = Control(False, "nothing was there to be seen")


def _evidence(effect: str, control: Control, *, own: bool = False) -> Evidence:
    return Evidence(B, "public.notes", SELECT, effect, control, ("select 1",), kind="read", own=own)


@pytest.mark.parametrize(
    ("effect", "control", "own", "status"),
    [
        ("a canary came back", Control(True), False, Status.LEAKED),
        ("a canary came back", SILENT, False, Status.LEAKED),
        ("", Control(True), False, Status.BLOCKED),
        ("", SILENT, False, Status.UNPROVEN),
        ("A reads nothing", Control(True), True, Status.LOCKED_OUT),
        ("", Control(True), True, Status.REACHED),
        ("", SILENT, True, Status.UNPROVEN),
    ],
)
def test_decide(effect: str, control: Control, own: bool, status: Status) -> None:
    """No cell is blocked unless its control fired, and no tenant's way to its own is called blocked."""
    cell = decide(_evidence(effect, control, own=own))

    assert (cell.status, cell.why) == (status, SILENT.why if status is Status.UNPROVEN else "")


def test_evidence__no_control_by_default() -> None:
    """No cell can be made without saying what its control did."""
    required = {f.name for f in fields(Evidence) if f.default is f.default_factory}

    assert "control" in required


def test_log__controls_are_counted_from_cells() -> None:
    """What is counted as fired is never less than what is blocked, and one control that fired is enough for a cell."""
    log = CellLog()
    for evidence in (_evidence("", SILENT), _evidence("", Control(True))):
        log.add(evidence)

    assert (log.count(), log.controls_fired, log.verdict()) == ({Status.BLOCKED: 1}, 1, Verdict.ISOLATED)


def test_log__a_leak_stays() -> None:
    """A cell that leaked once stays leaked, and is one finding whose witness can be pasted."""
    log = CellLog()
    for evidence in (_evidence("a canary came back", SILENT), _evidence("", Control(True)), _evidence("again", SILENT)):
        log.add(evidence)

    assert (log.count(), log.verdict()) == ({Status.LEAKED: 1}, Verdict.LEAKING)
    assert [f.seen for f in log.findings] == ["a canary came back"]
    assert log.findings[0].witness.startswith("begin;")
    assert log.findings[0].witness.endswith("rollback;")


def test_registry__every_probe_is_run() -> None:
    """Each module that holds a probe is in the registry, once, and what it tries is in the list of channels."""
    modules = [importlib.import_module(f"{probes.__name__}.{m.name}") for m in pkgutil.iter_modules(probes.__path__)]
    held = [m.PROBE for m in modules if isinstance(getattr(m, "PROBE", None), Probe)]

    assert sorted(held, key=id) == sorted(PROBES, key=id)
    assert all(p.channels for p in PROBES)
    assert len(channels()) == len(set(channels()))


def test_flat__numbers_as_written() -> None:
    """A row as texts keeps every number as the database wrote it, also inside of documents."""
    body = '{"a": 1.10, "b": 1e20, "c": null, "d": "x\\"y", "e": {"q": 1.50, "r": [1, 2]}, "f": true}'

    assert flat(body) == {"a": "1.10", "b": "1e20", "c": None, "d": 'x"y', "e": '{"q": 1.50, "r": [1, 2]}', "f": "true"}
