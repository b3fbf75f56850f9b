"""A soak adds up the green runs of one commit, ends at the first that is not, and says what they prove."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from reports.commands import soak
from reports.commands.soak import BOOK, Soak, Soaked, in_a_row, read, verdict
from tests.support.forks import WITHOUT

TESTS = """
from pathlib import Path

def test_one(): assert not Path(__file__).with_name("broken").exists()

def test_two(): pass
"""
ROOT = Path(__file__).parents[2]


def a_run(commit: str = "c1", exit_status: int = 0, flaky: int = 0, executed: int = 100) -> Soaked:
    """A finished run."""
    return Soaked(commit, "r", 1, exit_status, executed, flaky, 1.0)


@pytest.mark.parametrize(
    "other", [a_run(exit_status=1), a_run(flaky=1), a_run(executed=0), a_run(exit_status=4)], ids=str
)
def test_run_that_is_not_green__begins_the_row_anew(other: Soaked) -> None:
    """A failure, a flaky test (even one that somebody answers for) or a run without tests ends the row."""
    assert in_a_row([a_run(), other, a_run(), a_run()], "c1") == [a_run(), a_run()]


def test_other_commits__do_not_count() -> None:
    """Another commit's runs neither add to the row nor end it."""
    assert in_a_row([a_run(), a_run("c2", 1), a_run()], "c1") == [a_run(), a_run()]


def test_runs_of_a_part__do_not_count_for_the_whole() -> None:
    """Green runs of other arguments, as one folder's, are of other tests: they add nothing, and end nothing."""
    narrow = replace(a_run(), arguments=["tests/auth"])

    assert in_a_row([a_run(), narrow, a_run()], "c1") == [a_run(), a_run()]
    assert in_a_row([a_run(), narrow, a_run()], "c1", ["tests/auth"]) == [narrow]


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
    earlier = asdict(Soaked("c1", "r", 1, 0, 2, 0, 1.0, asked.arguments))
    with (tmp_path / BOOK).open("a") as book:
        book.write(json.dumps(earlier) + "\n")
    said: list[str] = []

    assert soak.soak(asked, tmp_path, said.append) == 0
    assert [each.executed for each in read(tmp_path)] == [2, 2]
    assert "4 test executions and no failure" in said[-1]
    assert list((tmp_path / "soak").iterdir()) == []

    (tmp_path / "broken").touch()
    assert soak.soak(Soak(3, 0, asked.arguments), tmp_path, said.append) == 1
    assert not read(tmp_path)[-1].green
    assert (tmp_path / "soak" / read(tmp_path)[-1].run_id / "logs" / "pytest.log").exists()
