"""What the prover says, as values and as a document for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..advice.rules import Advice
from ..attempts.cell_log import CellLog, grouped
from ..config.model import Config
from ..model.catalog import Catalog
from ..model.cell import Cell, Finding, Status, Verdict


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a database: `relations` are those that hold rows or show them."""

    verdict: Verdict
    cells: Sequence[Cell]
    findings: Sequence[Finding]
    unproven: Sequence[Mapping[str, str]]
    controls_fired: int
    channels: Sequence[str]
    intent: Mapping[str, Any]
    relations: frozenset[str]
    assumed: Sequence[str] = ()
    """What was taken for granted, by name."""
    advice: Sequence[Advice] = ()
    mutation: Mapping[str, Any] = field(default_factory=dict)
    duration_s: float = 0.0
    source: Mapping[str, Any] = field(default_factory=dict)
    """How the schema came to be where it was proved; empty where it was proved in its own database."""

    def count(self, *statuses: Status) -> int:
        """How many cells have one of these statuses."""
        return sum(cell.status in statuses for cell in self.cells)


def report(
    log: CellLog,
    catalog: Catalog,
    config: Config,
    channels: Sequence[str],
    advice: Sequence[Advice],
    duration_s: float,
    assumed: Sequence[str] = (),
) -> Report:
    """What was written down, as it is handed on."""
    return Report(
        verdict=log.verdict(),
        cells=tuple(log.cells.values()),
        findings=tuple(grouped(log.findings)),
        unproven=tuple(log.unproven),
        controls_fired=log.controls_fired,
        channels=tuple(channels),
        intent=dict(config.declared),
        relations=frozenset(catalog.relations),
        advice=tuple(advice),
        duration_s=duration_s,
        assumed=tuple(assumed),
    )


def without(report: Report, source: Mapping[str, Any], unloaded: Sequence[Mapping[str, str]]) -> Report:
    """The report of a schema that came from `source`, of which some was not loaded: that is unproven."""
    verdict = Verdict.UNPROVEN if unloaded and report.verdict is Verdict.ISOLATED else report.verdict
    return replace(report, verdict=verdict, unproven=(*unloaded, *report.unproven), source=source)


def document(report: Report) -> dict[str, Any]:
    """The JSON output."""
    return {
        "verdict": str(report.verdict),
        "cells": len(report.cells),
        "blocked": report.count(Status.BLOCKED),
        "reached": report.count(Status.REACHED),
        "leaked": report.count(Status.LEAKED, Status.LOCKED_OUT),
        "controls_fired": report.controls_fired,
        "findings": [f.document() for f in report.findings],
        "unproven": [dict(u) for u in report.unproven],
        "advice": list(report.advice),
        "mutation": dict(report.mutation),
        "matrix": [_entry(cell) for cell in report.cells],
        "assumed": list(report.assumed),
        "channels": list(report.channels),
        "intent": dict(report.intent),
        "source": dict(report.source),
        "duration_s": round(report.duration_s, 3),
    }


def _entry(cell: Cell) -> dict[str, str]:
    key = cell.key
    return {"relation": key.target, "actor": key.actor, "operation": key.operation, "status": str(cell.status)}
