"""The metrics, the isolation matrix and the thresholds are results of the Allure report, with what came of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evidence import Run
from reports.commands import publish
from reports.views import allure_results
from tests.support.whole_run import ISOLATION, LOAD, RESULTS, whole_run

MATRIX = [
    {"relation": relation, "actor": actor, "operation": operation, "status": "blocked"}
    for relation in ("public.payments", "public.users")
    for actor in ("anon", "member")
    for operation in ("SELECT", "DELETE")
]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run whose evidence is complete."""
    return whole_run(tmp_path / "runs")


def _results(run: Run) -> dict[str, dict[str, Any]]:
    """What is left for Allure, by full name."""
    names = allure_results.leave(run, publish.write(run).card)
    files = list((run.directory / allure_results.RESULTS).glob(f"{allure_results.OURS}*-result.json"))
    found = {result["fullName"]: result for result in (json.loads(file.read_text()) for file in files)}
    assert len(files) == len(found) == len(names)
    return found


def _labels(result: dict[str, Any]) -> dict[str, set[str]]:
    named: dict[str, set[str]] = {}
    for label in result["labels"]:
        named.setdefault(label["name"], set()).add(label["value"])
    return named


def test_each_metric_is_a_result(run: Run) -> None:
    """A metric says its verdict, its counts and whose it is."""
    found = _results(run)
    login = found["load: auth.login"]

    assert len(found) == RESULTS
    assert (login["status"], login["statusDetails"]["message"][:4]) == ("passed", "met:")
    assert {"name": "trials", "value": "300"} in login["parameters"]
    assert _labels(login) == {
        "epic": {"Success metrics"},
        "feature": {"Authentication"},
        "severity": {"critical"},
        "layer": {"load"},
        "tag": {"AUTH-2", "AUTH-5"},
        "owner": {"accounts"},
    }


def test_drawing_again_replaces_the_results(run: Run) -> None:
    """Two drawings of one run leave one result each: Allure would take the second for a retry."""
    first = _results(run)

    assert _results(run) == first


def test_a_trial_that_failed_is_a_step(run: Run) -> None:
    """What went wrong under load is told in the metric's result."""
    recorder = run.recorder("load")
    for number in range(100):
        why = {"metric": "auth.login", "trial": f"late-{number}", "outcome": "failure", "why": "after 3 s"}
        recorder.write("trials", why)
    login = _results(run)["load: auth.login"]

    assert login["status"] == "failed"
    assert login["steps"][0]["name"] == "late-0 ended as failure: after 3 s"


@pytest.mark.parametrize(("status", "says"), [("leaked", "failed"), ("unproven", "broken"), ("blocked", "passed")])
def test_each_relation_is_a_result(run: Run, status: str, says: str) -> None:
    """A relation is as good as its worst cell, and names the actor and what was done."""
    worst = MATRIX[0] | {"status": status}
    run.write("isolation.json", ISOLATION | {"matrix": [worst, *MATRIX[1:]]})
    found = _results(run)
    payments = found["isolation: public.payments"]

    assert payments["status"] == says
    assert [step["status"] for step in payments["steps"]] == [says, "passed"]
    assert ("SELECT" in payments["steps"][0]["name"]) == (status != "blocked")
    assert found["isolation: public.users"]["status"] == "passed"


def test_a_breach_is_a_result(run: Run) -> None:
    """A threshold that was not kept fails with its measurement and its requests."""
    breach = {"endpoint": "sign up", "check": "p(95)<300", "measured": 412.0, "after_s": 60, "request_ids": ["r1"]}
    run.write("load.json", LOAD | {"breaches": [breach]})
    found = _results(run)

    assert "threshold: all" not in found
    assert found["threshold: sign up p(95)<300"]["status"] == "failed"
    assert "r1" in found["threshold: sign up p(95)<300"]["statusDetails"]["message"]


@pytest.mark.parametrize(
    ("broken", "status", "ended"), [(["p(95)<300"], "passed", "broke: p(95)<300"), ([], "broken", "held")]
)
def test_a_climb_is_a_result_with_its_picture(run: Run, broken: list[str], status: str, ended: str) -> None:
    """How much was borne is told with picture and figures; a climb that met no limit has decided nothing."""
    knee = {"processes": 1, "arrivals": 2.0, "requests": 121.6, "p95_ms": 20.0, "broken": list[str]()}
    run.write("capacity.json", {"steps": [knee, knee | {"broken": broken}], "knees": {"1": knee}, "law": None})
    (run.directory / "capacity.svg").write_text("<svg/>")
    climb = _results(run)["load: capacity"]
    folder = run.directory / allure_results.RESULTS

    assert climb["status"] == status
    assert climb["parameters"] == [{"name": "1 process", "value": "2 customers and 122 requests a second"}]
    assert [step["name"].rpartition("; ")[2] for step in climb["steps"]] == ["held", ended]
    assert {(folder / each["source"]).read_text()[:5] for each in climb["attachments"]} == {"<svg/", '{\n  "'}


def test_an_empty_run_has_its_metrics_skipped(tmp_path: Path) -> None:
    """Nothing is called passed without evidence."""
    found = _results(Run.create(tmp_path / "runs"))

    assert [result["status"] for result in found.values()] == ["skipped"] * 12
