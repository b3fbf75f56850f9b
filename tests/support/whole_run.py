"""A complete run's evidence, made up: everything a release needs is proved, and nothing else is in it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evidence import Run, manifest
from evidence.recorder import now
from reports.catalogue import declared
from reports.catalogue.parts import PARTS

TESTS = len(declared.requirements()) + len(declared.journeys())
CELLS, PAID, CLEAN, REQUESTS, ANSWERED = 400, 60, 300, 1_200, 1_100
BEGAN = now()
"""Trials are recorded once a process: no run is younger than they are."""
DIGEST = "d1"
STEPS = ("inventory", *PARTS)
SESSION = {"kind": "pytest", "collected": TESTS, "exit_status": 0, "workers_lost": 0}
COUNTS = {"executed": TESTS, "passed": TESTS, "failed": 0, "skipped": 0, "error": 0}
ISOLATION: dict[str, Any] = {
    "verdict": "isolated",
    "cells": CELLS,
    "blocked": CELLS,
    "controls_fired": CELLS,
    "findings": [],
    "unproven": [],
}
LOAD: dict[str, Any] = {
    "users": 20,
    "requests": REQUESTS,
    "duration_s": 61.5,
    "generator_saturated": False,
    "shape": {"kind": "open", "rate": 2.0},
    "funnel": [
        {"stage": "arrived", "customers": 90, "left": {"changed their mind": 30}},
        {"stage": "paid", "customers": PAID},
    ],
    "latency": {
        name: {"requests": 600, "errors": 0, "p50_ms": 4.1, "p95_ms": 19.0, "p99_ms": 31.5}
        for name in ("POST /auth/signup", "GET /auth/me")
    },
    "reconcile_schedule": "twentyfold",
}
RECONCILIATION: dict[str, Any] = {
    "gateway_completed": PAID,
    "activated_once": PAID,
    "activated_twice": 0,
    "lost": 0,
    "amount_mismatches": 0,
    "differences": [],
}


def whole_run(root: Path) -> Run:
    """A new run below `root` whose scorecard says go."""
    run = begun(root)
    write_tests(run)
    write_trials(run)
    write_defects(run)
    write_steps(run, *STEPS)
    run.write("isolation.json", ISOLATION)
    run.write("load.json", LOAD)
    run.write("reconciliation.json", RECONCILIATION)
    (run.directory / "junit.xml").write_text("<testsuites/>")
    manifest.seal(run)
    return run


def begun(root: Path, **changes: object) -> Run:
    """A run that was asked for everything, and has left nothing yet; its trials may be those of another of today's."""
    run = Run.create(root, seed=7, commit="c0ffee", argv=["verify"])
    told = {"asked": PARTS, "left_out": {}, "started_at": BEGAN, **changes}
    run.write("run.json", run.document("run.json") | told)
    return run


def write_steps(run: Run, *steps: str) -> None:
    """That parts ended well, and what they said."""
    (run.directory / "logs").mkdir(exist_ok=True)
    for step in steps:
        record = {"step": step, "exit_status": 0, "duration_s": 1.0, "log": f"logs/{step}.log"}
        run.recorder("verify").write("steps", record)
        (run.directory / "logs" / f"{step}.log").write_text("done\n")


def write_defects(run: Run) -> None:
    """A seeded defect of each requirement, which was noticed."""
    recorder = run.recorder("defects")
    for requirement in declared.requirements():
        recorder.write("defects", {"requirement": requirement, "defect": f"d-{requirement}", "detected": True})


def the_tests() -> list[dict[str, object]]:
    """The record of a passed test for each requirement and each required journey."""
    journeys = [a_test("E2E-20") | {"nodeid": f"{journey.test}[http]"} for journey in declared.journeys()]
    return [*(a_test(requirement) for requirement in declared.requirements()), *journeys]


def write_tests(run: Run, **session: object) -> None:
    """All tests, their results for Allure, their session, and the inventory that has just these."""
    write_some_tests(run, the_tests(), **session)


def write_some_tests(run: Run, tests: list[dict[str, object]], **session: object) -> None:
    """Some of the tests, as a machine with a part of them leaves them."""
    recorder, results = run.recorder("pytest"), run.directory / "allure-results"
    results.mkdir()
    for number, test in enumerate(tests):
        recorder.write("begun", {"nodeid": test["nodeid"]})
        recorder.write("tests", test)
        result = {"uuid": str(number), "fullName": test["nodeid"], "name": test["nodeid"], "status": "passed"}
        (results / f"{number}-result.json").write_text(json.dumps(result))
    recorder.write("sessions", SESSION | COUNTS | session)
    shard = session.get("shard", "1/1")
    recorder.write("collections", {"digest": DIGEST, "tests": TESTS, "shard": shard})
    run.recorder("inventory").write("inventory", INVENTORY)


def a_test(requirement: str, outcome: str = "passed", attempt: int = 1) -> dict[str, object]:
    """A test's record."""
    return {
        "nodeid": f"tests/test_{requirement.lower()}.py::test_it",
        "requirements": [requirement],
        "side": "client",
        "outcome": outcome,
        "attempt": attempt,
        "duration_s": 0.1,
        "worker": "gw0",
        "promises": list(declared.promises_of(requirement)),
    }


def write_trials(run: Run) -> None:
    """Enough clean trials of each sampled metric: recorded once a process, the same lines for each run."""
    trials = run.directory / "trials"
    trials.mkdir()
    (trials / "load-1.jsonl").write_text(_recorded_trials())


@cache
def _recorded_trials() -> str:
    with TemporaryDirectory() as folder:
        run = Run.create(Path(folder))
        _record_trials(run)
        (file,) = run.directory.glob("trials/*.jsonl")
        return file.read_text()


def _record_trials(run: Run) -> None:
    recorder = run.recorder("load")
    for metric in declared.sampled():
        for number in range(ANSWERED if metric == "tenant.isolation" else CLEAN):
            recorder.write("trials", {"metric": metric, "trial": f"{metric}-{number}", "outcome": "success"})


INVENTORY: dict[str, Any] = {
    "digest": DIGEST,
    "tests": [
        {"nodeid": test["nodeid"], "drivers": ["http"], "requirements": test["requirements"]} for test in the_tests()
    ],
    "uncollected": [],
}

RESULTS = 13
"""A whole run's: the twelve metrics, and that every threshold was kept."""
