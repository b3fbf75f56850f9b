"""What was to run is compared with what left a record: each way to run less is named, and undecided at best."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.exits import NO_EVIDENCE, UNDECIDED
from evidence import Run, manifest
from reports.commands import gate
from reports.commands.merge import merge
from tests.support.inner import session
from tests.support.whole_run import INVENTORY, begun, the_tests, whole_run, write_some_tests, write_steps

Change = Callable[[Run], None]
MORE = "tests/auth/test_more.py::test_more"
OTHERS = "tests/pages/test_page.py::test_page[browser]"


def _rewrite(run: Run, kind: str, **document: object) -> None:
    """Let the one record of a kind say this."""
    for file in (run.directory / kind).iterdir():
        file.unlink()
    run.recorder("again").write(kind, document)


def _there_is(*nodeids: str, drivers: tuple[str, ...] = (), **inventory: object) -> Change:
    """Let there be more tests than left a record."""
    more = [{"nodeid": nodeid, "drivers": drivers, "requirements": []} for nodeid in nodeids]

    def change(run: Run) -> None:
        _rewrite(run, "inventory", **(INVENTORY | {"tests": [*INVENTORY["tests"], *more]} | inventory))

    return change


def _left_out(**collection: object) -> Change:
    """Let there be one test more, of which the session knows this."""

    def change(run: Run) -> None:
        _there_is(MORE)(run)
        _rewrite(run, "collections", digest="d1", tests=29, **collection)

    return change


NARROWED: dict[str, tuple[Change, int, str]] = {
    "-k": (
        _left_out(deselected=[MORE], narrowed=["-k payments"]),
        UNDECIDED,
        f"{MORE} did not run: deselected (-k payments)",
    ),
    "-m": (_left_out(deselected=[MORE], narrowed=["-m quick"]), UNDECIDED, "did not run: deselected (-m quick)"),
    "--deselect": (
        _left_out(deselected=[MORE], narrowed=[f"--deselect {MORE}"]),
        UNDECIDED,
        f"did not run: deselected (--deselect {MORE})",
    ),
    "--requirement": (
        _left_out(deselected=[MORE], narrowed=["--requirement PAY-7"]),
        UNDECIDED,
        "did not run: deselected (--requirement PAY-7)",
    ),
    "--ignore": (
        _left_out(ignored=["tests/auth"], narrowed=["--ignore tests/auth"]),
        UNDECIDED,
        "did not run: tests/auth was ignored (--ignore tests/auth)",
    ),
    "collect_ignore in a conftest": (
        _left_out(ignored=["tests/auth/test_more.py"]),
        UNDECIDED,
        "did not run: tests/auth/test_more.py was ignored (no option says why)",
    ),
    "a module that cannot be imported": (
        _left_out(uncollected={"tests/auth/test_more.py": "could not be collected: No module named 'x'"}),
        UNDECIDED,
        "did not run: tests/auth/test_more.py: could not be collected: No module named 'x'",
    ),
    "a module skipped as it is imported": (
        _left_out(uncollected={"tests/auth/test_more.py": "skipped as it was imported: later"}),
        UNDECIDED,
        "did not run: tests/auth/test_more.py: skipped as it was imported: later",
    ),
    "--last-failed": (
        _left_out(narrowed=["--last-failed"]),
        UNDECIDED,
        "it was not collected, or the session ended before (--last-failed)",
    ),
    "--maxfail": (_left_out(narrowed=["--maxfail 1"]), UNDECIDED, "or the session ended before (--maxfail 1)"),
    "a path": (_left_out(narrowed=["tests/payments"]), UNDECIDED, "or the session ended before (tests/payments)"),
    "nobody says why": (_left_out(), UNDECIDED, "or the session ended before (no option says why)"),
    "a driver left out": (
        _there_is(OTHERS, drivers=("browser",)),
        UNDECIDED,
        "no customer came by the driver browser: its 1 tests left no record",
    ),
    "a test that no collection finds": (
        _there_is(uncollected=[MORE]),
        NO_EVIDENCE,
        f"{MORE} stands in the tests' files, and no collection finds it",
    ),
    "a test that nobody knows": (
        lambda run: _rewrite(run, "inventory", **(INVENTORY | {"tests": INVENTORY["tests"][1:]})),
        NO_EVIDENCE,
        "ran, and the inventory does not have it",
    ),
}


@pytest.mark.parametrize(("change", "code", "words"), NARROWED.values(), ids=NARROWED)
def test_narrowed_suite__says_what_is_missing(change: Change, code: int, words: str, tmp_path: Path) -> None:
    """A test of the inventory that left no record leaves the release open, and the reason is said as far as known."""
    run = whole_run(tmp_path)
    change(run)
    manifest.seal(run)
    outcome = gate.judge(run)

    assert outcome.exit_code == code, outcome.reasons
    assert any(words in reason for reason in outcome.reasons), outcome.reasons


def test_skipped_test_of_a_requirement__leaves_it_open(tmp_path: Path) -> None:
    """One that was skipped is named with the reason, unless the target's file explains it."""
    for why, code in (("not today", UNDECIDED), ("not verifiable on this target: needs a clock", 0)):
        run = begun(tmp_path / str(code))
        more = {**the_tests()[0], "nodeid": MORE, "outcome": "skipped", "why": why}
        whole = whole_run(tmp_path / f"whole-{code}")
        for kind in ("trials", "defects", "logs", "steps"):
            (whole.directory / kind).rename(run.directory / kind)
        for name in ("isolation", "load", "reconciliation"):
            run.write(f"{name}.json", whole.document(f"{name}.json"))
        write_some_tests(run, [*the_tests(), more], collected=29, skipped=1)
        _there_is(MORE)(run)
        manifest.seal(run)
        outcome = gate.judge(run)

        assert outcome.exit_code == code, outcome.reasons
        assert outcome.reasons == ([f"{MORE} skipped: not today"] if code else [])


