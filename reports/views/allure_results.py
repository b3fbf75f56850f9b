"""What is no test, as results of the Allure report: the metrics, the isolation matrix, thresholds and capacity."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
from allure_commons.model2 import Attachment, Label, Parameter, Status, StatusDetails, TestResult, TestStepResult

from core.files import replace
from evidence import BrokenEvidenceError, Run
from reports.catalogue import declared
from reports.judging.proof import FAILURES
from reports.judging.scorecard import Scorecard
from reports.views import words
from reports.views.charts import RANK, drawn

RESULTS = "allure-results"
_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "raptorflow-verification")
_STATUS = {
    **dict.fromkeys(("met", "blocked", "kept", "passed"), Status.PASSED),
    **dict.fromkeys(("missed", "leaked", "broken", "failed"), Status.FAILED),
    **dict.fromkeys(("undecided", "unproven", "error"), Status.BROKEN),
    **dict.fromkeys(("not measured", "skipped"), Status.SKIPPED),
}
OURS, RECORDED = "raptorflow-", "recorded-"
"""How the names of results begin that are no tests, and of those that were made from tests' records."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How many results a report must show, and how many of them as failed or broken."""

    total: int
    failed: int


def of_the_report(run: Run) -> Shown:
    """Count what the report of a run must show: each recorded test once, by its last attempt, and what is no test."""
    tests = {str(record["nodeid"]): record["outcome"] in FAILURES for record in _attempts(run)}
    beside = [json.loads((run.directory / name).read_text())["status"] for name in _left_before(run)]
    failed = sum(tests.values()) + sum(status in (Status.FAILED, Status.BROKEN) for status in beside)
    return Shown(len(tests) + len(beside), failed)


def _attempts(run: Run) -> list[dict[str, Any]]:
    return sorted(run.read("tests").records, key=lambda record: int(record.get("attempt", 1)))


def _left_before(run: Run) -> list[str]:
    """Return what is no test, of an earlier drawing: its file's name says so."""
    return sorted(f"{RESULTS}/{file.name}" for file in (run.directory / RESULTS).glob(f"{OURS}*-result.json"))


def leave(run: Run, card: Scorecard) -> frozenset[str]:
    """Write the results beside those of the tests, over those of an earlier drawing; returns their paths in the run.

    A run whose tests left no results for Allure, as a plain pytest leaves none, gets them from the tests' records.
    """
    folder = run.directory / RESULTS
    folder.mkdir(exist_ok=True)
    theirs = [] if _have_results(folder) else list(_tests(run))
    results = [
        *_metrics(card),
        *_matrix(_document(run, "isolation.json")),
        *_thresholds(_document(run, "load.json")),
        *_capacity(run, folder),
    ]
    start = _milliseconds(card["started_at"])
    for result in results:
        result.uuid = str(uuid.uuid5(_NAMES, f"{card['run_id']} {result.fullName}"))
        result.historyId = str(uuid.uuid5(_NAMES, str(result.fullName)))
        result.start, result.stop = start, start
    written = {_write(folder, f"{OURS}{result.uuid}", result) for result in results}
    written |= {_write(folder, f"{RECORDED}{result.uuid}", result) for result in theirs}
    return frozenset(f"{RESULTS}/{name}" for name in written)


def _write(folder: Path, name: str, result: TestResult) -> str:
    document = attrs.asdict(result, filter=lambda _, value: value not in (None, [], ""))
    return replace(folder / f"{name}-result.json", json.dumps(document, ensure_ascii=False).encode()).name


def _have_results(folder: Path) -> bool:
    """Say whether pytest left results by itself."""
    return any(not file.name.startswith((OURS, RECORDED)) for file in folder.glob("*-result.json"))


def _tests(run: Run) -> Iterator[TestResult]:
    """Make a result for each attempt of each test, as its record has it."""
    for record in _attempts(run):
        name, attempt = str(record["nodeid"]), int(record.get("attempt", 1))
        result = _result(
            name,
            name.rpartition("::")[2],
            str(record["outcome"]),
            epic=name.split("/")[1] if name.count("/") > 1 else "tests",
            feature=name.partition("::")[0],
            tags=record.get("requirements", ()),
            told={},
            why=str(record.get("why", "")),
            steps=[],
        )
        stop = _milliseconds(str(record["at"]))
        result.uuid = str(uuid.uuid5(_NAMES, f"{name} {attempt}"))
        result.historyId = str(uuid.uuid5(_NAMES, name))
        result.start, result.stop = stop - int(float(record.get("duration_s", 0)) * 1000), stop + attempt
        yield result


def _metrics(card: Scorecard) -> Iterator[TestResult]:
    for row in card["metrics"]:
        counted = {name: row[name] for name in ("trials", "successes", "unknown")}
        yield _result(
            f"load: {row['id']}",
            row["name"],
            row["verdict"],
            epic="Success metrics",
            feature=row["group"],
            tags=row["requirement_ids"],
            told={"target": words.goal(row), "rate": words.percent(row["rate"]), "bounds": words.span(row), **counted},
            why=row["why"],
            steps=[
                _step(f"{trial['trial']} ended as {trial['outcome']}: {trial['why'] or 'nothing says why'}", "missed")
                for trial in row["wrong"]
            ],
        )


