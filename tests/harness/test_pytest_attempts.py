"""A test that fails is run again; what passes then is flaky, which fails the session unless somebody answers for it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from datetime import timedelta
from pathlib import Path

import pytest

from fixtures.attempts import today
from reports.catalogue.known_issues import BadQuarantine, Quarantine
from tests.harness.inner import Inner, session

pytestmark = pytest.mark.timeout(300)
FAILED, BAD_INPUT = 1, 2
TESTS = """
from pathlib import Path

import pytest

def second_time(name):
    mark = Path(__file__).with_name(name)
    if not mark.exists():
        mark.touch()
        return False
    return True

def test_good(): pass

def test_bad(): raise AssertionError("bad both times")

@pytest.fixture
def wavering(): assert second_time("fixture"), "the fixture wavers"

@pytest.mark.requirement("PAY-7")
def test_flaky(): assert second_time("test"), "password=hunter2secret wavers"

def test_flaky_fixture(wavering): pass
"""
ANSWERED = (
    TESTS
    + """
@pytest.mark.parametrize("n", [1])
def test_answered_for(n): assert second_time("answered"), "known"
"""
)
ENTRY = """
[[issue]]
test = "{test}"
owner = "payments"
until = {until}
why = "the stream misses its first event"
"""


def known(folder: Path, test: str, days: int) -> None:
    """Writes that somebody answers for a test, until so many days from now."""
    (folder / "reports" / "catalogue").mkdir(parents=True, exist_ok=True)
    entry = ENTRY.format(test=test, until=today() + timedelta(days=days))
    (folder / "reports" / "catalogue" / "known_issues.toml").write_text(entry)


@pytest.fixture(scope="module", params=["alone", "spread"])
def wavering(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Inner:
    """A session with a good, a bad and several flaky tests, in one process and spread over two."""
    folder = tmp_path_factory.mktemp(request.param)
    known(folder, "test_inner.py::test_answered_for", 1)
    spread = ("-n", "2") if request.param == "spread" else ()
    return session(folder, ANSWERED, "--junitxml", str(folder / "junit.xml"), *spread)


def attempts(inner: Inner, name: str) -> list[tuple[int, str]]:
    """The attempts of a test and how they ended."""
    records = inner.run.records("tests")
    return sorted((each["attempt"], each["outcome"]) for each in records if each["nodeid"].endswith(f"::{name}"))


def test_each_attempt__is_recorded(wavering: Inner) -> None:
    """A failed test is run once more, and both outcomes are kept; a good one is run once."""
    assert attempts(wavering, "test_good") == [(1, "passed")]
    assert attempts(wavering, "test_bad") == [(1, "failed"), (2, "failed")]
    assert attempts(wavering, "test_flaky") == [(1, "failed"), (2, "passed")]
    assert attempts(wavering, "test_flaky_fixture") == [(1, "error"), (2, "passed")]
    assert attempts(wavering, "test_answered_for[1]") == [(1, "failed"), (2, "passed")]


def test_verdict__stays_with_the_first_run(wavering: Inner) -> None:
    """The session fails; flaky is counted as flaky, and what somebody answers for is named with its owner."""
    assert wavering.code == FAILED, wavering.said
    assert wavering.session()["flaky"] == 3
    for count in ("1 failed", "1 passed", "2 flaky", "1 quarantined"):  # which of two workers is heard first is open
        assert count in wavering.said.splitlines()[-1]
    assert "test_flaky failed, and passed when run again; nobody answers for it" in wavering.said
    assert "payments answers for it until" in wavering.said
    assert "hunter2secret" not in str(wavering.run.records("tests"))


def test_end_of_the_log__names_the_flaky_tests(wavering: Inner) -> None:
    """Where only a log's last lines are kept, they name each flaky test and its message; secrets stay masked."""
    tail = wavering.said.splitlines()[-6:]

    assert [line for line in tail if line.startswith("FLAKY ") and "the fixture wavers" in line]
    assert [line for line in tail if line.startswith("FLAKY ") and "test_answered_for[1]" in line]
    assert "hunter2secret" not in wavering.said.partition("when run again:")[2]


def test_junit__counts_each_test_once(wavering: Inner) -> None:
    """Other tools read one outcome a test: the first run's."""
    file = wavering.run.directory.parent.parent / "junit.xml"
    suite = next(ElementTree.parse(file).iter("testsuite"))  # noqa: S314

    assert [suite.attrib[name] for name in ("tests", "failures", "errors")] == ["5", "2", "1"]


def test_only_quarantined__is_green(tmp_path: Path) -> None:
    """A session whose only failure is a flaky test that somebody answers for passes."""
    known(tmp_path, "test_inner.py::test_waver", 1)
    inner = session(tmp_path, TESTS.partition("def test_good")[0] + "def test_waver(): assert second_time('x')\n")

    assert inner.code == 0, inner.said
    assert attempts(inner, "test_waver") == [(1, "failed"), (2, "passed")]


@pytest.mark.parametrize("workers", ["0", "1"])
def test_expired_quarantine__fails(workers: str, tmp_path: Path) -> None:
    """A quarantine whose time is over fails the session even when its test passes, and says who must act."""
    known(tmp_path, "test_inner.py::test_fine", -1)
    inner = session(tmp_path, "def test_fine(): pass\n", "-n", workers)

    assert inner.code == FAILED, inner.said
    assert inner.session()["exit_status"] == FAILED
    assert "the quarantine of test_inner.py::test_fine expired on" in inner.said
    assert "payments must repair the test" in inner.said


def test_quarantined_and_broken__fails(tmp_path: Path) -> None:
    """A quarantine is for flaky tests: one that fails both times has failed; without a second run none is excused."""
    known(tmp_path, "test_inner.py::test_broken", 1)
    inner = session(tmp_path, "def test_broken(): assert 0\n", "--no-again")

    assert inner.code == FAILED, inner.said
    assert attempts(inner, "test_broken") == [(1, "failed")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[issue]]\ntest = "a"\nowner = "b"\nwhy = "c"', "issue 1: until is missing"),
        ('[[issue]]\ntest = "a"\nowner = ""\nwhy = "c"\nuntil = 2030-01-01', "issue 1: owner must be text"),
        ('[[issue]]\ntest = "a"\nowner = "b"\nwhy = "c"\nuntil = "soon"', "until must be a date"),
        ('[[issue]]\ntest = "a"\nowner = "b"\nwhy = "c"\nuntil = 2030-01-01\nends = 1', "ends is unknown"),
        ('[[isue]]\ntest = "a"', "isue is unknown"),
        ("issue = 1", "issue must be a list"),
        ("[[issue", "cannot be read as TOML"),
    ],
)
def test_bad_quarantine__is_named(text: str, says: str, tmp_path: Path) -> None:
    """An entry without owner, reason or date is refused in one line that names the file and the field."""
    file = tmp_path / "known_issues.toml"
    file.write_text(text)

    with pytest.raises(BadQuarantine) as refusal:
        Quarantine.read(file)

    assert str(refusal.value).startswith(f"{file}: ")
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)
