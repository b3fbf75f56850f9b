"""`go` follows from complete evidence, and from nothing less."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence import Run, manifest
from evidence.recorder import now
from reports.catalogue import declared
from reports.commands import gate, publish
from tests.support.whole_run import ISOLATION, LOAD, RECONCILIATION, TESTS, a_test, whole_run

Tamper = Callable[[Run], None]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run whose evidence is complete, to be copied."""
    return whole_run(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def run(whole: Run, tmp_path: Path) -> Run:
    """A run whose evidence is complete."""
    return Run(shutil.copytree(whole.directory, tmp_path / "run"))


def _only(run: Run, kind: str) -> Path:
    [file] = (run.directory / kind).iterdir()
    return file


def _without(kind: str, name: str, value: str) -> Tamper:
    """Delete the records whose field holds that value."""

    def tamper(run: Run) -> None:
        file = _only(run, kind)
        kept = [line for line in file.read_text().splitlines(keepends=True) if json.loads(line).get(name) != value]
        assert len(kept) < len(file.read_text().splitlines())
        file.write_text("".join(kept))

    return tamper


def _edit(kind: str, old: str, new: str, times: int = 1) -> Tamper:
    """Change the first records in which a text occurs."""

    def tamper(run: Run) -> None:
        file = _only(run, kind)
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new, times))

    return tamper


def _document(name: str, document: dict[str, object], **changes: object) -> Tamper:
    def tamper(run: Run) -> None:
        run.write(name, document | changes)

    return tamper


def _remove(name: str) -> Tamper:
    def tamper(run: Run) -> None:
        (run.directory / name).unlink() if (run.directory / name).is_file() else _only(run, name).unlink()

    return tamper


def _unreadable(name: str) -> Tamper:
    def tamper(run: Run) -> None:
        (run.directory / name).write_text("{")

    return tamper


def _append(kind: str, record: dict[str, object] | str) -> Tamper:
    text = record if isinstance(record, str) else json.dumps({"at": now(), **record}) + "\n"

    def tamper(run: Run) -> None:
        with _only(run, kind).open("a") as file:
            file.write(text)

    return tamper


def judged(run: Run) -> gate.Gate:
    """The verdict of a run that left its evidence as it is now: nothing of it was lost afterwards."""
    manifest.seal(run)
    return gate.judge(run)


SAMPLED = declared.sampled()
FINDING = {"class": "leak", "actor": "member", "relation": "payments", "operation": "SELECT"}
TEST_ID = "tests/test_pay-7.py::test_it"

REMOVED: dict[str, tuple[Tamper, int, str]] = {
    "run.json": (_remove("run.json"), 4, "run.json: is missing"),
    "every test": (_remove("tests"), 4, "no test ran"),
    "every session": (_remove("sessions"), 4, "no pytest session finished"),
    "one test": (_without("tests", "nodeid", TEST_ID), 4, f"{TESTS} tests passed, and {TESTS - 1} are recorded"),
    "every trial": (_remove("trials"), 4, "left no trial"),
    "isolation.json": (_remove("isolation.json"), 4, "isolation.json: isolation must have left it"),
    "load.json": (_remove("load.json"), 4, "no load.json"),
    "reconciliation.json": (_remove("reconciliation.json"), 3, "reconciliation is not measured"),
    **{
        f"trials of {metric}": (_without("trials", "metric", metric), 3, f"{metric} is not measured")
        for metric in SAMPLED
    },
    **{
        f"tests of {name}": (
            _edit("tests", f'"requirements":["{name}"]', '"requirements":[]', TESTS),
            4,
            f"no test names {name} ",
        )
        for name in declared.requirements()
    },
    **{
        f"journey {journey.test}": (
            _edit("tests", journey.test, "tests/other.py::test_it"),
            4,
            f"{journey.test} did not run",
        )
        for journey in declared.journeys()
    },
}

