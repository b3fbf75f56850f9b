"""A partial run has a report of its own, with its tests in it, and takes no place; no report hides a test."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from core.exits import UNDECIDED
from evidence import Run, manifest
from reports.catalogue.parts import PARTS
from reports.commands import publish, verify
from reports.judging.past import BOOK
from reports.views import allure_report
from reports.views.allure_report import AllureFailedError
from tests.support.whole_run import SESSION, TESTS, a_test, whole_run


def _kept(out: Path) -> dict[str, bytes]:
    """What lies where people look."""
    return {name: (out / name).read_bytes() for name in (*publish.VIEWS, BOOK)} | {
        "allure": str((out / "allure").is_symlink()).encode(),
        "history": str((out / "history.jsonl").exists()).encode(),
    }


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder in which a whole run was published."""
    run = whole_run(tmp_path / "runs")
    publish.write(run)
    publish.promote(run, tmp_path)
    return tmp_path


def test_journey__keeps_the_published_verdict(out: Path) -> None:
    """After one journey, whatever came of it, verdict and history are as they were; its own report has its tests."""
    before = _kept(out)
    run = Run.create(out / "runs", seed=3, commit="c0ffee")
    recorder = run.recorder("pytest")
    recorder.write("tests", a_test("PAY-7"))
    recorder.write("tests", a_test("PAY-8", "failed") | {"why": "no receipt"})
    recorder.write("tests", a_test("PAY-8", attempt=2))
    recorder.write(
        "sessions", SESSION | {"collected": 2, "executed": 2, "passed": 2, "failed": 1, "skipped": 0, "error": 0}
    )
    said = StringIO()

    code = verify.conclude(run, out, Console(file=said, width=300))

    assert code != 0
    assert _kept(out) == before
    assert "a partial run: what was published, and the history, stay as they are" in said.getvalue()
    report = run.directory / "allure" / "awesome"
    assert json.loads((report / "summary.json").read_text())["stats"]["total"] == 2 + 12
    assert "no receipt" in "".join(file.read_text() for file in report.rglob("*.json"))


def test_part_by_itself__is_a_partial_run(out: Path) -> None:
    """`verify --parts pytest` is undecided at best, says which parts are missing, and publishes nothing."""
    before = _kept(out)
    run = whole_run(out / "runs")
    run.write("run.json", run.document("run.json") | {"asked": PARTS[:1]})
    (steps,) = (run.directory / "steps").iterdir()
    steps.write_text("".join(line for line in steps.read_text().splitlines(True) if '"defects"' not in line))
    manifest.seal(run)

    assert verify.conclude(run, out, Console(file=StringIO()), allure=False) == UNDECIDED
    assert _kept(out) == before
    assert "defects was not asked for: a partial run decides no release" in run.document("scorecard.json")["reasons"]


@pytest.mark.parametrize(("shown", "failed"), [(-1, 0), (1, 0), (0, 1)])
def test_report_that_shows_other_tests__fails(shown: int, failed: int, tmp_path: Path) -> None:
    """A report with fewer tests than ran, more, or other failures, is none: two that look alike are taken for one."""
    run = whole_run(tmp_path / "runs")
    (tmp_path / "awesome").mkdir()
    stats = {"total": TESTS + shown, "passed": TESTS + shown - failed, "failed": failed}
    (tmp_path / "awesome" / "summary.json").write_text(json.dumps({"stats": stats}))

    with pytest.raises(AllureFailedError, match="two that look alike are taken for one"):
        allure_report.compare(run, tmp_path)


def test_report_that_cannot_count__fails(tmp_path: Path) -> None:
    """A report that does not say how many tests it shows is none either."""
    with pytest.raises(AllureFailedError, match=r"summary\.json"):
        allure_report.compare(whole_run(tmp_path / "runs"), tmp_path)