def _matrix(document: Mapping[str, Any]) -> Iterator[TestResult]:
    """Yield a result for each relation or routine, a step in it for each actor."""
    relations: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for cell in document.get("matrix", ()):
        relations[cell["relation"]].append(cell)
    for relation, cells in relations.items():
        worst = _worst(cells)
        count = sum(drawn(cell) == worst for cell in cells)
        yield _result(
            f"isolation: {relation}",
            relation,
            worst,
            epic="Tenant isolation",
            feature=relation.partition(".")[0],
            tags=["BCM-17"],
            told={"cells": len(cells)},
            why=f"{count} of {len(cells)} cells {worst}",
            steps=list(_actors(cells)),
        )


def _actors(cells: Sequence[Mapping[str, Any]]) -> Iterator[TestStepResult]:
    actors: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for cell in cells:
        actors[cell["actor"]].append(cell)
    for actor, tried in actors.items():
        worst = _worst(tried)
        named = ", ".join(cell["operation"] for cell in tried if drawn(cell) == worst)
        yield _step(f"{actor}: {worst}: {named}" if worst != "blocked" else f"{actor}: {len(tried)} blocked", worst)


def _worst(cells: Iterable[Mapping[str, Any]]) -> str:
    return max(map(drawn, cells), key=RANK.index)


def _thresholds(document: Mapping[str, Any]) -> Iterator[TestResult]:
    """Yield a result for each threshold that was not kept, and one that says so when all were."""
    if not document:
        return
    breaches = document.get("breaches") or ()
    for breach in breaches:
        yield _result(
            f"threshold: {breach['endpoint']} {breach['check']}",
            f"{breach['endpoint']} {breach['check']}",
            "broken",
            epic="Load",
            feature="Thresholds",
            tags=[],
            told={"measured": breach["measured"], "after": words.duration(breach["after_s"])},
            why=f"measured {breach['measured']}; requests {', '.join(breach['request_ids']) or 'none'}",
            steps=[],
        )
    if not breaches:
        told = {"requests": document.get("requests", 0), "for": words.duration(document.get("duration_s"))}
        said = ("threshold: all", "Every threshold was kept", "kept")
        yield _result(*said, epic="Load", feature="Thresholds", tags=[], told=told, why="", steps=[])


def _capacity(run: Run, folder: Path) -> Iterator[TestResult]:
    """Yield what a climb of `python -m load capacity` found, with its pictures.

    Undecided where an end was not reached.
    """
    document = _document(run, "capacity.json")
    if not document:
        return
    bears = {_processes(number): _borne(knee) for number, knee in document["knees"].items()}
    endless = [number for number in document["knees"] if not any(step["broken"] for step in _steps(document, number))]
    result = _result(
        "load: capacity",
        "Capacity",
        "undecided" if endless else "kept",
        epic="Load",
        feature="Capacity",
        tags=[],
        told=bears,
        why=f"{', '.join(map(_processes, endless))}: nothing broke at the highest rate" if endless else "",
        steps=[_step(_climbed(step), "kept") for step in document["steps"]],
    )
    result.attachments = list(_attached(run, folder))
    yield result


def _steps(document: Mapping[str, Any], processes: str) -> list[Mapping[str, Any]]:
    return [step for step in document["steps"] if str(step["processes"]) == processes]


def _processes(number: object) -> str:
    return "1 process" if str(number) == "1" else f"{number} processes"


def _borne(knee: Mapping[str, Any] | None) -> str:
    if knee is None:
        return "not even the first rate"
    return f"{knee['arrivals']:g} customers and {knee['requests']:.0f} requests a second"


def _climbed(step: Mapping[str, Any]) -> str:
    held = f"broke: {'; '.join(step['broken'])}" if step["broken"] else "held"
    figures = (
        f"{step['arrivals']:g} customers and {step['requests']:.0f} requests a second, p95 {step['p95_ms']:.0f} ms"
    )
    return f"{_processes(step['processes'])}: {figures}; {held}"


def _attached(run: Run, folder: Path) -> Iterator[Attachment]:
    """Yield the climb's picture and figures, put where Allure looks for them."""
    for name, kind in (("capacity.svg", "image/svg+xml"), ("capacity.json", "application/json")):
        file = run.directory / name
        if file.exists():
            beside = replace(folder / f"{uuid.uuid5(_NAMES, name)}-attachment{file.suffix}", file.read_bytes())
            yield Attachment(name=name, source=beside.name, type=kind)


def _result(
    full_name: str,
    name: str,
    verdict: str,
    *,
    epic: str,
    feature: str,
    tags: Sequence[str],
    told: Mapping[str, object],
    why: str,
    steps: list[TestStepResult],
) -> TestResult:
    owners = sorted({declared.requirements()[tag].owner for tag in tags})
    labels = [("epic", epic), ("feature", feature), ("severity", "critical")]
    labels += [("layer", full_name.partition(":")[0]), *(("tag", tag) for tag in tags)]
    labels += [("owner", owner) for owner in owners]
    return TestResult(
        fullName=full_name,
        name=name,
        status=_STATUS[verdict],
        statusDetails=StatusDetails(message=f"{verdict}: {why}" if why else verdict),
        labels=[Label(name=key, value=value) for key, value in labels],
        parameters=[Parameter(name=key, value=str(value)) for key, value in told.items()],
        steps=steps,
    )


def _step(name: str, verdict: str) -> TestStepResult:
    return TestStepResult(name=name, status=_STATUS[verdict])


def _document(run: Run, name: str) -> Mapping[str, Any]:
    """Return a document of the run, or nothing where there is none that can be read: the scorecard says so."""
    try:
        return run.document(name)
    except BrokenEvidenceError:
        return {}


def _milliseconds(moment: str | None) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1000) if moment else 0
