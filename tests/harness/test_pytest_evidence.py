"""What a pytest session leaves, and the exit codes that it ends with: no evidence, no green."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.inner import Inner, session

pytestmark = pytest.mark.timeout(300)
BROKEN, FAILED = 4, 1
COLLECTED = 8
ONE_WORKER = ("-n", "1", "--max-worker-restart", "0")
OUTCOMES = """
import socket
import warnings

import pytest

@pytest.mark.requirement("PAY-7", "AUTH-1")
def test_good(): pass

def test_bad(): assert 1 == 2, "password=hunter2secret"

@pytest.mark.skip(reason="not today")
def test_left_out(): pass

@pytest.fixture
def broken(): raise RuntimeError("no fixture")

def test_broken(broken): pass

def test_warns(): warnings.warn("old")

def test_talks(): socket.create_connection(("192.0.2.7", 80), timeout=1)

def test_talks_and_swallows_the_refusal():
    try:
        socket.create_connection(("192.0.2.7", 80), timeout=1)
    except OSError:
        pass

def test_looks(): socket.getaddrinfo("example.org", 80)
"""


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Inner:
    """A session of all outcomes in one process."""
    return session(tmp_path_factory.mktemp("alone"), OUTCOMES, "--no-again")


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> Inner:
    """The same session, spread by xdist over two workers."""
    return session(tmp_path_factory.mktemp("spread"), OUTCOMES, "--no-again", "-n", "2")


@pytest.mark.parametrize("way", ["alone", "spread"])
def test_outcomes__are_recorded(way: str, request: pytest.FixtureRequest) -> None:
    """Each test's outcome, requirements and reason are recorded once, with xdist and without, masked."""
    inner: Inner = request.getfixturevalue(way)

    assert inner.code == FAILED, inner.said
    tests = inner.tests()
    outcomes = {name: record["outcome"] for name, record in tests.items()}
    special = {"test_good": "passed", "test_left_out": "skipped", "test_broken": "error"}
    assert len(inner.run.records("tests")) == COLLECTED
    assert outcomes == dict.fromkeys(outcomes, "failed") | special
    assert tests["test_good"]["requirements"] == ["AUTH-1", "PAY-7"]
    assert "not today" in tests["test_left_out"]["why"]
    assert "hunter2secret" not in tests["test_bad"]["why"]
    assert "password=***" in tests["test_bad"]["why"]
    told = inner.session()
    assert (told["collected"], told["passed"], told["exit_status"], told["workers_lost"]) == (COLLECTED, 1, FAILED, 0)


@pytest.mark.parametrize(
    ("tests", "words"),
    [
        ("", "no test ran"),
        ("def test_one(database): pass\n", "every test was skipped"),
    ],
)
def test_nothing_ran__is_no_evidence(tests: str, words: str, tmp_path: Path) -> None:
    """A session in which no test ran, or all were skipped, ends with code 4 and says why."""
    inner = session(tmp_path, tests)

    assert inner.code == BROKEN, inner.said
    assert words in inner.said
    assert inner.session()["exit_status"] == BROKEN
    for record in inner.run.records("tests"):
        assert "not verifiable on this target: needs a database to look into" in record["why"]


def test_lost_worker__breaks_the_session(tmp_path: Path) -> None:
    """A worker that dies is counted, its test is an error, and the session ends with code 4."""
    inner = session(tmp_path, "import os\ndef test_dies(): os._exit(9)\ndef test_lives(): pass\n", *ONE_WORKER)

    assert inner.code == BROKEN, inner.said
    assert inner.tests()["test_dies"]["outcome"] == "error"
    assert inner.session()["workers_lost"] == 1
    assert "worker(s) were lost" in inner.said


@pytest.mark.parametrize("workers", ["0", "1"])
def test_unknown_requirement__fails_the_collection(workers: str, tmp_path: Path) -> None:
    """A test that names a requirement which the catalogue does not have is not run, and the session says which."""
    tests = "import pytest\n@pytest.mark.requirement('PAY-99')\ndef test_one(): pass\n"
    inner = session(tmp_path, tests, "-n", workers)

    assert inner.code == BROKEN, inner.said
    assert "PAY-99" in inner.said


def test_unknown_marker__is_an_error(tmp_path: Path) -> None:
    """A mistyped marker is no silent nothing."""
    inner = session(tmp_path, "import pytest\n@pytest.mark.requirment('PAY-7')\ndef test_one(): pass\n")

    assert inner.code == BROKEN, inner.said
    assert "requirment" in inner.said


def test_warning__is_an_error(alone: Inner) -> None:
    """A warning fails the test that caused it."""
    assert "UserWarning: old" in alone.tests()["test_warns"]["why"]


@pytest.mark.parametrize("name", ["test_talks", "test_talks_and_swallows_the_refusal"])
def test_egress__fails_the_test_by_name(name: str, alone: Inner) -> None:
    """A test that talks to another machine fails, even when the code under test swallows the refusal."""
    record = alone.tests()[name]

    assert record["outcome"] == "failed"
    assert "192.0.2.7" in record["why"]


def test_egress_by_name__is_not_even_looked_up(alone: Inner) -> None:
    """The name of another machine is not resolved."""
    record = alone.tests()["test_looks"]

    assert record["outcome"] == "failed"
    assert "example.org" in record["why"]


def test_same_seed__same_order(tmp_path: Path) -> None:
    """The same seed runs the tests in the same order, and repeats each as often as it is told to."""
    tests = "import pytest\n@pytest.mark.parametrize('n', range(12))\ndef test_one(n): pass\n"
    orders = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        inner = session(folder, tests, "--seed", "7", "--repeat", "2", using=["randomly"])
        assert inner.code == 0, inner.said
        orders.append([record["nodeid"].rpartition("::")[2] for record in inner.run.records("tests")])

    assert len(orders[0]) == 24
    assert orders[0] == orders[1]
    assert orders[0] != sorted(orders[0])
