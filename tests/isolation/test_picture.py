"""The matrix as a page: every cell of the output is in it, and it can be read by anybody, anywhere."""

from __future__ import annotations

import re
from typing import Any

import pytest

from isolation.report.page import grids, page

CELLS = [
    ("public.notes", "B", "SELECT", "blocked"),
    ("public.notes", "B forging header x=1", "SELECT", "leaked"),
    ("public.notes", "B", "DELETE without WHERE", "unproven"),
    ("public.notes", "anon", "UPDATE RETURNING", "blocked"),
    ("public.notes", "A", "ACCESS", "blocked"),
    ("public.peek(uuid)", "S", "CALL", "blocked"),
    ("orders", "B", "LISTEN", "blocked"),
    ("admin", "somebody unheard of", "SET ROLE", "blocked"),
]
MATRIX = [dict(zip(("relation", "actor", "operation", "status"), cell, strict=True)) for cell in CELLS]
BODY: dict[str, Any] = {
    "verdict": "leaking",
    "cells": 8,
    "blocked": 6,
    "leaked": 1,
    "controls_fired": 7,
    "findings": [
        {"class": "read", "actor": "B", "relation": "public.notes", "operation": "SELECT", "seen": "<b>canary</b>",
         "witness": "select '<script>'", "fix": "bind it"}
    ],
    "unproven": [{"relation": "public.notes", "operation": "DELETE", "why": "no control"}],
    "advice": [],
    "mutation": {},
    "matrix": MATRIX,
    "channels": ["SELECT"],
    "intent": {},
    "duration_s": 1.0,
}  # fmt: skip


def test_grids__no_cell_is_lost() -> None:
    """Each cell lies in exactly one square, and the worst of a square is what it shows."""
    drawn = grids(MATRIX)

    counted = sum(square.counts.total() for grid in drawn for _, row in grid.rows for square in row if square)
    notes = next(row for grid in drawn for name, row in grid.rows if name == "public.notes")
    assert counted == len(MATRIX)
    assert [square.status for square in notes if square] == ["leaked", "unproven", "blocked", "blocked"]
    assert [name for name, _ in drawn[0].rows] == ["public.notes"]


def test_page__safe_and_whole() -> None:
    """It runs no script, fetches nothing, shows what was found as text, and says each square in words."""
    html = page(BODY)

    assert "<script" not in html
    assert re.findall(r"(?:src|href)=|url\(|@import", html) == []
    assert "&lt;b&gt;canary&lt;/b&gt;" in html
    assert "1 leaked, 1 blocked" in html
    assert "no control" in html


@pytest.mark.parametrize("verdict", ["isolated", "leaking", "locked out", "unproven"])
def test_page__every_verdict(verdict: str) -> None:
    """Whatever the verdict, the page opens with it."""
    assert f"<h1><strong>{verdict}</strong>" in page({**BODY, "verdict": verdict})
