"""A run is of the files that ran: what differs from the commit, or changed on the way, is on the record."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence import Run, code
from evidence.code import Code, Tree

Change = Callable[[Path], None]


def git(folder: Path, *words: str) -> None:
    """Runs git as a user of its own."""
    named = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *words], cwd=folder, env={**kept, **named}, check=True, capture_output=True)  # noqa: S603, S607


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a test, an application and what git is told to ignore: the one that runs are of."""
    folder = tmp_path / "checkout"
    (folder / "raptorflow").mkdir(parents=True)
    (folder / "raptorflow" / "app.py").write_text("PRICE = 100\n")
    (folder / "test_it.py").write_text("def test_it(): assert True\n")
    (folder / ".gitignore").write_text("*.local\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "All")
    monkeypatch.setattr(code, "ROOT", folder)
    monkeypatch.delenv(code.APPLICATION, raising=False)
    return folder


def edit(folder: Path) -> None:
    """Change a file."""
    (folder / "test_it.py").write_text("def test_it(): pass\n")


def add(name: str) -> Change:
    """Add a file that git does not track."""

    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("[pytest]\n")

    return change


def ignore_for_oneself(folder: Path) -> None:
    """Add a file that this user alone ignores."""
    (folder / ".git" / "info" / "exclude").write_text("conftest.py\n")
    (folder / "conftest.py").write_text("collect_ignore = ['test_it.py']\n")


def hide(folder: Path) -> None:
    """Change a file that git was told to take for unchanged."""
    git(folder, "update-index", "--assume-unchanged", "test_it.py")
    edit(folder)


def skip(folder: Path) -> None:
    """Change a file that git was told not to look at."""
    git(folder, "update-index", "--skip-worktree", "test_it.py")
    edit(folder)


def keep_time(folder: Path) -> None:
    """Change a file without a trace in its size and time."""
    file = folder / "test_it.py"
    before = file.stat()
    file.write_text("def test_it(): assert None\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size


def link(folder: Path) -> None:
    """Put a link in a file's place."""
    (folder / "raptorflow" / "app.py").unlink()
    (folder / "raptorflow" / "app.py").symlink_to(folder / "test_it.py")


def replace(folder: Path) -> None:
    """Change a file, and let git show the commit that has the change in the place of the one that has not."""
    git(folder, "checkout", "-q", "-b", "other")
    edit(folder)
    git(folder, "commit", "-qam", "Other")
    git(folder, "checkout", "-q", "-")
    git(folder, "replace", "HEAD", "other")
    edit(folder)


WAYS: dict[str, tuple[Change, str]] = {
    "an edited file": (edit, "M test_it.py"),
    "a stray pytest.ini that nobody tracks": (add("pytest.ini"), "A pytest.ini"),
    "a conftest where a run writes": (add("tests/finds/conftest.py"), "A tests/finds/conftest.py"),
    "bytecode without a source": (add("raptorflow/app/__init__.pyc"), "A raptorflow/app/__init__.pyc"),
    "a file that the repository ignores": (add("conftest.local"), "A conftest.local"),
    "a file that this user alone ignores": (ignore_for_oneself, "A conftest.py"),
    "a changed file that git takes for unchanged": (hide, "M test_it.py"),
    "a changed file that git does not look at": (skip, "M test_it.py"),
    "a changed file of the same size and time": (keep_time, "M test_it.py"),
    "a file taken away": (lambda folder: (folder / "test_it.py").unlink(), "D test_it.py"),
    "a commit that git shows in the place of HEAD": (replace, "M test_it.py"),
    "a link in a file's place": (link, "M raptorflow/app.py"),
}


@pytest.mark.parametrize(
    "name", ["tests/finds/1.json", "reports/out/x.py", "raptorflow/__pycache__/app.pyc", ".coverage"]
)
def test_what_a_run_writes__is_no_change(name: str, checkout: Path) -> None:
    """What a run leaves behind changes nothing of what the next one is of."""
    before = Code.here({})
    add(name)(checkout)

    assert Code.here({}).digest == before.digest


def test_clean_checkout__is_the_commits(checkout: Path) -> None:
    """Without a change the commit is named alone."""
    here = Code.here({})

    assert (here.commit, here.checkout.changes, here.application) == (here.checkout.commit, (), None)
    assert here.commit is not None
    assert len(here.commit) == 40


@pytest.mark.parametrize("way", WAYS)
def test_changed_file__is_named(way: str, checkout: Path) -> None:
    """Whatever git is told, a file that differs from the commit is a change, and the commit is not said alone."""
    change, named = WAYS[way]
    before = Code.here({})
    change(checkout)
    after = Code.here({})

    assert named in after.checkout.changes
    assert after.commit == f"{before.commit}+changes"
    assert after.digest != before.digest


@pytest.mark.parametrize("way", WAYS)
def test_file_that_changes_during_a_run__is_recorded(way: str, checkout: Path, tmp_path: Path) -> None:
    """A run keeps which files it began with, and each part what had become of them when it ended."""
    change, named = WAYS[way]
    run = Run.create(tmp_path / "runs")
    assert run.end_code("pytest") == []
    change(checkout)

    assert named in run.end_code("load")
    first, second = sorted(run.records("code"), key=lambda record: str(record["at"]))
    assert (first["part"], first["digest"], first["changed"]) == (
        "pytest",
        run.document("run.json")["code"]["digest"],
        [],
    )
    assert second["digest"] != first["digest"]
    assert named in second["changed"]


def test_commit_during_a_run__is_no_change(checkout: Path, tmp_path: Path) -> None:
    """What is committed as it ran is the same code still, under another name."""
    edit(checkout)
    run = Run.create(tmp_path / "runs")
    git(checkout, "commit", "-qam", "More")

    assert run.end_code("pytest") == []
    assert run.document("run.json")["commit"].endswith("+changes")


def test_other_application__is_named_with_its_own_commit(checkout: Path, tmp_path: Path) -> None:
    """An application of another folder is no part of this checkout's commit: its folder, commit and files are named."""
    other = tmp_path / "other"
    (other / "raptorflow").mkdir(parents=True)
    (other / "raptorflow" / "app.py").write_text("PRICE = 0\n")
    here = Code.here({code.APPLICATION: str(other)})

    known = here.document()["application"]
    assert known == {"folder": str(other), "commit": None, "digest": Tree.of(other, "raptorflow").digest}
    assert here.digest != Code.here({}).digest
    assert f"{other}/raptorflow/app.py" in here.files


def test_environment_that_changes_what_runs__is_named(checkout: Path) -> None:
    """Variables that decide what runs are kept, the harness's own and the rest are not."""
    told = {"RAPTORFLOW_STACK_KIND": "containers", "POSTGRES_IMAGE": "x", "LD_PRELOAD": "/x.so", "PWDEBUG": "1"}
    beside = {
        "RAPTORFLOW_RUN": "/x",
        "HOME": "/x",
        "PYTEST_CURRENT_TEST": "x",
        "NETRC": "/dev/null/none",
        "no_proxy": "x",
    }

    assert Code.here({**told, **beside}).environment == told


ELSEWHERE = {
    "GIT_DIR": ".git",
    "GIT_COMMON_DIR": ".git",
    "GIT_OBJECT_DIRECTORY": ".git/objects",
    "GIT_WORK_TREE": ".",
    "GIT_INDEX_FILE": ".git/index",
    "GIT_NAMESPACE": "other",
    "GIT_CEILING_DIRECTORIES": "..",
    "GIT_CONFIG_GLOBAL": ".git/config",
}


@pytest.mark.parametrize("variable", ELSEWHERE)
def test_repository_that_the_environment_names__is_not_asked(
    variable: str, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No variable of git's that leads to another repository lends its commit to this checkout."""
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    before = Code.here({}).commit
    monkeypatch.setenv(variable, str(other / ELSEWHERE[variable]))

    assert Code.here({}).commit == before


def test_folder_inside_of_another_repository__has_no_commit(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unpacked archive within somebody's repository is not of that repository's commit."""
    within = checkout / "unpacked"
    within.mkdir()
    (within / "app.py").write_text("PRICE = 100\n")
    monkeypatch.setattr(code, "ROOT", within)

    assert Code.here({}).commit is None
    assert set(Code.here({}).checkout.files) == {"app.py"}