def test_shards_of_different_inventories__are_named(tmp_path: Path) -> None:
    """One file more on one machine: some tests would run nowhere and others twice, and it is said which differ."""
    shards = []
    for number in (1, 2):
        run = begun(tmp_path / "parts", asked=["pytest"])
        dealt = the_tests()[number - 1 :: 2]
        counts = dict.fromkeys(("collected", "passed", "executed"), len(dealt))
        write_some_tests(run, dealt, **counts, shard=f"{number}/2")
        write_steps(run, "inventory", "pytest")
        for file in (run.directory / "allure-results").iterdir():
            file.rename(file.with_name(f"{number}-{file.name}"))
        if number == 2:
            _there_is(MORE, digest="d2")(run)
            _rewrite(run, "collections", digest="d2", tests=29, shard="2/2")
        manifest.seal(run)
        shards.append(run)
    outcome = gate.judge(merge(shards, tmp_path / "merged"))

    assert outcome.exit_code == NO_EVIDENCE
    assert f"the machines dealt from different inventories: {MORE}" in outcome.reasons
    assert "the shards dealt from 2 different collections: some tests ran nowhere, others twice" in outcome.reasons


def test_part_that_lost_evidence__is_named_in_the_whole(tmp_path: Path) -> None:
    """A file that a machine left, and that did not arrive, is no evidence of the whole."""
    run = whole_run(tmp_path / "parts")
    (run.directory / "junit.xml").unlink()
    outcome = gate.judge(merge([run], tmp_path / "merged"))

    assert outcome.exit_code == NO_EVIDENCE
    assert f"{run.directory.name}: junit.xml was removed after the run had ended" in outcome.reasons


SUITE = """
import pytest

@pytest.mark.requirement("PAY-7")
def test_good(): pass

def test_other(): pass
"""
LATER = "import pytest\npytest.skip('later', allow_module_level=True)\ndef test_later(): pass\n"


def _collection(folder: Path, *options: str, conftest: str = "") -> dict[str, Any]:
    more = folder / "more"
    more.mkdir()
    (more / "conftest.py").write_text(conftest)
    (more / "test_later.py").write_text(LATER)
    inner = session(folder, SUITE, "--no-again", *options)
    (record,) = inner.run.records("collections")
    return record | {"said": inner.said}


@pytest.mark.parametrize("spread", [(), ("-n", "1")], ids=["alone", "spread"])
def test_session__records_what_it_left_out(spread: tuple[str, ...], tmp_path: Path) -> None:
    """Deselected, ignored and skipped as it was imported: each is on record with its word, and said on the terminal."""
    record = _collection(tmp_path, "-k", "good", *spread)

    assert record["deselected"] == ["test_inner.py::test_other"]
    assert record["narrowed"][0] == "-k good"
    assert record["uncollected"] == {"more/test_later.py": "skipped as it was imported: Skipped: later"}
    assert "left out: 1 of 2 tests (-k good" in record["said"]
    assert "left out: more/test_later.py: skipped as it was imported" in record["said"]


@pytest.mark.parametrize(
    ("options", "conftest"), [(("--ignore-glob", "*/test_later.py"), ""), ((), "collect_ignore = ['test_later.py']")]
)
def test_session__records_what_it_ignored(options: tuple[str, ...], conftest: str, tmp_path: Path) -> None:
    """A module that is passed over is on record, whoever says so."""
    record = _collection(tmp_path, *options, conftest=conftest)

    assert record["ignored"] == ["more/test_later.py"]
    assert "left out: more/test_later.py, which was ignored" in record["said"]


def test_inventory__is_of_all_that_is_written(tmp_path: Path) -> None:
    """A collection of its own records each test with driver and requirements, and what stands in the files alone."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_later.py").write_text(LATER)
    inner = session(tmp_path, SUITE, "--collect-only", "--inventory")
    (record,) = inner.run.records("inventory")

    assert [(each["nodeid"], each["requirements"]) for each in record["tests"]] == [
        ("test_inner.py::test_good", ["PAY-7"]),
        ("test_inner.py::test_other", []),
    ]
    assert record["uncollected"] == ["tests/test_later.py::test_later"]
    assert inner.code == 0, inner.said


def test_inventory__is_not_made_beside_a_run(tmp_path: Path) -> None:
    """An inventory runs no test: asked for together with one it is refused."""
    inner = session(tmp_path, SUITE, "--inventory")

    assert inner.code == 2
    assert "--inventory: runs no test" in inner.said
