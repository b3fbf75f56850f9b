"""Seeded defects: the catalogue fits the code, and only a test that names the requirement and fails has noticed one."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core.requirements import requirements
from defects import application
from defects.__main__ import main
from defects.defect import BadCatalogueError, Defect, Edit, catalogue
from defects.runner import Bench
from defects.verdict import judge
from evidence import Run

PROFILE = Edit("raptorflow/auth/sql.py", "p.full_name, p.company, p.phone", "p.full_name, null as company, p.phone")
NOTHING = Edit("raptorflow/auth/sql.py", "The statements of `auth`.", "All statements of `auth`.")
BROKEN = Edit("raptorflow/auth/sql.py", "from __future__ import annotations", "from __future__ import annotations (")
ROOT = Path(__file__).parents[2]
OF_RAPTORFLOW = (
    "auth",
    "context",
    "journeys",
    "migrations",
    "model",
    "onboarding",
    "payments",
    "resilience",
    "service",
    "workspaces",
)
LOOK_AT_THE_HARNESS = {
    "tests/onboarding/test_steps.py::test_the_table__is_the_one_that_customers_answer",
}
"""No mistake of RaptorFlow could make it fail: it compares our own answers."""
TEST = "tests/auth/test_signup.py::test_profile__changes_only_what_is_given"


def defect(edit: Edit = PROFILE, **more: Any) -> Defect:
    """A defect of AUTH-3."""
    return Defect(
        **{"id": "a-defect", "requirement": "AUTH-3", "rule": "A rule.", "edits": (edit,), "asks": (TEST,)} | more
    )


def test_catalogue__fits_the_code() -> None:
    """Each defect's old text is in the code exactly once, and each requirement has at least four defects."""
    defects = catalogue()

    application.check(defects)

    counted = Counter(each.requirement for each in defects)
    assert {name: counted[name] for name in requirements() if counted[name] < 4} == {}


def raptorflows_tests() -> set[str]:
    """All of them, without the cases of each."""
    files = [file for folder in OF_RAPTORFLOW for file in (ROOT / "tests" / folder).glob("test_*.py")]
    return {
        f"{file.relative_to(ROOT)}::{node.name}"
        for file in files
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_catalogue__asks_each_test_of_raptorflow() -> None:
    """Each is asked about some mistake: a test that nobody has seen fail proves little. None is asked that is not
    there.
    """
    asked = {name.partition("[")[0] for each in catalogue() for name in each.asks if "::" in name}

    assert raptorflows_tests() - asked == LOOK_AT_THE_HARNESS
    assert {name for name in asked if name.split("/")[1] in OF_RAPTORFLOW} - raptorflows_tests() == set()


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Edit("raptorflow/auth/sql.py", "no such text", "x"), "0 times, not once"),
        (Edit("raptorflow/auth/sql.py", "select", "x"), "times, not once"),
        (Edit("raptorflow/auth/sql.py", "CREDENTIALS", "CREDENTIALS"), "its edit changes nothing"),
        (Edit("raptorflow/auth/gone.py", "a", "b"), "is no file of the application"),
        (Edit("stack/slice.py", "a", "b"), "is no file of the application"),
    ],
)
def test_rotten_edit__is_loud(edit: Edit, words: str) -> None:
    """An edit that no longer fits the code ends everything before it begins, and says which one it is."""
    with pytest.raises(BadCatalogueError, match=words):
        application.check([defect(edit)])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "some.toml: holds no defect"),
        ("[[defect]]\nid = 'x'", "defect 1: requirement is missing; an entry has id, requirement"),
        ("[[defect]]\nid='x'\nrequirement='AUTH-9'\nrule=''\nedits=[{file='',old='',new=''}]", "no requirement AUTH-9"),
        ("[[defect]]\nid='No'\nrequirement='AUTH-1'\nrule=''\nedits=[{file='',old='',new=''}]", "should match pattern"),
        (
            "[[defect]]\nid='x'\nrequirement='AUTH-1'\nrule=''\nasks=['tests/no.py']\nedits=[{file='',old='',new=''}]",
            "asks tests/no.py, which is not there",
        ),
    ],
)
def test_bad_catalogue__is_named(tmp_path: Path, text: str, words: str) -> None:
    """A catalogue that cannot be read, or asks for what is not there, is refused with its file's name."""
    (tmp_path / "some.toml").write_text(text)

    with pytest.raises(BadCatalogueError, match=words) as refusal:
        catalogue(tmp_path)

    assert "some.toml" in str(refusal.value)


def session(folder: Path, *tests: dict[str, Any]) -> Run:
    """A run in which these tests are recorded."""
    run = Run.create(folder, commit="none")
    for number, test in enumerate(tests):
        run.recorder("pytest").write("tests", {"nodeid": f"t.py::test_{number}", "requirements": ["AUTH-3"], **test})
    return run


@pytest.mark.parametrize(
    ("tests", "code", "outcome"),
    [
        (({"outcome": "passed"}, {"outcome": "failed", "why": "assert 1 == 2"}), 1, "detected"),
        (({"outcome": "passed"},), 0, "survived"),
        (({"outcome": "failed", "requirements": ["PAY-7"]},), 1, "broke"),
        (({"outcome": "error", "why": "stack.errors.ServiceFailedError: RaptorFlow exited with 1"},), 1, "broke"),
        (({"outcome": "failed", "why": "stack.errors.ServiceFailedError: RaptorFlow exited with 1"},), 1, "broke"),
        (({"outcome": "skipped"},), 4, "broke"),
        ((), 2, "broke"),
        (({"outcome": "passed"},), None, "broke"),
    ],
)
def test_verdict__only_a_failed_promise_is_a_detection(
    tmp_path: Path, tests: tuple[dict[str, Any], ...], code: int | None, outcome: str
) -> None:
    """A collection that breaks, a stack that does not start, a test of another requirement: no detection."""
    assert judge(defect(), session(tmp_path, *tests), code).outcome == outcome


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--only", "no-such-defect"), "--only: there is no defect no-such-defect"),
        (("--requirement", "PAY-99"), "--requirement: PAY-99 is unknown; use one of AUTH-1, "),
        (("--only", "number-by-chance", "--requirement", "PAY-7"), "no defect is of both"),
    ],
)
def test_bad_wish__is_one_line(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str) -> None:
    """What is not in the catalogue is refused before anything starts: exit code 2."""
    assert main(arguments) == 2

    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1


def test_sample__has_each_requirement(capsys: pytest.CaptureFixture[str]) -> None:
    """A sample has as many defects of each requirement as were asked for; another seed chooses others."""
    listed = []
    for seed in ("1", "1", "2"):
        assert main(("--list", "--sample", "1", "--seed", seed)) == 0
        listed.append(capsys.readouterr().out)

    assert [line.split()[0] for line in listed[0].splitlines()[:-1]] == list(requirements())
    assert listed[0] == listed[1] != listed[2]


def test_bench__tells_noticed_from_unnoticed_and_from_broken() -> None:
    """On a real stack a broken rule is noticed, a changed comment is not, and a syntax error is no detection."""
    with Bench.of(1) as bench:
        noticed, unnoticed, broken = (bench.seed(defect(edit)).verdict for edit in (PROFILE, NOTHING, BROKEN))

    assert (noticed.outcome, noticed.by) == ("detected", TEST)
    assert unnoticed.outcome == "survived"
    assert broken.outcome == "broke"
    assert "exited with 1 before it was ready" in broken.why
