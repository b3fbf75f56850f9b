"""Runs of several machines join to one that is judged as if one machine had made it; what is missing is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from evidence import Run, manifest
from reports.__main__ import main
from reports.catalogue import declared
from reports.catalogue.parts import PARTS
from reports.commands import gate, merge
from reports.commands.merge import UnmergeableError
from reports.judging import scorecard
from tests.support.whole_run import (
    COUNTS,
    ISOLATION,
    LOAD,
    RECONCILIATION,
    SESSION,
    TESTS,
    a_test,
    begun,
    the_tests,
    whole_run,
    write_defects,
    write_some_tests,
    write_steps,
    write_trials,
)

SHARDS = 2


@pytest.fixture
def parts(tmp_path: Path) -> list[Run]:
    """A whole run's evidence, dealt to two machines for the tests, and one for isolation, load and defects."""
    dealt = [_shard(tmp_path, number) for number in range(1, SHARDS + 1)]
    rest = _part(tmp_path, asked=PARTS[1:])
    write_trials(rest)
    write_defects(rest)
    write_steps(rest, *PARTS[1:])
    for name, document in (("isolation", ISOLATION), ("load", LOAD), ("reconciliation", RECONCILIATION)):
        rest.write(f"{name}.json", document)
    manifest.seal(rest)
    return [*dealt, rest]


def _part(tmp_path: Path, **changes: object) -> Run:
    return begun(tmp_path / "parts", **changes)


def _shard(tmp_path: Path, number: int) -> Run:
    run = _part(tmp_path, asked=["pytest"])
    dealt = the_tests()[number - 1 :: SHARDS]
    counts = dict.fromkeys(("collected", "passed", "executed"), len(dealt))
    write_some_tests(run, dealt, **counts, shard=f"{number}/{SHARDS}")
    write_steps(run, "inventory", "pytest")
    for file in (run.directory / "allure-results").iterdir():
        file.rename(file.with_name(f"{number}-{file.name}"))
    manifest.seal(run)
    return run


def test_parts_join_to_a_go(parts: Sequence[Run], tmp_path: Path) -> None:
    """Two shards, and a machine for the rest, prove together what one machine would; no record is lost or doubled."""
    whole = merge.merge(parts, tmp_path / "out" / "runs")

    assert gate.judge(whole) == gate.Gate("go", [], 0)
    assert len(whole.records("tests")) == TESTS
    assert set(Counter(trial["trial"] for trial in whole.records("trials")).values()) == {1}
    assert len(list((whole.directory / "allure-results").iterdir())) == TESTS
    assert whole.document("run.json")["parts"] == [part.directory.name for part in parts]


def test_a_missing_shard_is_named(parts: Sequence[Run], tmp_path: Path) -> None:
    """A machine whose results never came is missed by name, although everything that came is green."""
    outcome = gate.judge(merge.merge(parts[1:], tmp_path / "out"))

    assert outcome.exit_code == 4
    assert "shard 1/2 of the tests is missing" in outcome.reasons


def test_a_shard_twice_is_named(parts: Sequence[Run], tmp_path: Path) -> None:
    """A part that two machines ran counts for neither."""
    again = _part(tmp_path)
    again.recorder("pytest").write("tests", a_test("PAY-7"))
    again.recorder("pytest").write("sessions", SESSION | COUNTS | {"collected": 1, "passed": 1, "shard": "1/2"})
    manifest.seal(again)
    outcome = gate.judge(merge.merge([*parts, again], tmp_path / "out"))

    assert "shard 1/2 of the tests is here 2 times" in outcome.reasons


@pytest.mark.parametrize("shard", ["3/2", "0/2", "1", "one/two"])
def test_a_shard_of_nothing_is_no_evidence(tmp_path: Path, shard: str) -> None:
    """A session that says it is no part of a whole is not believed."""
    run = whole_run(tmp_path)
    run.recorder("other").write("sessions", SESSION | COUNTS | {"collected": 0, "passed": 0, "shard": shard})

    assert any("is no part of a whole" in reason for reason in gate.judge(run).reasons)