TAMPERED: dict[str, tuple[Tamper, int, str]] = {
    "a test's status flipped to failed": (_edit("tests", '"passed"', '"failed"'), 4, f"{TESTS - 1} are recorded"),
    "a test skipped": (_edit("tests", '"passed"', '"skipped"'), 4, f"{TESTS - 1} are recorded"),
    "a test's record torn": (_append("tests", '{"nodeid": "tes'), 4, "torn"),
    "a test of an unknown requirement": (_append("tests", a_test("PAY-77")), 4, "unknown requirement PAY-77"),
    "a worker lost": (_edit("sessions", '"workers_lost":0', '"workers_lost":1'), 4, "1 pytest workers were lost"),
    "a session interrupted": (_edit("sessions", '"exit_status":0', '"exit_status":130'), 4, "exit status 130"),
    "a trial duplicated": (
        _append("trials", {"metric": "auth.login", "trial": "auth.login-0", "outcome": "success"}),
        4,
        "auth.login-0 is recorded 2 times",
    ),
    "a trial of an unknown metric": (
        _append("trials", {"metric": "auth.x", "trial": "1", "outcome": "success"}),
        4,
        "unknown metric auth.x",
    ),
    "a trial's outcome in other words": (_edit("trials", '"success"', '"ok"'), 4, "trials/"),
    "many trials failed": (_edit("trials", '"success"', '"failure"', 60), 1, "auth.registration is missed"),
    "trials unknown": (_edit("trials", '"success"', '"unknown"', 4), 3, "ended as unknown"),
    "one leak under load": (
        _append("trials", {"metric": "tenant.isolation", "trial": "leak", "outcome": "failure"}),
        1,
        "tenant.isolation is missed",
    ),
    "a part that broke": (_edit("steps", '"exit_status":0', '"exit_status":-9'), 4, "broke (exit status -9)"),
    "a part without evidence": (_edit("steps", '"exit_status":0', '"exit_status":4'), 4, "inventory broke"),
    "a part that says no": (_edit("steps", '"exit_status":0', '"exit_status":1'), 1, "speaks against a release"),
    "isolation unreadable": (_unreadable("isolation.json"), 4, "isolation.json: cannot be read"),
    "load unreadable": (_unreadable("load.json"), 4, "load.json: cannot be read"),
    "isolation without its verdict": (_document("isolation.json", {"cells": 4}), 4, "isolation.json: verdict"),
    "a leak found": (
        _document("isolation.json", ISOLATION, verdict="leaking", findings=[FINDING]),
        1,
        "rls.effectiveness is missed",
    ),
    "a tenant locked out": (_document("isolation.json", ISOLATION, verdict="locked out"), 1, "locked out"),
    "a cell unproven": (
        _document("isolation.json", ISOLATION, verdict="unproven", unproven=[{"relation": "plans"}]),
        3,
        "1 of 400 cells proved nothing",
    ),
    "a cell not blocked": (_document("isolation.json", ISOLATION, blocked=399), 3, "1 of 400 cells proved nothing"),
    "no control fired": (_document("isolation.json", ISOLATION, controls_fired=0), 3, "no control fired"),
    "an empty enumeration": (
        _document("isolation.json", ISOLATION, cells=0, blocked=0, controls_fired=0),
        3,
        "not whole",
    ),
    "no request": (_document("load.json", LOAD, requests=0), 4, "made no request"),
    "a partial load run": (_document("load.json", LOAD, partial="the database went away"), 4, "the database went away"),
    "fewer trials than told": (_document("load.json", LOAD, trials=10_000), 4, "tells of 10000 trials"),
    "an order lost": (
        _document("reconciliation.json", RECONCILIATION, lost=1, activated_once=59),
        1,
        "never activated",
    ),
    "an order activated twice": (_document("reconciliation.json", RECONCILIATION, activated_twice=1), 1, "twice"),
    "an amount differs": (_document("reconciliation.json", RECONCILIATION, amount_mismatches=1), 1, "amount"),
    "a difference listed": (_document("reconciliation.json", RECONCILIATION, differences=[{}]), 1, "differences"),
    "no paid order": (
        _document("reconciliation.json", RECONCILIATION, gateway_completed=0, activated_once=0),
        3,
        "reconciliation is not measured",
    ),
}


def test_complete_evidence_is_a_go(run: Run) -> None:
    """A run that proved everything passes, with no reason against it."""
    assert gate.judge(run) == gate.Gate("go", [], 0)


@pytest.mark.parametrize(("tamper", "code", "words"), REMOVED.values(), ids=REMOVED)
def test_no_go_without_every_piece(run: Run, tamper: Tamper, code: int, words: str) -> None:
    """Take any one piece of the evidence away, and the release no longer goes: the reason names the piece."""
    tamper(run)
    outcome = judged(run)

    assert (outcome.verdict != "go", outcome.exit_code) == (True, code)
    assert any(words in reason for reason in outcome.reasons), outcome.reasons


@pytest.mark.parametrize(("tamper", "code", "words"), TAMPERED.values(), ids=TAMPERED)
def test_no_go_with_anything_tampered(run: Run, tamper: Tamper, code: int, words: str) -> None:
    """Change any one fact for the worse, or any line into one that cannot be, and the gate notices and says which."""
    tamper(run)
    outcome = judged(run)

    assert (outcome.verdict != "go", outcome.exit_code) == (True, code)
    assert any(words in reason for reason in outcome.reasons), outcome.reasons


