"""A soak adds up the green runs of the same code, ends at the first that is not, and says what they prove."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.code import Code, Tree
from reports.__main__ import main
from reports.commands import publish, soak
from reports.commands.soak import BOOK, Soak, Soaked, in_a_row, read, verdict
from tests.support.forks import WITHOUT

TESTS = """
from pathlib import Path

def test_one(): assert not Path(__file__).with_name("broken").exists()

def test_two(): pass
"""
ROOT = Path(__file__).parents[2]


def a_run(
    code: str = "d1", exit_status: int = 0, flaky: int = 0, executed: int = 100, run_id: str = "r", commit: str = "c1"
) -> Soaked:
    """A finished run."""
    return Soaked(commit, code, run_id, 1, exit_status, executed, flaky, 1.0)


@pytest.mark.parametrize(
    "other", [a_run(exit_status=1), a_run(flaky=1), a_run(executed=0), a_run(exit_status=4)], ids=str
)
def test_run_that_is_not_green__begins_the_row_anew(other: Soaked) -> None:
    """A failure, a flaky test (even one that somebody answers for) or a run without tests ends the row."""
    assert in_a_row([a_run(), other, a_run(), a_run()], "d1") == [a_run(), a_run()]


def test_other_code__does_not_count() -> None:
    """Runs of other files neither add to the row nor end it, whatever commit they name: without git all are unknown."""
    assert in_a_row([a_run(), a_run("d2", 1), a_run()], "d1") == [a_run(), a_run()]


def test_runs_of_a_part__do_not_count_for_the_whole() -> None:
    """Green runs of other arguments, as one folder's, are of other tests: they add nothing, and end nothing."""
    narrow = replace(a_run(), arguments=["tests/auth"])

    assert in_a_row([a_run(), narrow, a_run()], "d1") == [a_run(), a_run()]
    assert in_a_row([a_run(), narrow, a_run()], "d1", ["tests/auth"]) == [narrow]


def test_code_here__is_the_files_and_what_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git, files that differ are other code; so are variables that decide what runs, with the same files."""

    def named(file: str, **environment: str) -> tuple[str, str]:
        there = Code(Tree(ROOT, {"app.py": file}), None, environment)
        monkeypatch.setattr(Code, "here", lambda: there)
        return soak.code_here()

    first, edited, elsewhere = named("1"), named("2"), named("1", RAPTORFLOW_APPLICATION="/other")

    assert {commit for commit, _ in (first, edited, elsewhere)} == {"unknown"}
    assert len({code for _, code in (first, edited, elsewhere)}) == 3
    assert named("1") == first


def _again(lines: list[str]) -> list[str]:
    return [lines[0]] * 25


def _sealed_again(lines: list[str]) -> list[str]:
    told = {name: value for name, value in json.loads(lines[0]).items() if name != "seal"}
    seal = json.loads(lines[0])["seal"]
    return [lines[0], json.dumps({**told, "seal": soak._seal(seal, told)})]


CHANGES: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "a green run's line is copied": (_again, "soak.jsonl:2: was changed after it had been written, or a line before"),
    "a run is there twice, sealed": (_sealed_again, "soak.jsonl:2: run r1 is there already"),
    "a red run's line is turned green": (
        lambda lines: [line.replace('"exit_status": 1', '"exit_status": 0') for line in lines],
        "soak.jsonl:2: was changed after it had been written, or a line before it was",
    ),
    "a red run's line is taken away": (
        lambda lines: [lines[0], lines[2]],
        "soak.jsonl:2: was changed after it had been written, or a line before it was",
    ),
}


@pytest.mark.parametrize(("change", "words"), CHANGES.values(), ids=CHANGES)
def test_book_that_was_changed__is_no_evidence(
    change: Callable[[list[str]], list[str]],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A line that is not as it was written, or counts a run again, ends the soak with 4, and is named."""
    monkeypatch.setattr(soak, "code_here", lambda: ("c1", "d1"))
    monkeypatch.setattr(soak.Soak, "part", lambda *_: pytest.fail("a run was begun"))
    monkeypatch.setattr(publish, "OUT", tmp_path)
    for done in (a_run(run_id="r1"), a_run(run_id="r2", exit_status=1), a_run(run_id="r3")):
        soak.write(tmp_path, done)
    assert main(["soak", "--runs", "1"]) == 0
    book = tmp_path / BOOK
    book.write_text("".join(f"{line}\n" for line in change(book.read_text().splitlines())))

    assert main(["soak", "--runs", "1"]) == 4
    assert words in capsys.readouterr().err


def test_verdict__says_n_and_the_bound() -> None:
    """Three over n, and n itself."""
    said = verdict([a_run(), a_run(executed=200)])

    assert "2 runs green in a row: 300 test executions" in said
    assert "3/n = 0.01," in said


def test_soak__goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real runs are added to the book; those that are there are not run again, and a red one ends the soak."""
    monkeypatch.setattr(soak, "code_here", lambda: ("c1", "d1"))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    (tmp_path / "test_inner.py").write_text(TESTS)
    (tmp_path / "conftest.py").write_text((ROOT / "conftest.py").read_text())
    (tmp_path / "nowhere.toml").write_text('[target]\nbase_url = "http://127.0.0.1:9"\n')
    where = (
        "-c",
        str(ROOT / "pyproject.toml"),
        f"--rootdir={tmp_path}",
        f"--confcutdir={tmp_path}",
        str(tmp_path),
        "--target",
    )
    asked = Soak(2, 0, (*where, str(tmp_path / "nowhere.toml"), *WITHOUT))
    (tmp_path / BOOK).write_text('{"torn\n')
    soak.write(tmp_path, Soaked("c1", "d1", "r", 1, 0, 2, 0, 1.0, asked.arguments))
    said: list[str] = []

    assert soak.soak(asked, tmp_path, said.append) == 0
    assert [each.executed for each in read(tmp_path)] == [2, 2]
    assert "4 test executions and no failure" in said[-1]
    assert list((tmp_path / "soak").iterdir()) == []

    (tmp_path / "broken").touch()
    assert soak.soak(Soak(3, 0, asked.arguments), tmp_path, said.append) == 1
    assert not read(tmp_path)[-1].green
    assert (tmp_path / "soak" / read(tmp_path)[-1].run_id / "logs" / "pytest.log").exists()
