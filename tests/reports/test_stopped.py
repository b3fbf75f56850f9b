"""A verification that stops half-way is drawn as such, and what was drawn before is said to be older."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from evidence import Run
from evidence import run as runs
from reports import __main__ as command
from reports.commands import gate, publish, serve, verify
from reports.commands.parts import Ended, Part
from tests.support.whole_run import whole_run

OPTIONS = verify.Options(workers=1, seed=1, run_time="1s", allure=False)


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of reports with the scorecard of a run that went well."""
    before = whole_run(tmp_path / "runs")
    publish.write(before)
    publish.promote(before, tmp_path)
    monkeypatch.setattr(verify, "parts", lambda *_: [Part("pytest", [sys.executable]), Part("load", [sys.executable])])
    monkeypatch.setattr(verify, "left_out", lambda *_: None)
    monkeypatch.setattr(publish, "OUT", tmp_path)
    return tmp_path


def ends_with(monkeypatch: pytest.MonkeyPatch, ending: BaseException | int) -> None:
    """Let the first part be done, and the second end so."""

    def perform(part: Part, run: Run) -> Ended:
        if part.name == "load" and isinstance(ending, BaseException):
            raise ending
        status = int(ending) if part.name == "load" and isinstance(ending, int) else 0
        ended = Ended(part, status, 0.1, "logs/x.log")
        (run.directory / "logs").mkdir(exist_ok=True)
        (run.directory / ended.log).write_text("no target\n")
        record = {"step": part.name, "exit_status": status, "duration_s": 0.1, "log": ended.log}
        run.recorder("verify").write("steps", record)
        return ended

    monkeypatch.setattr(verify, "perform", perform)


WAYS: list[tuple[str, BaseException | int, int, str]] = [
    ("Ctrl-C in the middle of verify", KeyboardInterrupt(), 130, "stopped half-way: it was interrupted"),
    ("a part of verify is given bad input", 2, 2, "stopped half-way: load was given bad input (exit status 2)"),
    (
        "verify breaks in the middle",
        OSError(28, "No space left"),
        4,
        "stopped half-way: OSError: [Errno 28] No space left",
    ),
]


@pytest.mark.parametrize(("ending", "code", "says"), [way[1:] for way in WAYS], ids=[way[0] for way in WAYS])
def test_stopped_half_way__is_drawn_as_such(
    ending: BaseException | int, code: int, says: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was recorded until the stop is drawn as no evidence; what stays where people look is said to be older."""
    ends_with(monkeypatch, ending)
    said = StringIO()
    shown = json.loads((out / "scorecard.json").read_text())

    if isinstance(ending, OSError):
        with pytest.raises(OSError, match="No space left"):
            verify.verify(OPTIONS, out, Console(width=400, file=said))
    else:
        assert verify.verify(OPTIONS, out, Console(width=400, file=said)) == code

    run = Run.last(out / "runs")
    assert run is not None
    card = run.document("scorecard.json")
    assert (card["verdict"], card["exit_code"]) == ("no-go", 4)
    assert [reason for reason in card["reasons"] if says in reason] != []
    assert all((run.directory / name).stat().st_size for name in publish.VIEWS)
    assert json.loads((out / "scorecard.json").read_text()) == shown
    older = f"scorecard.html is older: it is of run {shown['run_id']}, and not of {run.directory.name}"
    assert older in said.getvalue()


def test_verification_that_was_killed__is_no_evidence(tmp_path: Path) -> None:
    """A run whose verification ended without a word names the parts that did not come to their end."""
    run = whole_run(tmp_path)
    run.write("verify.json", {"parts": ["pytest", "isolation", "load", "defects"], "stopped": None})
    (steps,) = (run.directory / "steps").iterdir()
    steps.write_text("".join(line for line in steps.read_text().splitlines(True) if '"defects"' not in line))
    (run.directory / "manifest.json").unlink()

    outcome = gate.judge(run)

    assert outcome.exit_code == 4
    assert "defects was to run, and did not come to its end" in outcome.reasons
    assert outcome.reasons[0].startswith("manifest.json: is missing: nothing says which files the run left")


def test_open__says_that_what_it_shows_is_older(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report that is opened after a later run did not come to a scorecard is said to be older."""
    later = Run.create(out / "runs", commit="c0ffee")
    monkeypatch.setattr(serve, "serve", lambda *_: 0)

    assert command.main(["open"]) == 0
    assert f"is older: it is of run {json.loads((out / 'scorecard.json').read_text())['run_id']}" in (
        said := capsys.readouterr().err
    )
    assert f"and not of {later.directory.name}" in said


class Ahead(datetime):
    """A clock that is a year ahead."""

    @classmethod
    def now(cls, _: object = None) -> Ahead:
        there = datetime.now(UTC) + timedelta(days=365)
        return cls(*there.timetuple()[:6], tzinfo=UTC)


def test_run_made_while_the_clock_was_ahead__does_not_stay_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last run is the one that was begun last, whatever the clock said when others were."""
    root = tmp_path / "runs"
    with monkeypatch.context() as wrong:
        wrong.setattr(runs, "datetime", Ahead)
        ahead = Run.create(root, commit="c")
    assert Run.last(root) == ahead
    assert ahead.directory.name > f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-ffffff"

    later = Run.create(root, commit="c")

    assert Run.last(root) == later
    monkeypatch.setattr(publish, "OUT", tmp_path)
    assert command._last() == later


def test_last_run__is_one_that_is_there(tmp_path: Path) -> None:
    """Runs that were removed are no last ones; copied ones come before those that began here."""
    root = tmp_path / "runs"
    assert Run.last(root) is None
    first, second = (Run.create(root, commit="c") for _ in range(2))
    (root / "20990101T000000Z-copied").mkdir()
    (root / "20990101T000000Z-copied" / "run.json").write_text("{}")

    assert Run.last(root) == second
    (second.directory / "run.json").unlink()
    assert Run.last(root) == first