def test_nothing_at_all_is_no_evidence(tmp_path: Path) -> None:
    """An empty directory exits 4 and says what is missing."""
    outcome = gate.judge(Run(tmp_path))

    assert outcome.exit_code == 4
    assert {"run.json: is missing", "no test ran", "no pytest session finished"} <= set(outcome.reasons)


def test_all_skipped_is_no_evidence(run: Run) -> None:
    """A suite that skipped everything passes nothing."""
    for kind in ("tests", "sessions"):
        file = _only(run, kind)
        file.write_text(
            file.read_text()
            .replace('"outcome":"passed"', '"outcome":"skipped"')
            .replace(f'"passed":{TESTS}', '"passed":0')
            .replace('"skipped":0', f'"skipped":{TESTS}')
        )
    outcome = judged(run)

    assert (outcome.exit_code, outcome.reasons[0]) == (4, "every test was skipped")


def test_a_failed_test_fails_its_requirement(run: Run) -> None:
    """A failure that sessions and tests agree on is a no-go that names the requirement."""
    _edit(
        "tests",
        '"requirements":["PAY-7"],"side":"client","outcome":"passed"',
        '"requirements":["PAY-7"],"side":"client","outcome":"failed"',
    )(run)
    _edit("sessions", f'"passed":{TESTS},"failed":0', f'"passed":{TESTS - 1},"failed":1')(run)
    _edit("sessions", '"exit_status":0', '"exit_status":1')(run)
    _edit("steps", '"step":"pytest","exit_status":0', '"step":"pytest","exit_status":1')(run)
    outcome = judged(run)

    assert (outcome.exit_code, outcome.reasons[0]) == (1, "PAY-7 Webhook processing: 1 test failed")


def test_a_promise_without_a_test_is_not_measured(run: Run) -> None:
    """A requirement of which no test names one promise is not measured, however many of its tests passed."""
    _edit("tests", '"PAY-7.10",', "")(run)

    outcome = judged(run)

    assert outcome.exit_code == 3
    assert "PAY-7.10" in "".join(outcome.reasons)


def test_a_skipped_journey_leaves_the_release_open(run: Run) -> None:
    """A required journey that could not be lived through on a target is not held against it, and proves nothing."""
    journey = declared.journeys()[0].test
    file = _only(run, "tests")
    lines = file.read_text().splitlines(keepends=True)
    skipped = '"skipped","why":"not verifiable on this target: needs pages for a browser"'
    file.write_text("".join(line.replace('"passed"', skipped) if journey in line else line for line in lines))
    _edit("sessions", f'"passed":{TESTS}', f'"passed":{TESTS - 1}')(run)
    _edit("sessions", '"skipped":0', '"skipped":1')(run)
    outcome = judged(run)

    assert (outcome.exit_code, outcome.reasons) == (3, [f"the required journey {journey} was skipped"])


@pytest.mark.parametrize("journey", declared.journeys(), ids=lambda journey: journey.test.rpartition("::")[2])
def test_a_required_journey_is_written(journey: declared.Journey) -> None:
    """Each required journey is a test of this checkout: a renamed one is missed here, not at the release."""
    file, _, name = journey.test.partition("::")

    assert f"def {name}(" in (Path(__file__).parents[2] / file).read_text()


def test_a_flaky_test_fails_its_requirement(run: Run) -> None:
    """A test that failed before it passed proves nothing, unless somebody answers for it."""
    _append("tests", a_test("PAY-7", "failed", attempt=0))(run)
    _edit("sessions", '"failed":0', '"failed":1')(run)
    outcome = judged(run)

    assert outcome.exit_code == 1
    assert outcome.reasons == ["PAY-7 Webhook processing: 1 test failed and then passed, and nobody answers for it"]


def test_evidence_of_another_commit_is_stale(run: Run) -> None:
    """Asked about one commit, the gate refuses evidence of another."""
    assert gate.judge(run, "c0ffee").exit_code == 0
    stale = gate.judge(run, "beef")

    assert (stale.exit_code, stale.reasons) == (4, ["the evidence is of commit c0ffee, and beef was to be judged"])


@pytest.mark.parametrize(("field", "value"), [("verdict", "go"), ("reasons", []), ("metrics", [])])
def test_an_edited_scorecard_is_noticed(run: Run, field: str, value: object) -> None:
    """A scorecard that says anything that its evidence does not is refused."""
    run.write("reconciliation.json", RECONCILIATION | {"lost": 1, "activated_once": 59})
    manifest.seal(run)
    card = publish.write(run).card
    assert gate.judge(run).exit_code == 1

    run.write("scorecard.json", card | {field: value})
    manifest.seal(run)

    assert gate.judge(run).exit_code == 4
    assert gate.judge(run).reasons[0] == f"scorecard.json says of {field} what the evidence does not"
