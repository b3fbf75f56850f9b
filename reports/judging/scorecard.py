"""The scorecard: what every other view of a run is drawn from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from evidence import Run, mask_value
from reports.catalogue import declared
from reports.judging import checklist, parts, proof
from reports.judging.bounds import interval
from reports.judging.facts import Facts, gather
from reports.judging.measure import Measurement, measure
from reports.judging.past import changes
from reports.judging.proof import Proof, prove
from reports.judging.ruling import UNRECONCILED, is_reconciled, rule

SCHEMA = Path(__file__).with_name("scorecard.schema.json")
Scorecard = dict[str, Any]
MOST_WRONG = 5
"""So many trials that went wrong are told of each metric; its sources hold them all."""


def draw(run: Run) -> Scorecard:
    """Return the scorecard of a run: the same evidence always gives the same one."""
    facts = gather(run)
    measured, proved = measure(facts), prove(facts)
    ruling = rule(facts, measured, proved)
    card: Scorecard = mask_value(
        {
            "verdict": ruling.verdict,
            "exit_code": ruling.exit_code,
            "reasons": ruling.reasons,
            "partial": parts.is_partial(facts),
            **_identity(facts, run),
            "metrics": [_metric(row, facts) for row in measured],
            "requirements": [_requirement(each) for each in proved],
            "reconciliation": _reconciliation(facts),
            "isolation": _isolation(facts),
            **_load(facts),
            "detection": [_batch(each) for each in declared.batches()],
            "checklist": [asdict(box) for box in checklist.tick(facts, measured, proved)],
            "not_measured": _not_measured(facts, measured, proved),
            "flaky": [history.nodeid for history in proof.histories(facts) if history.outcome == "flaky"],
            "known_issues": [
                {**asdict(issue), "until": issue.until.isoformat()} for issue in declared.known_issues().issues
            ],
            "steps": [asdict(step) for step in facts.steps],
            "sources": facts.sources,
        }
    )
    card["changes"] = [asdict(change) for change in changes(card, facts.past)]
    _schema().validate(card)
    return card


@cache
def _schema() -> Draft202012Validator:
    """Return the schema, itself checked once a process: that costs several times what checking a scorecard does."""
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def _identity(facts: Facts, run: Run) -> dict[str, Any]:
    known = facts.identity
    if known is None:
        return {"run_id": run.directory.name} | dict.fromkeys(
            ("seed", "target", "commit", "code", "started_at", "duration_s")
        )
    took = (facts.finished_at - known.started_at).total_seconds() if facts.finished_at else None
    return {
        "run_id": known.run_id,
        "seed": known.seed,
        "target": known.target,
        "commit": known.commit,
        "code": asdict(known.code) if known.code else None,
        "started_at": known.started_at.isoformat(),
        "duration_s": None if took is None else round(took, 3),
    }


def _metric(row: Measurement, facts: Facts) -> dict[str, Any]:
    wrong = facts.wrong.get(row.metric.id, [])
    return {
        "id": row.metric.id,
        "name": row.metric.name,
        "group": row.metric.group,
        "requirement_ids": list(row.metric.requirements),
        "target": row.metric.target,
        "relation": row.metric.relation,
        "trials": row.trials,
        "successes": row.successes,
        "unknown": row.unknown,
        "rate": row.rate,
        "low": row.judgement.low,
        "high": row.judgement.high,
        "confidence": row.confidence,
        "method": row.method,
        "verdict": row.judgement.verdict,
        "why": row.judgement.why,
        "further_clean_trials": row.judgement.further,
        "wrong": [asdict(trial) for trial in wrong[:MOST_WRONG]],
        "trend": _trend(row.metric.id, facts),
    }


def _trend(metric: str, facts: Facts) -> list[dict[str, Any]]:
    """Return the metric in the runs before this one, oldest first."""
    before = facts.past.runs if facts.past else ()
    return [
        {"run_id": run.run_id, "rate": run.metrics[metric][0], "verdict": run.metrics[metric][1]}
        for run in before
        if metric in run.metrics
    ]


def _batch(each: declared.Batch) -> dict[str, Any]:
    low, high = interval(each.own, each.of - each.own, "exact")
    return {**asdict(each), "date": each.date.isoformat(), "low": low, "high": high}


def _requirement(each: Proof) -> dict[str, Any]:
    return {
        "id": each.requirement.id,
        "title": each.requirement.title,
        "epic": each.requirement.epic,
        "tests": each.tests,
        "passed": each.passed,
        "failed": each.failed,
        "skipped": each.skipped,
        "flaky": each.flaky,
        "defects_seeded": each.defects_seeded,
        "defects_detected": each.defects_detected,
        "promises": each.promises,
        "promises_covered": each.covered,
        "promises_open": list(each.unkept),
        "verdict": each.verdict,
        "why": each.why,
    }


def _reconciliation(facts: Facts) -> dict[str, Any] | None:
    return asdict(facts.reconciliation) if facts.reconciliation else None


def _isolation(facts: Facts) -> dict[str, Any] | None:
    found = facts.isolation
    if found is None:
        return None
    return {
        "verdict": found.verdict,
        "cells": found.cells,
        "blocked": found.kept,
        "leaked": len(found.findings),
        "unproven": found.unproven_cells,
        "controls_fired": found.controls_fired,
        "findings": found.findings,
    }


def _load(facts: Facts) -> dict[str, Any]:
    load = facts.load
    if load is None:
        return {"load": None, "funnel": [], "latency": {}, "timeline": []}
    names = ("users", "requests", "duration_s", "generator_saturated", "shape", "reconcile_schedule", "until_decided")
    return {
        "load": {name: getattr(load, name) for name in names},
        "funnel": [asdict(stage) for stage in load.funnel],
        "latency": load.latency,
        "timeline": load.timeline,
    }


def _not_measured(facts: Facts, measured: Sequence[Measurement], proved: Sequence[Proof]) -> list[dict[str, str]]:
    rows: list[tuple[str, str, str]] = [(row.metric.id, row.judgement.verdict, row.judgement.why) for row in measured]
    rows += [(each.requirement.id, each.verdict, each.why) for each in proved]
    if not is_reconciled(facts):
        rows.append(("reconciliation", "not measured", UNRECONCILED))
    return [{"id": name, "why": why} for name, verdict, why in rows if verdict == "not measured"]
