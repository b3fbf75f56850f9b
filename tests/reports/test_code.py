"""What was being proved is said in every view and by the gate, and a commit is named of its own files alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence import Run, manifest
from reports.__main__ import main
from reports.commands import gate, publish, soak
from reports.commands.merge import UnmergeableError, merge
from reports.commands.parts import Part
from reports.commands.soak import Soak, Soaked
from reports.judging import scorecard
from tests.support.whole_run import whole_run

COMMIT, DIGEST = "c0ffee", "d1"
CODE: dict[str, Any] = {"digest": DIGEST, "changes": [], "changed": 0, "application": None, "environment": {}}
OTHER = {"folder": "/somebody/elses", "commit": None, "digest": "d2"}
Change = Callable[[Run], None]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A whole run of a clean commit, whose files were the same when its tests had ended."""
    made = whole_run(tmp_path)
    of(made)
    then(made, "pytest")
    manifest.seal(made)
    return made


def of(run: Run, commit: str = COMMIT, **code: object) -> None:
    """Let a run be of other code."""
    run.write("run.json", {**run.document("run.json"), "commit": commit, "code": {**CODE, **code}})


def then(run: Run, part: str, digest: str = DIGEST, *changed: str) -> None:
    """Record which files there were when a part had ended."""
    run.recorder(part).write("code", {"part": part, "digest": digest, "changed": changed})


def test_clean_commit__goes(run: Run) -> None:
    """A run of a clean commit whose files stayed is judged as that commit, and nothing is said beside it."""
    assert gate.judge(run, COMMIT) == gate.Gate("go", [], 0)


def empty_the_end(run: Run) -> None:
    """Leave nothing in the record of the files at the end."""
    (file,) = (run.directory / "code").iterdir()
    file.write_text("")


WAYS: list[tuple[str, Change, str]] = [
    (
        "a file is edited while the tests run",
        lambda run: then(run, "load", "d9", "M tests/auth/test_login.py"),
        "1 files changed, M tests/auth/test_login.py first, before load had ended: what ran is of no commit",
    ),
    (
        "the record of the files at the end is removed",
        lambda run: shutil.rmtree(run.directory / "code"),
        "no record says which files there were when the tests had ended",
    ),
    (
        "the record of the files at the end is emptied",
        empty_the_end,
        "no record says which files there were when the tests had ended",
    ),
    (
        "the tree is dirty",
        lambda run: of(run, f"{COMMIT}+changes", changes=["M raptorflow/app.py"], changed=1),
        "the evidence is of commit c0ffee+changes, and c0ffee was to be judged",
    ),
    (
        "a file that nobody tracks lies in the checkout",
        lambda run: of(run, f"{COMMIT}+changes", changes=["A pytest.ini"], changed=1),
        "the evidence is of commit c0ffee+changes, and c0ffee was to be judged",
    ),
    (
        "the run is of another commit",
        lambda run: of(run, "decaf"),
        "the evidence is of commit decaf, and c0ffee was to be judged",
    ),
    (
        "RAPTORFLOW_APPLICATION names another folder's application",
        lambda run: of(run, application=OTHER),
        "the application that was judged lies in /somebody/elses, and is not that of c0ffee",
    ),
]


@pytest.mark.parametrize(("change", "says"), [way[1:] for way in WAYS], ids=[way[0] for way in WAYS])
def test_other_code__is_no_evidence_of_the_commit(change: Change, says: str, run: Run) -> None:
    """Code that is not the commit's, or did not stay, is no evidence of the commit: exit code 4, and the words why."""
    change(run)
    manifest.seal(run)
    outcome = gate.judge(run, COMMIT)

    assert (outcome.verdict, outcome.exit_code, outcome.reasons[0]) == ("no-go", 4, says)


def test_what_was_judged__is_in_every_view(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Changed files, another application, variables that decide: on the terminal, in all views, at the gate."""
    changes, environment = ["A pytest.ini", "M raptorflow/app.py"], {"RAPTORFLOW_STACK_KIND": "containers"}
    of(run, f"{COMMIT}+changes", changes=changes, changed=2, application=OTHER, environment=environment)
    manifest.seal(run)

    publish.write(run)
    code = main(["gate", str(run.directory)])
    said = [capsys.readouterr().out, *((run.directory / name).read_text() for name in publish.VIEWS[1:])]

    assert code == 0
    for view in said:
        assert "files that differ from the commit: A pytest.ini, M raptorflow/app.py" in view
        assert "the application of /somebody/elses (no commit, digest d2)" in view
        assert "set: RAPTORFLOW_STACK_KIND=containers" in view
    card = json.loads((run.directory / "scorecard.json").read_text())
    assert card["code"] == {**CODE, "changes": changes, "changed": 2, "application": OTHER, "environment": environment}
    assert main(["scorecard", str(run.directory)]) == 0
    assert "judged: files that differ from the commit: A pytest.ini" in capsys.readouterr().out


def test_run_of_an_unknown_tree__is_judged_as_before(tmp_path: Path) -> None:
    """A run that says nothing of its files, as one of an older harness, has a scorecard all the same."""
    assert scorecard.draw(whole_run(tmp_path))["code"] is None


def test_runs_of_different_files__are_not_merged(run: Run, tmp_path: Path) -> None:
    """Machines whose files differ, by one file even, are no parts of one whole: both digests are named."""
    other = Run(shutil.copytree(run.directory, tmp_path / "elsewhere" / "r2"))
    other.write("run.json", {**other.document("run.json"), "run_id": "r2", "code": {**CODE, "digest": "d2"}})

    with pytest.raises(
        UnmergeableError, match=r"the runs differ in their files: d1 in .*, d2 in r2; join runs of the same"
    ):
        merge([run, other], tmp_path / "merged")


def test_merged_runs__are_of_their_parts_code(run: Run, tmp_path: Path) -> None:
    """A merged run is of the files of its parts, not of those of the machine that merges."""
    whole = merge([run], tmp_path / "merged")

    assert (whole.document("run.json")["commit"], whole.document("run.json")["code"]) == (COMMIT, CODE)


def test_soak__files_that_change_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A soak during which a file changes is of no commit: the run on which it came does not count, now or later."""
    states = iter([("c1", "d1"), ("c1", "d2"), ("c1", "d2")])
    monkeypatch.setattr(soak, "code_here", lambda: next(states))
    monkeypatch.setattr(Soak, "part", lambda *_: Part("pytest", ["true"]))
    said: list[str] = []

    assert soak.soak(Soak(1, 0), tmp_path, said.append) == 1
    assert "files changed while a run was on: it is of no commit" in said
    assert [(each.exit_status, each.green) for each in soak.read(tmp_path)] == [(4, False)]
    assert isinstance(soak.read(tmp_path)[0], Soaked)
