"""`python -m reports` runs its parts, ends what it started, and exits by what it found."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from core.waiting import comes_true
from evidence import ENVIRONMENT_VARIABLE, Run, manifest
from reports.__main__ import main
from reports.catalogue.parts import PARTS
from reports.commands import gate, publish, verify
from reports.commands.parts import Part, perform
from reports.views import allure_report
from tests.support.whole_run import RESULTS, TESTS, whole_run

ROOT = Path(__file__).resolve().parent.parent.parent
DEADLINE_S = 30.0


def _reports(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != ENVIRONMENT_VARIABLE}
    command = [sys.executable, "-m", "reports", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603


def _until(holds: Callable[[], bool]) -> None:
    assert comes_true(holds, within_s=DEADLINE_S), "it did not come about in time"


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "required: COMMAND"),
        (("prove",), "invalid choice: 'prove'"),
        (("verify", "--sed", "1"), "unrecognized arguments: --sed"),
        (("verify", "--workers", "0"), "--workers: '0' is out of range; write a whole number from 1 to 256"),
        (("verify", "--seed", "-1"), "--seed"),
        (("verify", "--run-time", "soon"), "'soon' is no run time; write 90, 60s, 3m or 1m30s, at most 24h"),
        (("verify", "--parts", "tests"), "'tests' is no part; choose of pytest, isolation, load, defects"),
        (("verify", "--target", "nowhere.toml"), "'nowhere.toml' is no file"),
        (("verify", "--shard", "5/4"), "'5/4' is no part of a whole; write K/N with K from 1 to N, as 1/4"),
        (("gate", "nowhere"), "'nowhere' is no directory; runs lie in reports/out/runs"),
        (("open", "--port", "70000"), "--port: '70000' is out of range"),
    ],
)
def test_bad_input_is_one_clear_line(words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong word on the command line exits 2 and says which, and what would be right."""
    with pytest.raises(SystemExit) as stopped:
        main(list(words))

    assert stopped.value.code == 2
    assert said in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "code", "verdict"), [("", 0, "go"), ("reconciliation.json", 3, "undecided"), ("run.json", 4, "no-go")]
)
def test_the_gate_exits_by_its_verdict(
    tmp_path: Path, name: str, code: int, verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m reports gate DIR` ends with the verdict as its last line, and its exit code says the same."""
    run = whole_run(tmp_path)
    if name:
        (run.directory / name).unlink()
        manifest.seal(run)

    assert main(["gate", str(run.directory)]) == code
    assert capsys.readouterr().out.splitlines()[-1] == verdict


def test_an_archive_can_be_judged_elsewhere(tmp_path: Path) -> None:
    """A run that was moved to another place, scorecard and all, is judged as it was."""
    run = whole_run(tmp_path)
    publish.write(run)
    moved = run.directory.rename(tmp_path / "archive")

    assert gate.judge(Run(moved)) == gate.Gate("go", [], 0)


def test_the_scorecard_command_leaves_every_view(tmp_path: Path) -> None:
    """`python -m reports scorecard DIR` writes JSON, Markdown and HTML, and prints the table."""
    run = whole_run(tmp_path)
    done = _reports("scorecard", str(run.directory))

    assert done.returncode == 0
    assert "12 of 12 metrics met, 20 of 20 requirements passed" in " ".join(done.stdout.split())
    assert all((run.directory / name).stat().st_size for name in publish.VIEWS)


def _options(**changes: object) -> verify.Options:
    return verify.Options(**{"workers": 2, "seed": 1, "run_time": "1s", "allure": False, **changes})  # type: ignore[arg-type]


def _python(name: str, code: str) -> Part:
    return Part(name, [sys.executable, "-c", code])


def test_a_part_is_recorded_with_its_log(tmp_path: Path) -> None:
    """What a part printed and how it ended is kept, and it was told which run is its own."""
    run = Run.create(tmp_path, commit="c0ffee")
    ended = perform(_python("pytest", f"import os, sys; print(os.environ['{ENVIRONMENT_VARIABLE}']); sys.exit(3)"), run)

    assert ended.exit_status == 3
    assert (run.directory / ended.log).read_text().strip() == str(run.directory)
    assert [(r["step"], r["exit_status"]) for r in run.records("steps")] == [("pytest", 3)]


def test_a_part_that_hangs_is_ended(tmp_path: Path) -> None:
    """A part that takes longer than its limit is ended, and the record says so."""
    run = Run.create(tmp_path, commit="c0ffee")
    ended = perform(Part("load", [sys.executable, "-c", "import time; time.sleep(600)"], limit_s=0.2), run)

    assert ended.exit_status == 124
    assert "load was ended: it took more than 0 s" in ended.tail(run)


def test_a_command_that_is_not_there_is_a_broken_part(tmp_path: Path) -> None:
    """A program that cannot be started is an exit status and a line in the log, not a traceback."""
    run = Run.create(tmp_path, commit="c0ffee")
    ended = perform(Part("load", ["/nowhere/at-all"]), run)

    assert ended.exit_status == 127
    assert "No such file" in ended.tail(run)


def test_parts_run_in_their_order_and_end_in_a_scorecard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests, proof, load and defects run in this order; what they left is judged, published, and sets the exit code."""
    monkeypatch.setattr(verify, "left_out", lambda *_: None)
    monkeypatch.setattr(verify, "parts", lambda *_: [_python(name, "print('ran')") for name in PARTS])

    assert verify.verify(_options(), tmp_path, Console(file=StringIO())) == 4
    [run] = (tmp_path / "runs").iterdir()
    assert [record["step"] for record in Run(run).records("steps")] == ["pytest", "isolation", "load", "defects"]
    assert "no test ran" in (tmp_path / "scorecard.md").read_text()


def test_a_part_that_was_given_bad_input_ends_the_verification(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 2 of a part is ours, and its words are shown."""
    parts = [_python("pytest", "import sys; print('no browser: fetch one'); sys.exit(2)"), _python("load", "")]
    monkeypatch.setattr(verify, "parts", lambda *_: parts)
    said = StringIO()
    console = Console(width=200, file=said)

    assert verify.verify(_options(), tmp_path, console) == 2
    assert "no browser: fetch one" in said.getvalue()


def test_the_commands_of_the_parts(tmp_path: Path) -> None:
    """Each part is told the seed, and where its results belong."""
    run = Run(tmp_path)
    commands = {part.name: " ".join(part.command) for part in verify.parts(_options(seed=77, run_time="90s"), run)}

    assert list(commands) == ["inventory", *PARTS]
    assert "-m pytest --must-run -n 2 --seed 77" in commands["pytest"]
    assert f"--json {tmp_path}/isolation.json" in commands["isolation"]
    assert "--until-decided --run-time 90s --seed 77" in commands["load"]
    assert "--sample 1 --seed 77" in commands["defects"]


@pytest.mark.parametrize(("disposable", "how"), [("true", ["--in-place"]), ("false", [])])
def test_the_proof_of_a_target(disposable: str, how: list[str], tmp_path: Path) -> None:
    """A target's database is proved by the variable that names its DSN; among its users only where it is disposable."""
    target = tmp_path / "staging.toml"
    target.write_text(f'[target]\ndisposable = {disposable}\n[database]\ndsn_env = "STAGING_DSN"\n')
    run = Run.create(tmp_path / "runs", seed=1)
    proof = next(p for p in verify.parts(_options(target=target), run) if p.name == "isolation")

    assert proof.command[1:4] == ["-m", "isolation", "env:STAGING_DSN"]
    assert [word for word in proof.command if word == "--in-place"] == how
    assert verify.left_out(proof, _options(target=target)) is None


def test_the_proof_of_a_target__no_database(tmp_path: Path) -> None:
    """A target that offers no database leaves the proof out, and says what to add."""
    target = tmp_path / "staging.toml"
    target.write_text("[target]\ndisposable = false\n")
    run = Run.create(tmp_path / "runs", seed=1)
    proof = next(p for p in verify.parts(_options(target=target), run) if p.name == "isolation")

    assert "[database] dsn_env" in str(verify.left_out(proof, _options(target=target)))


STUBBORN = """
import os, signal, subprocess, sys, time
from pathlib import Path
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
Path(sys.argv[1]).write_text(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""
HARNESS = """
import sys
from pathlib import Path
from reports.commands import verify
from reports.commands.parts import Part
folder = Path(sys.argv[1])
verify.parts = lambda *_: [Part("pytest", [sys.executable, "-c", sys.argv[2], str(folder / "pids")])]
sys.exit(verify.verify(verify.Options(2, 1, "1s", allure=False), folder))
"""


SERVER = """
import sys
from pathlib import Path
from reports.commands.serve import serve
sys.exit(serve(Path(sys.argv[1]), "scorecard.html"))
"""


@pytest.mark.parametrize("request_", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_nothing_running(tmp_path: Path, request_: signal.Signals) -> None:
    """Ctrl-C (or SIGTERM) in the middle of a part exits 130, and neither the part nor its children live on."""
    harness = subprocess.Popen([sys.executable, "-c", HARNESS, str(tmp_path), STUBBORN], cwd=ROOT)  # noqa: S603
    pids = tmp_path / "pids"
    _until(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    started = [int(pid) for pid in pids.read_text().split()]
    harness.send_signal(request_)

    assert harness.wait(DEADLINE_S) == 130
    _until(lambda: not any(map(_lives, started)))


@pytest.mark.parametrize(
    ("statuses", "code"), [((0, 0), 0), ((0, 3), 3), ((1, 3), 1), ((1, 4), 4), ((-9, 1), 4), ((0, 124), 4)]
)
def test_recording_only_judges_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statuses: tuple[int, int], code: int
) -> None:
    """A machine that does a part of the work leaves its evidence, no scorecard, and the gravest of its parts' codes."""
    command = "import os, sys; n = {}; n < 0 and os.kill(os.getpid(), -n); sys.exit(n)"
    names = [f"part{number}" for number, _ in enumerate(statuses)]
    known = [_python(name, command.format(status)) for name, status in zip(names, statuses, strict=True)]
    monkeypatch.setattr(verify, "parts", lambda *_: known)
    said = StringIO()

    assert verify.verify(_options(record_only=True), tmp_path, Console(file=said, width=200)) == code
    [run] = (tmp_path / "runs").iterdir()
    assert [step["step"] for step in Run(run).records("steps")] == names
    assert not (run / "scorecard.json").exists()
    assert f"merge {run}" in said.getvalue()


@pytest.mark.parametrize("record_only", [True, False])
def test_every_part_left_out_is_no_evidence(record_only: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A verification that could try none of what it was asked for is not green because nothing failed."""
    monkeypatch.setattr(verify, "left_out", lambda *_: "nothing here")
    said = StringIO()
    console = Console(file=said, width=200)

    assert verify.verify(_options(parts=("defects",), record_only=record_only), tmp_path, console) == 4
    assert "every part was left out: nothing was tried, and that is no evidence" in said.getvalue()


def test_a_killed_verification_takes_its_part_along(tmp_path: Path) -> None:
    """After kill -9 of the harness, the part that ran is told to end."""
    harness = subprocess.Popen([sys.executable, "-c", HARNESS, str(tmp_path), STUBBORN], cwd=ROOT)  # noqa: S603
    pids = tmp_path / "pids"
    _until(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    part, grandchild = (int(pid) for pid in pids.read_text().split())
    harness.kill()
    harness.wait()
    try:
        _until(lambda: not _lives(part))
    finally:
        os.kill(grandchild, signal.SIGKILL)


def test_the_report_is_served_to_this_machine(tmp_path: Path) -> None:
    """The report is on a free port of the loopback address until Ctrl-C."""
    (tmp_path / "scorecard.html").write_text("the scorecard")
    command = [sys.executable, "-c", SERVER, str(tmp_path)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert server.stdout is not None
    address = server.stdout.readline().strip()
    with urllib.request.urlopen(address) as answer:  # noqa: S310
        assert answer.read() == b"the scorecard"
    server.send_signal(signal.SIGINT)

    assert address.startswith("http://127.0.0.1:")
    assert server.wait(DEADLINE_S) == 0
    server.stdout.close()


def test_allure_draws_the_scorecard_first(tmp_path: Path) -> None:
    """The report's first card is the scorecard, whole, with links that lead to the run; what is no test is beside."""
    run = whole_run(tmp_path / "runs")
    (run.directory / publish.MATRIX).write_text("the matrix")
    manifest.seal(run)
    publish.write(run)
    first = allure_report.draw(run)
    scorecard = first.parent / "scorecard" / "index.html"

    page = scorecard.read_text()

    assert page.replace('\n<base href="../../">', "") == (run.directory / "scorecard.html").read_text()
    assert (scorecard.parent / "../.." / publish.MATRIX).read_text() == "the matrix"
    assert json.loads((first.parent / "awesome" / "summary.json").read_text())["stats"]["total"] == RESULTS + TESTS
    assert not [file for file in first.parent.rglob("*.html") if "googletagmanager" in file.read_text()]
    assert first.read_text().index("Scorecard: go") < first.read_text().index('"name":"Tests"')


def test_without_allure_the_rest_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Allure cannot be had, one line says so and what to do; the scorecard is there all the same."""
    monkeypatch.setattr(allure_report, "HERE", tmp_path)
    run = whole_run(tmp_path / "runs")
    said = StringIO()
    console = Console(width=200, file=said)

    assert verify.conclude(run, tmp_path / "out", console) == 4
    assert "run make setup" in said.getvalue()
    assert (tmp_path / "out" / "scorecard.html").exists()


def test_a_lock_file_that_any_registry_can_serve() -> None:
    """The pinned modules name no registry, and each has the hash of its content."""
    lock = (allure_report.HERE / "package-lock.json").read_text()

    assert '"resolved"' not in lock
    assert lock.count('"integrity": "sha512-') == lock.count('"node_modules/')
