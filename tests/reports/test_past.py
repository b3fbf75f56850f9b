"""A report shows how things went before, and what changed; an archive shows the same as the machine that made it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from evidence import Run, manifest
from reports.commands import gate, publish
from reports.judging.past import BOOK, DOCUMENT, KEPT, SHOWN, remember
from reports.judging.scorecard import Scorecard
from tests.support.whole_run import RECONCILIATION, whole_run


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where reports are published; its runs lie in `runs`."""
    return tmp_path / "out"


def _published(run: Run, out: Path) -> Scorecard:
    card = publish.write(run).card
    publish.promote(run, out)
    return card


def _run(out: Path, **reconciliation: int) -> Run:
    run = whole_run(out / "runs")
    run.write("reconciliation.json", RECONCILIATION | reconciliation)
    manifest.seal(run)
    return run


def _lines(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / BOOK).read_text().splitlines()]


def test_the_first_run_has_no_past(out: Path) -> None:
    """Nothing is made up where there is nothing to compare with."""
    card = _published(_run(out), out)

    assert card["changes"] == []
    assert [row["trend"] for row in card["metrics"]] == [[]] * 12


def test_a_change_is_told(out: Path) -> None:
    """What has another verdict than in the run before is listed, and each metric shows the runs before."""
    first = _run(out)
    _published(first, out)
    card = _published(_run(out, lost=1, activated_once=59), out)

    assert card["changes"] == [{"subject": "verdict", "was": "go", "now": "no-go"}]
    assert card["metrics"][0]["trend"] == [{"run_id": first.directory.name, "rate": 1.0, "verdict": "met"}]
    assert "was <span" in (out / "scorecard.html").read_text()


def test_an_archive_shows_the_same_past(out: Path, tmp_path: Path) -> None:
    """A run that is judged elsewhere, or drawn again after others, says of the past what it said when it ended."""
    _published(_run(out), out)
    second = _run(out)
    card = _published(second, out)
    _published(_run(out, lost=1), out)
    moved = Run(shutil.copytree(second.directory, tmp_path / "archive" / "runs" / "moved"))

    assert publish.write(moved).card == card == publish.write(second).card
    assert gate.judge(moved).exit_code == 0


def test_another_targets_runs_are_no_past(out: Path) -> None:
    """Staging is not compared with the embedded system."""
    _published(_run(out), out)
    run = _run(out)
    run.write("run.json", run.document("run.json") | {"target": "staging"})
    manifest.seal(run)

    assert _published(run, out)["changes"] == []
    assert run.document(DOCUMENT) == {"runs": []}


def test_the_book_stays_small_and_forgets_the_oldest(out: Path) -> None:
    """So many runs are kept, each once, and so many are shown."""
    card = publish.write(_run(out)).card
    for number in [*range(KEPT + 5), 30]:
        remember(card | {"run_id": f"r{number:03}", "started_at": f"2026-01-01T00:{number:02}:00+00:00"}, out)
    kept = [str(line["run_id"]) for line in _lines(out)]

    assert len(kept) == len(set(kept)) == KEPT
    assert "r000" not in kept
    assert len(_published(_run(out), out)["metrics"][0]["trend"]) == SHOWN
    assert (out / BOOK).stat().st_size < 1_500 * KEPT


def test_a_torn_book_loses_no_verdict(out: Path) -> None:
    """A line that cannot be read is history lost; the report is drawn from the others."""
    _published(_run(out), out)
    with (out / BOOK).open("a") as book:
        book.write('{"run_id": "torn\n')

    assert len(_published(_run(out), out)["metrics"][0]["trend"]) == 1


@pytest.mark.parametrize("past", ["{", '{"runs": [{}]}', '{"runs": 3}'])
def test_a_broken_past_is_noticed(out: Path, past: str) -> None:
    """A run whose `past.json` was tampered with is not believed."""
    run = _run(out)
    (run.directory / DOCUMENT).write_text(past)
    outcome = gate.judge(run)

    assert outcome.exit_code == 4
    assert outcome.reasons[0].startswith("past.json: ")
