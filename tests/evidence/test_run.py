"""A run's directory keeps what was written to it, and never passes off what is broken as whole."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from evidence import ENVIRONMENT_VARIABLE, BrokenEvidenceError, Run
from evidence.recorder import Recorder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run that has just begun."""
    return Run.create(tmp_path, seed=7, target="staging", commit="c0ffee", argv=["verify"])


def test_a_run_says_what_it_is(run: Run) -> None:
    """run.json holds exactly what the architecture promises."""
    said = run.document("run.json")

    assert {"run_id", "seed", "target", "commit", "started_at", "argv", "code"} == set(said)
    assert (run.directory.name, 7, "staging", "c0ffee") == (
        said["run_id"],
        said["seed"],
        said["target"],
        said["commit"],
    )


def test_two_runs_at_once_get_directories_of_their_own(tmp_path: Path) -> None:
    """Runs that begin in the same second do not share a directory."""
    assert Run.create(tmp_path, commit="c").directory != Run.create(tmp_path, commit="c").directory


def test_records_come_back_with_their_time_and_source(run: Run) -> None:
    """What one recorder writes, any reader gets, stamped."""
    run.recorder("load").write("trials", {"metric": "auth.login", "trial": "t1", "outcome": "success"})
    [record] = run.records("trials")

    assert (record["source"], record["metric"], record["trial"]) == ("load", "auth.login", "t1")
    assert record["at"].endswith("Z")


def test_many_records_in_one_write__one_line_each(run: Run) -> None:
    """Records that are kept together come back one by one, each stamped."""
    recorder = run.recorder("load")
    recorder.write_all("operations", [{"name": "log in\n", "foreign": None}, {"name": "sign up", "duration_s": 0.25}])

    first, second = run.records("operations")

    assert (first["name"], first["foreign"], first["source"]) == ("log in\n", None, "load")
    assert (second["name"], second["duration_s"]) == ("sign up", 0.25)
    assert first["at"].endswith("Z")


def test_the_environment_names_the_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child process finds its run by the environment, and says so when that names nothing."""
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, run.environment[ENVIRONMENT_VARIABLE])
    assert run == Run.current()

    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(run.directory / "gone"))
    with pytest.raises(BrokenEvidenceError, match=f"gone: is no directory; {ENVIRONMENT_VARIABLE} names it"):
        Run.current()

    monkeypatch.delenv(ENVIRONMENT_VARIABLE)
    assert Run.current() is None


def test_threads_and_forks_lose_nothing(run: Run) -> None:
    """Eight writers at once, half of them other processes, leave every record whole."""
    recorder = run.recorder("load")

    def write(writer: int) -> None:
        for number in range(200):
            recorder.write("operations", {"name": f"{writer}-{number}", "pad": "x" * (number * 7)})

    fork = multiprocessing.get_context("fork")
    writers = [*(threading.Thread(target=write, args=(n,)) for n in range(4))]
    children = [fork.Process(target=write, args=(n,)) for n in range(4, 8)]
    for child in children:
        child.start()
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    for child in children:
        child.join()

    assert {f"{writer}-{n}" for writer in range(8) for n in range(200)} == {
        r["name"] for r in run.records("operations")
    }


def test_a_killed_writer_loses_nothing(run: Run) -> None:
    """After kill -9, every record that was acknowledged is there."""
    script = (
        "import itertools, sys; from pathlib import Path; from evidence import Run\n"
        "recorder = Run(Path(sys.argv[1])).recorder('load')\n"
        "for n in itertools.count():\n"
        "    recorder.write('trials', {'trial': n}); print(n, flush=True)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script, str(run.directory)], stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert child.stdout is not None
    acknowledged = [int(child.stdout.readline()) for _ in range(100)]
    os.kill(child.pid, signal.SIGKILL)
    acknowledged += [int(line) for line in child.stdout]
    child.wait()
    child.stdout.close()

    assert set(acknowledged) <= {record["trial"] for record in run.read("trials").records}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{not json}\n", "is no JSON"),
        (b"[1]\n", "should be an object, and is a list"),
        (b'{"trial": "t2", "outc', "is no JSON"),
        (b'{"trial": "t2"}', "torn"),
        (b"\xff\xfe\n", "is no JSON"),
        (b"\n", "is no JSON"),
    ],
)
def test_a_broken_line_is_named(run: Run, line: bytes, why: str) -> None:
    """A line that is no record is reported with file and line; the records before it still come back."""
    run.recorder("load").write("trials", {"trial": "t1"})
    [file] = (run.directory / "trials").iterdir()
    file.write_bytes(file.read_bytes() + line)

    assert run.read("trials").records[0]["trial"] == "t1"
    with pytest.raises(BrokenEvidenceError, match=rf"{file.name}:2: .*{why}"):
        run.records("trials")


def test_a_check_names_the_line_that_it_refuses(run: Run) -> None:
    """A reader's own check of a record is reported as a broken line is."""
    recorder = run.recorder("load")
    recorder.write("trials", {"trial": "t1"})
    recorder.write("trials", {"outcome": "success"})
    reading = run.read("trials", lambda record: None if "trial" in record else "has no trial")

    assert [record["trial"] for record in reading.records] == ["t1"]
    assert [(broken.line, broken.why) for broken in reading.broken] == [(2, "has no trial")]


@pytest.mark.parametrize(
    ("content", "why"), [(None, "is missing"), ("{", "cannot be read"), ("[]", "should hold an object")]
)
def test_a_document_that_is_none_is_named(run: Run, content: str | None, why: str) -> None:
    """A missing or unreadable document is an error that names it."""
    if content is not None:
        (run.directory / "load.json").write_text(content)

    with pytest.raises(BrokenEvidenceError, match=rf"load\.json: {why}"):
        run.document("load.json")


@pytest.mark.parametrize("name", ["", "../up", "a b", "-x"])
def test_a_source_or_kind_that_leaves_the_directory_is_refused(run: Run, name: str) -> None:
    """Names of sources and kinds are file names, and nothing else."""
    with pytest.raises(ValueError, match="use letters"):
        run.recorder(name)
    with pytest.raises(ValueError, match="use letters"):
        run.recorder("load").write(name, {})


def test_a_document_is_replaced_whole(run: Run) -> None:
    """Writing a document again leaves one file, and no other beside it."""
    run.write("load.json", {"users": 1})
    run.write("load.json", {"users": 2})

    assert json.loads((run.directory / "load.json").read_text()) == {"users": 2}
    assert sorted(file.name for file in run.directory.iterdir()) == ["load.json", "run.json"]


def test_recorder_that_is_gone__holds_no_file(tmp_path: Path) -> None:
    """A process that makes many recorders runs out of no descriptors: each closes its files when it goes."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(20):
        Recorder(tmp_path / str(number), "pytest").write("tests", {"number": number})
    gc.collect()

    assert len(list(Path("/proc/self/fd").iterdir())) <= before
    assert len(list(tmp_path.glob("*/tests/*.jsonl"))) == 20
