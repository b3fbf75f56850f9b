"""A complete run's evidence, made up: everything a release needs is proved, and nothing else is in it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evidence import Run
from reports.catalogue import declared

TESTS = len(declared.requirements()) + len(declared.journeys())
CELLS, PAID, CLEAN, REQUESTS = 400, 60, 300, 1_200
SESSION = {"kind": "pytest", "collected": TESTS, "exit_status": 0, "workers_lost": 0}
COUNTS = {"passed": TESTS, "failed": 0, "skipped": 0, "error": 0}
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
    """A new run below ``root`` whose scorecard says go."""
    run = Run.create(root, seed=7, commit="c0ffee", argv=["verify"])
    write_tests(run)
    write_trials(run)
    for step in ("pytest", "isolation", "load"):
        record = {"step": step, "exit_status": 0, "duration_s": 1.0, "log": f"logs/{step}.log"}
        run.recorder("verify").write("steps", record)
    run.write("isolation.json", ISOLATION)
    run.write("load.json", LOAD)
    run.write("reconciliation.json", RECONCILIATION)
    return run


def write_tests(run: Run, **session: object) -> None:
    """A passed test for each requirement and each required journey, and their session."""
    recorder = run.recorder("pytest")
    for requirement in declared.requirements():
        recorder.write("tests", a_test(requirement))
    for journey in declared.journeys():
        recorder.write("tests", a_test("E2E-20") | {"nodeid": f"{journey.test}[http]"})
    recorder.write("sessions", SESSION | COUNTS | session)


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
    for metric in declared.metrics():
        if metric != "rls.effectiveness":
            for number in range(REQUESTS if metric == "tenant.isolation" else CLEAN):
                recorder.write("trials", {"metric": metric, "trial": f"{metric}-{number}", "outcome": "success"})