@pytest.mark.parametrize(("name", "value"), [("commit", "beef"), ("target", "staging"), ("seed", 8)])
def test_runs_of_different_things_are_refused(parts: list[Run], tmp_path: Path, name: str, value: object) -> None:
    """Nothing is joined across commits, targets or seeds; the message says what differs, and nothing is left."""
    parts.append(_part(tmp_path, **{name: value}))

    with pytest.raises(UnmergeableError, match=f"differ in their {name}: "):
        merge.merge(parts, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_two_answers_to_one_question_are_refused(parts: list[Run], tmp_path: Path) -> None:
    """Of two isolation proofs none is preferred silently."""
    parts[0].write("isolation.json", ISOLATION)

    with pytest.raises(UnmergeableError, match=r"isolation\.json is in .* leave out"):
        merge.merge(parts, tmp_path / "out")


def test_one_run_twice_is_refused(parts: list[Run], tmp_path: Path) -> None:
    """A run joined with itself would count every trial twice."""
    with pytest.raises(UnmergeableError, match="named twice"):
        merge.merge([*parts, parts[0]], tmp_path / "out")


def test_bad_parts_exit_2_in_one_line(parts: list[Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says in one line why runs cannot be joined."""
    other = _part(tmp_path, commit="beef")

    assert main(["merge", str(parts[0].directory), str(other.directory)]) == 2
    assert capsys.readouterr().err.startswith("reports: the runs differ in their commit: c0ffee in ")


CODE: dict[str, Any] = {"digest": "d1", "changes": [], "changed": 0, "application": None}


@pytest.mark.parametrize("first", [0, 1])
def test_what_one_machine_was_told__is_in_the_whole(first: int, parts: list[Run], tmp_path: Path) -> None:
    """Variables that decide what runs are kept of every part, wherever it stands; those that differ name their runs."""
    told = [{"TZ": "UTC", "RAPTORFLOW_STACK": "compose"}, {"TZ": "UTC", "LD_PRELOAD": "/x.so"}]
    for part, environment in zip(parts[:SHARDS], told, strict=True):
        part.write("run.json", part.document("run.json") | {"code": {**CODE, "environment": environment}})
    one, two = (part.directory.name for part in parts[:SHARDS])
    whole = merge.merge([parts[first], parts[1 - first]], tmp_path / "out")

    said = {"LD_PRELOAD": f"/x.so in {two}", "RAPTORFLOW_STACK": f"compose in {one}", "TZ": "UTC"}
    assert whole.document("run.json")["code"] == {**CODE, "environment": said}
    assert f"set: {', '.join(f'{name}={value}' for name, value in said.items())}" in gate.judge(whole).judged


NOT_DONE = {
    "a part of a merged run was stopped": (
        {"parts": ["isolation"], "stopped": "it was interrupted"},
        "the verification was stopped half-way: it was interrupted",
    ),
    "a part of a merged run was killed": (
        {"parts": ["isolation", "pytest"], "stopped": None},
        "pytest was to run, and did not come to its end",
    ),
}


@pytest.mark.parametrize(("plan", "words"), NOT_DONE.values(), ids=NOT_DONE)
def test_part_that_was_not_done__is_named_in_the_whole(
    plan: dict[str, object], words: str, parts: Sequence[Run], tmp_path: Path
) -> None:
    """A machine that was stopped, or killed, before it had tried all that it was to try, leaves no go."""
    parts[0].write("verify.json", {"parts": ["inventory", "pytest"], "stopped": None})
    parts[2].write("verify.json", plan)
    for part in parts:
        manifest.seal(part)
    outcome = gate.judge(merge.merge(parts, tmp_path / "out"))

    assert outcome.exit_code == 4
    assert [words in reason and parts[2].directory.name in reason for reason in outcome.reasons] == [True]


def test_lost_before_a_second_merge__stays_lost(parts: Sequence[Run], tmp_path: Path) -> None:
    """What a merged run lacks is named in a run that it is joined to in its turn."""
    next((parts[0].directory / "logs").iterdir()).unlink()
    half = merge.merge(parts[:SHARDS], tmp_path / "half")
    outcome = gate.judge(merge.merge([half, parts[2]], tmp_path / "out"))

    assert outcome.exit_code == 4
    assert any("was removed after the run had ended" in reason for reason in outcome.reasons)


def test_the_whole_knows_every_requirement(parts: Sequence[Run], tmp_path: Path) -> None:
    """The joined scorecard counts each requirement's tests over all machines."""
    card = scorecard.draw(merge.merge(parts, tmp_path / "out"))

    assert sum(row["tests"] for row in card["requirements"]) == TESTS
    assert len(card["requirements"]) == len(declared.requirements())
