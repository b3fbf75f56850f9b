"""Whole sessions: told to end, dealt over machines and merged again, or only what failed the last time."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.commands.merge import merge
from tests.harness.inner import session

pytestmark = pytest.mark.timeout(300)
FAILED, INTERRUPTED = 1, 130
LONG = """
import os, signal, threading
from pathlib import Path

def test_is_told_to_end():
    def until_written(kind):
        for _ in range(6000):
            if any(file.stat().st_size for file in Path(os.environ["RAPTORFLOW_RUN"], kind).glob("*.jsonl")):
                return
            threading.Event().wait(0.01)

    until_written("begun")  # by the controller, of this test
    os.kill(os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid(), signal.SIGTERM)
    until_written("sessions")
"""
APART = """
import os, threading
from pathlib import Path

import pytest

@pytest.mark.parametrize("n", range(2))
def test_where(n, stack):
    seen = Path(os.environ["RAPTORFLOW_RUN"]).with_name("seen")
    seen.mkdir(exist_ok=True)
    (seen / os.environ["PYTEST_XDIST_WORKER"]).write_text(stack.handle()["folder"])
    while len(list(seen.iterdir())) < 2:  # each worker takes one
        threading.Event().wait(0.01)
"""
DEALT = """
import pytest
@pytest.mark.parametrize("n", range(7))
def test_one(n): assert n != 3

def test_steps(customers):
    from drivers.errors import NotAsPromised
    with pytest.raises((OSError, NotAsPromised)):
        customers.nobody().start_onboarding()
"""


@pytest.mark.parametrize("workers", ["0", "1"])
def test_told_to_end__names_what_was_in_flight(workers: str, tmp_path: Path) -> None:
    """SIGTERM ends a session as Ctrl-C does: it says what was being done, and that test is on record as an error."""
    inner = session(tmp_path, LONG, "-n", workers)

    assert inner.code == INTERRUPTED, inner.said
    assert "in flight when the session ended: test_inner.py::test_is_told_to_end" in inner.said
    assert inner.tests()["test_is_told_to_end"]["outcome"] == "error"
    assert [record["nodeid"] for record in inner.run.records("begun")] == ["test_inner.py::test_is_told_to_end"]


def test_shards__are_the_whole_and_count_as_one_run_when_merged(tmp_path: Path) -> None:
    """Dealt to two machines, the second of which spreads its tests further, each test runs once; none is lost."""
    shards = []
    for name, told in {"one": ("--shard", "1/2"), "two": ("--shard", "2/2", "-n", "1")}.items():
        (tmp_path / name).mkdir()
        shards.append(session(tmp_path / name, DEALT, "--no-again", "--seed", "5", *told))
        shards[-1].run.write("run.json", {**shards[-1].run.document("run.json"), "seed": 5})
    first, second = (set(shard.tests()) for shard in shards)

    assert first & second == set()
    assert first | second == {*(f"test_one[{n}]" for n in range(7)), "test_steps"}
    assert abs(len(first) - len(second)) <= 1
    assert sorted(shard.code for shard in shards) == [0, FAILED]
    merged = merge([shard.run for shard in shards], tmp_path / "merged")
    assert len(merged.records("tests")) == 8
    assert sorted(each["shard"] for each in merged.records("sessions")) == ["1/2", "2/2"]


def test_stacks__are_dealt_to_the_workers(tmp_path: Path) -> None:
    """With ``--stacks 2`` two workers have services of their own each, and both stacks are gone afterwards."""
    inner = session(tmp_path, APART, "--stacks", "2", "-n", "2", target=None)

    assert inner.code == 0, inner.said
    folders = {Path(seen.read_text()) for seen in (inner.run.directory.with_name("seen")).iterdir()}
    assert len(folders) == 2
    assert [folder for folder in folders if folder.exists()] == []


def test_last_failed__runs_what_failed(tmp_path: Path) -> None:
    """``--last-failed`` runs again what the session before failed, and nothing else."""
    session(tmp_path, DEALT, "--no-again", "-n", "1", using=["cacheprovider"])
    again = session(tmp_path, DEALT, "--last-failed", "--no-again", using=["cacheprovider"])

    assert set(again.tests()) == {"test_one[3]"}
