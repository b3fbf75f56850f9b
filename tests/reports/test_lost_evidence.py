"""Whatever a run left and lost, or never left, costs it its `go`: the reason names the file."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.exits import NO_EVIDENCE, UNDECIDED
from evidence import Run, manifest
from reports.__main__ import main
from reports.catalogue.parts import LEFT, PARTS
from reports.commands import gate, publish
from tests.support.whole_run import LOAD, the_tests, whole_run

Loss = Callable[[Path], object]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run whose evidence is complete and whose views are drawn, to be copied."""
    run = whole_run(tmp_path_factory.mktemp("whole"))
    publish.write(run)
    assert gate.judge(run) == gate.Gate("go", [], 0)
    return run


@pytest.fixture
def run(whole: Run, tmp_path: Path) -> Run:
    """A run whose evidence is complete."""
    return Run(shutil.copytree(whole.directory, tmp_path / "run"))


def _halve(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


def _edit(name: str, old: str, new: str) -> Callable[[Run], None]:
    def edit(run: Run) -> None:
        files = sorted(run.directory.glob(name))
        assert any(old in file.read_text() for file in files)
        for file in files:
            file.write_text(file.read_text().replace(old, new))

    return edit


def _remove(pattern: str) -> Callable[[Run], None]:
    def remove(run: Run) -> None:
        found = list(run.directory.glob(pattern))
        assert found
        for each in found:
            shutil.rmtree(each) if each.is_dir() else each.unlink()

    return remove


def _told(**changes: object) -> Callable[[Run], None]:
    def tell(run: Run) -> None:
        run.write("run.json", run.document("run.json") | changes)

    return tell


def _load(**changes: object) -> Callable[[Run], None]:
    def write(run: Run) -> None:
        run.write("load.json", LOAD | changes)

    return write


def _matrix(second: str, **counts: int) -> Callable[[Run], None]:
    def write(run: Run) -> None:
        cell = {"relation": "payments", "actor": "another tenant", "operation": "select"}
        matrix = [{**cell, "status": "blocked"}, {**cell, "operation": "delete", "status": second}]
        run.write("isolation.json", {**run.document("isolation.json"), **counts, "matrix": matrix})

    return write


LOSSES = {
    "a file is removed": (Path.unlink, "was removed after the run had ended"),
    "a file is emptied": (lambda file: file.write_bytes(b""), "was emptied after the run had ended"),
    "a file is shortened": (_halve, "was shortened from"),
    "a file is changed": (_flip, "was changed after the run had ended"),
}


@pytest.mark.parametrize(("loss", "words"), LOSSES.values(), ids=LOSSES)
def test_each_file_that_is_lost__is_named(loss: Loss, words: str, run: Run) -> None:
    """Of every file of a complete run, one at a time: without it the release no longer goes, and it is named.

    What the manifest says is a reason of the gate's: that is asked of one file in each folder, which takes a while.
    """
    files = sorted(file for file in run.directory.rglob("*") if file.is_file())
    kinds = {file.relative_to(run.directory).parts[0] for file in files}
    assert {"steps", "defects", "trials", "tests", "sessions", "inventory", "logs", "allure-results"} <= kinds
    first = set({file.parent: file for file in reversed(files) if file.parent != run.directory}.values())
    for file in files:
        name, content = str(file.relative_to(run.directory)), file.read_bytes()
        loss(file)
        reasons = list(manifest.differences(run))
        lost = gate.judge(run) if file.parent == run.directory or file in first else None
        file.write_bytes(content)

        assert [reason for reason in reasons if name == manifest.MANIFEST or (name in reason and words in reason)], name
        assert lost is None or (lost.exit_code == NO_EVIDENCE and any(name in each for each in lost.reasons)), name
    assert gate.judge(run).exit_code == 0


OF_NOTHING = hashlib.sha256(b'{"files": {}}').hexdigest()
KIND = {
    "a file is added": (
        lambda run: (run.directory / "trials" / "more.jsonl").write_text("{}\n"),
        "trials/more.jsonl was added",
    ),
    "no manifest": (_remove("manifest.json"), "manifest.json: is missing: nothing says which files the run left"),
    "an empty manifest": (lambda run: run.write("manifest.json", {}), "manifest.json: was changed after it had been"),
    "a manifest of nothing": (
        lambda run: run.write("manifest.json", {"files": {}, "digest": OF_NOTHING}),
        "manifest.json: files: should say",
    ),
}


@pytest.mark.parametrize(("tamper", "words"), KIND.values(), ids=KIND)
def test_manifest_that_says_otherwise__is_no_evidence(tamper: Callable[[Run], object], words: str, run: Run) -> None:
    """What the run did not leave is not believed, nor a run that does not say what it left."""
    tamper(run)
    outcome = gate.judge(run)

    assert outcome.exit_code == NO_EVIDENCE
    assert any(words in reason for reason in outcome.reasons), outcome.reasons


@pytest.mark.parametrize("pattern", sorted({pattern for patterns in LEFT.values() for pattern in patterns}))
def test_what_a_part_must_leave__is_missed(pattern: str, run: Run) -> None:
    """Even where the manifest was written without it, the gate knows what each part must have left."""
    _remove(pattern)(run)
    manifest.seal(run)
    outcome = gate.judge(run)

    assert outcome.exit_code == NO_EVIDENCE
    assert any(f"{pattern}: " in reason and "must have left it" in reason for reason in outcome.reasons)


NEXT_YEAR = (datetime.now(UTC) + timedelta(days=365)).isoformat()
LONG_AGO = (datetime.now(UTC) - timedelta(days=9)).isoformat()
NEVER_LEFT = {
    "steps/": (_remove("steps"), NO_EVIDENCE, "steps/ does not say how load ended"),
    "defects/ of one requirement": (
        _edit("defects/*.jsonl", '"requirement":"PAY-7"', '"requirement":"PAY-8"'),
        UNDECIDED,
        "no defect was seeded for PAY-7",
    ),
    "inventory/": (_remove("inventory"), NO_EVIDENCE, "inventory/ is missing"),
    "a session that exited 1 without a failed test": (
        _edit("sessions/*.jsonl", '"exit_status":0', '"exit_status":1'),
        NO_EVIDENCE,
        "ended with exit status 1, and none of its tests failed",
    ),
    "a session that differs from its part": (
        _edit("sessions/*.jsonl", '"exit_status":0', '"exit_status":1'),
        NO_EVIDENCE,
        "pytest ended with exit status 0, and its sessions say exit status 1",
    ),
    "a session that executed nothing": (
        _edit("sessions/*.jsonl", '"executed":', '"executed":0,"once":'),
        NO_EVIDENCE,
        "no test was executed",
    ),
    "trials of another date": (
        _told(started_at=NEXT_YEAR),
        NO_EVIDENCE,
        "trials/ holds a record of",
    ),
    "a record of another date": (
        _edit("defects/*.jsonl", '{"at":"20', f'{{"at":"{LONG_AGO}","was":"20'),
        NO_EVIDENCE,
        "defects/ holds a record of",
    ),
    "a record of tomorrow": (
        _edit("tests/*.jsonl", '{"at":"20', '{"at":"2996-01-01T00:00:00+00:00","was":"20'),
        NO_EVIDENCE,
        "after the run had ended",
    ),
    "a record without a date": (_edit("tests/*.jsonl", '{"at":', '{"was":'), NO_EVIDENCE, "without the time"),
    "a time that is none": (
        _edit("tests/*.jsonl", '{"at":"20', '{"at":"x20'),
        NO_EVIDENCE,
        ".jsonl:1: without the time at which it was made",
    ),
    "a time without its zone": (
        _edit("tests/*.jsonl", 'Z","', '","'),
        NO_EVIDENCE,
        ".jsonl:1: without the time at which it was made",
    ),
    "a run that began at a time without its zone": (
        _told(started_at="2026-01-31T12:00:00"),
        NO_EVIDENCE,
        "run.json: started_at: Input should have timezone info",
    ),
    "a negative number of orders": (
        _edit("reconciliation.json", '"lost": 0', '"lost": -1'),
        NO_EVIDENCE,
        "reconciliation.json: lost: Input should be greater than or equal to 0",
    ),
    "a negative number of requests": (
        _load(requests=-1),
        NO_EVIDENCE,
        "load.json: requests: Input should be greater than or equal to 0",
    ),
    "a negative number of cells": (
        _edit("isolation.json", '"controls_fired": 400', '"controls_fired": -1'),
        NO_EVIDENCE,
        "isolation.json: controls_fired: Input should be greater than or equal to 0",
    ),
    "a matrix with a leaked cell": (
        _matrix("leaked", cells=2, blocked=1, controls_fired=2),
        NO_EVIDENCE,
        "isolation.json: the verdict is isolated, and its matrix has 1 cells leaked",
    ),
    "a matrix with a cell of which nothing is known": (
        _matrix("unproven", cells=2, blocked=1, controls_fired=2),
        NO_EVIDENCE,
        "isolation.json: the verdict is isolated, and its matrix has 1 cells unproven",
    ),
    "more cells than the matrix has": (
        _matrix("blocked", cells=400, blocked=400, controls_fired=400),
        NO_EVIDENCE,
        "isolation.json: cells is 400, and its matrix has 2",
    ),
    "fewer controls than cells": (
        _edit("isolation.json", '"controls_fired": 400', '"controls_fired": 399'),
        UNDECIDED,
        "399 controls fired, and 400 cells are said to be proved",
    ),
    "a part that decided nothing": (
        _edit("steps/*.jsonl", '"step":"defects","exit_status":0', '"step":"defects","exit_status":3'),
        UNDECIDED,
        "defects ended undecided (exit status 3)",
    ),
    "fewer requests than trials of a metric": (
        _load(requests=299),
        NO_EVIDENCE,
        "the load run made 299 requests, and 1100 trials of tenant.isolation are recorded",
    ),
    "fewer tests executed than passed": (
        _edit("sessions/*.jsonl", '"executed":', '"executed":1,"once":'),
        NO_EVIDENCE,
        "tests passed, and of 1 executed",
    ),
    "workers of the load lost": (_load(lost_workers=1), NO_EVIDENCE, "the load run lost 1 of its workers"),
    "a threshold not kept": (
        _load(breaches=[{"endpoint": "POST /pay", "check": "p(95)<300", "measured": 412.0}]),
        1,
        "a threshold was not kept under load: POST /pay p(95)<300, measured 412.0",
    ),
    "a saturated generator": (_load(generator_saturated=True), UNDECIDED, "the load generator was saturated"),
    "a part that was left out": (
        _told(left_out={"isolation": "staging.toml offers no database"}),
        UNDECIDED,
        "isolation was left out: staging.toml offers no database",
    ),
    "a part that was not asked for": (
        lambda run: (_told(asked=PARTS[:3])(run), _edit("steps/*.jsonl", '"defects"', '"other"')(run)),
        UNDECIDED,
        "defects was not asked for",
    ),
    "a test that ran twice": (
        _edit("tests/*.jsonl", str(the_tests()[1]["nodeid"]), str(the_tests()[0]["nodeid"])),
        NO_EVIDENCE,
        "ran more than once",
    ),
}


@pytest.mark.parametrize(("tamper", "code", "words"), NEVER_LEFT.values(), ids=NEVER_LEFT)
def test_never_left__is_no_go(tamper: Callable[[Run], object], code: int, words: str, run: Run) -> None:
    """A run that ended like this, with a manifest of its own, proves less than a release needs."""
    for view in publish.VIEWS:
        (run.directory / view).unlink()
    tamper(run)
    manifest.seal(run)
    outcome = gate.judge(run)

    assert (outcome.verdict != "go", outcome.exit_code) == (True, code), outcome.reasons
    assert any(words in reason for reason in outcome.reasons), outcome.reasons


def _unlisted(run: Run) -> None:
    manifest_file = run.directory / manifest.MANIFEST
    told = json.loads(manifest_file.read_text())
    name = next(name for name in told["files"] if name.startswith("logs/"))
    del told["files"][name]
    (run.directory / name).unlink()
    manifest_file.write_text(json.dumps(told))


def _shape(run: Run) -> None:
    run.write(manifest.MANIFEST, {"files": ["junit.xml"]})


BEFORE_DRAWING = {
    "a file and its entry are removed, and the views drawn": (_unlisted, "manifest.json: was changed after it had"),
    "a file is removed, and the views drawn": (_remove("junit.xml"), "junit.xml was removed after the run had ended"),
    "the manifest's files are a list, and the views drawn": (_shape, "manifest.json: was changed after it had been"),
}


@pytest.mark.parametrize(("tamper", "words"), BEFORE_DRAWING.values(), ids=BEFORE_DRAWING)
def test_lost_before_the_views_are_drawn__stays_lost(tamper: Callable[[Run], object], words: str, run: Run) -> None:
    """Drawing the views does not vouch for what was changed before: the verdict is the same before, in and after."""
    tamper(run)
    before = gate.judge(run)
    drawn = main(["scorecard", str(run.directory)])
    after = gate.judge(run)

    assert (before.exit_code, drawn, after.exit_code) == (NO_EVIDENCE, NO_EVIDENCE, NO_EVIDENCE)
    assert any(words in reason for reason in after.reasons), after.reasons


def test_hidden_file__is_no_evidence(run: Run) -> None:
    """Records in a file that a folder's listing does not show are not read: the manifest does not know them either."""
    (trials,) = (run.directory / "trials").iterdir()
    trials.rename(trials.with_name(".hidden.jsonl"))
    manifest.seal(run)
    outcome = gate.judge(run)

    assert outcome.exit_code == NO_EVIDENCE
    assert "trials/*.jsonl: load must have left it, and there is nothing in it" in outcome.reasons


def test_drawing_again__keeps_the_seal(run: Run) -> None:
    """Views are drawn from the evidence as often as one likes; the seal of the evidence stays as it was."""
    before = json.loads((run.directory / manifest.MANIFEST).read_text())
    publish.write(run)
    after = json.loads((run.directory / manifest.MANIFEST).read_text())

    assert before == after
    assert gate.judge(run).exit_code == 0
