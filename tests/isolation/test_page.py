"""The matrix as a page: every cell of the output is in it, and it can be read by anybody, anywhere."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from isolation.model.actors import ActorKind
from isolation.model.cell import Cell, Deed, Finding, Key, Status, Verdict
from isolation.report.document import Report
from isolation.report.page import grids, page

NOTES = "public.notes"
CELLS = [
    Cell(Key(NOTES, "B", "SELECT"), ActorKind.NEIGHBOUR, Deed.READS, Status.BLOCKED),
    Cell(Key(NOTES, "B forging header x=1", "SELECT"), ActorKind.FORGER, Deed.READS, Status.LEAKED),
    Cell(Key(NOTES, "B", "DELETE without WHERE"), ActorKind.NEIGHBOUR, Deed.REMOVES, Status.UNPROVEN, "no control"),
    Cell(Key(NOTES, "anon", "UPDATE RETURNING"), ActorKind.ANONYMOUS, Deed.CHANGES, Status.BLOCKED),
    Cell(Key(NOTES, "A", "ACCESS"), ActorKind.OWNER, Deed.REACHES, Status.REACHED),
    Cell(Key("public.peek(uuid)", "S", "CALL"), ActorKind.STRANGER, Deed.CALLS, Status.BLOCKED),
    Cell(Key("orders", "B", "LISTEN"), ActorKind.NEIGHBOUR, Deed.READS, Status.BLOCKED),
    Cell(Key("admin", "N", "SET ROLE"), ActorKind.NEWCOMER, Deed.OPENS, Status.BLOCKED),
]
RELATIONS = frozenset((NOTES,))
HOLE = Finding("read", "B", NOTES, "SELECT", "<b>canary</b>", "select '<script>'", "bind it")
REPORT = Report(
    verdict=Verdict.LEAKING,
    cells=CELLS,
    findings=[HOLE],
    unproven=[{"relation": NOTES, "operation": "DELETE", "why": "no control"}],
    controls_fired=7,
    channels=["SELECT"],
    intent={},
    relations=RELATIONS,
    duration_s=1.0,
)


def test_grids__no_cell_is_lost() -> None:
    """Each cell lies in exactly one square, and the worst of a square is what it shows."""
    drawn = grids(CELLS, RELATIONS)

    counted = sum(square.counts.total() for grid in drawn for _, row in grid.rows for square in row if square)
    notes = next(row for grid in drawn for name, row in grid.rows if name == NOTES)
    assert counted == len(CELLS)
    assert [square.style for square in notes if square] == ["leaked", "unproven", "blocked", "blocked"]
    assert [name for name, _ in drawn[0].rows] == [NOTES]


def test_page__safe_and_whole() -> None:
    """It runs no script, fetches nothing, shows what was found as text, and says each square in words."""
    html = page(REPORT)

    assert "<script" not in html
    assert re.findall(r"(?:src|href)=|url\(|@import", html) == []
    assert "&lt;b&gt;canary&lt;/b&gt;" in html
    assert "1 leaked, 1 blocked" in html
    assert "no control" in html


@pytest.mark.parametrize("verdict", Verdict)
def test_page__every_verdict(verdict: Verdict) -> None:
    """Whatever the verdict, the page opens with it."""
    assert f"<h1><strong>{verdict}</strong>" in page(replace(REPORT, verdict=verdict))
