"""``python -m stack``: for people, and for whoever ends it without a word."""

from __future__ import annotations

import os
import pwd
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.waiting import comes_true
from stack.tools import ROOT
from tests.support.guards import guard_of

DEADLINE_S = 60.0
HELD = "Ctrl-C takes it down."


@dataclass(frozen=True, slots=True)
class Place:
    """A short folder for one test's runs; every process of theirs carries its name in its environment."""

    folder: Path
    user: str | None = None

    def environment(self) -> dict[str, str]:
        """What the command is told."""
        own = {"RAPTORFLOW_RUNS": str(self.folder), "TMPDIR": str(self.folder), "PATH": os.environ["PATH"]}
        if self.user is None:
            return {**own, "HOME": os.environ.get("HOME", "/"), **_cache()}
        return {**own, "HOME": str(self.folder / "home"), "PYTHONDONTWRITEBYTECODE": "1"}

    def prefix(self) -> tuple[str, ...]:
        """What turns root into the place's user, who still may read a checkout that is root's own."""
        if self.user is None:
            return ()
        capability = "+dac_read_search"
        user = ("setpriv", f"--reuid={self.user}", "--regid=nogroup", "--clear-groups")
        return (*user, f"--inh-caps={capability}", f"--ambient-caps={capability}")

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Starts ``python -m stack WORDS`` in a process group of its own, as a terminal would."""
        return subprocess.Popen(  # noqa: S603
            [*self.prefix(), sys.executable, "-m", "stack", *words],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )

    def run(self, *words: str, told: str = "") -> tuple[int, str, str]:
        """Runs it to its end, with ``told`` on its standard input: exit code, output, errors."""
        with self.start(*words) as process:
            out, err = process.communicate(told, timeout=DEADLINE_S)
        return process.returncode, out, err

    def runs(self) -> list[Path]:
        """The folders of runs that are there."""
        return list(self.folder.glob("rf-*"))

    def processes(self) -> list[str]:
        """The processes that were told this place, but for those that only wait to be reaped."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                told = (process / "environ").read_bytes()
            except OSError:
                continue
            if f"TMPDIR={self.folder}".encode() in told:
                found.append((process / "cmdline").read_text())
        return found


def _cache() -> dict[str, str]:
    chosen = os.environ.get("RAPTORFLOW_CACHE")
    return {"RAPTORFLOW_CACHE": chosen} if chosen else {}


@pytest.fixture
def place() -> Iterator[Place]:
    """Where this test's runs live; it must be empty in the end."""
    with tempfile.TemporaryDirectory(prefix="p-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        yield Place(Path(folder))


def until(condition: Callable[[], object]) -> bool:
    """Whether the condition came true before the deadline."""
    return comes_true(condition, within_s=DEADLINE_S, pause_s=0.002)


def hold(process: subprocess.Popen[str]) -> str:
    """What ``up`` prints until it holds."""
    assert process.stdout is not None
    lines = []
    while HELD not in (line := process.stdout.readline()):
        assert line, process.stderr and process.stderr.read()
        lines.append(line)
    return "".join(lines)


STAGES = {
    "guard": "rf-*/guard.sock",
    "postgres": "rf-*/pg/data",
    "services": "rf-*/stack.json",
    "slice": "rf-*/slices/up",
    "application": "rf-*/logs/raptorflow-up.log",
}


@pytest.mark.parametrize("stage", STAGES)
def test_interrupted_at_any_stage__nothing_left(place: Place, stage: str) -> None:
    """Ctrl-C while the stack comes up, however far it has come, leaves no process and no folder."""
    with place.start("up") as process:
        assert until(lambda: list(place.folder.glob(STAGES[stage])) or process.poll() is not None)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=DEADLINE_S)

    assert (err, process.returncode) == ("", 130)
    assert until(lambda: not place.runs() and not place.processes())


def test_up__says_where_everything_is_until_interrupted(place: Place) -> None:
    """``up`` names the application and how to reach its parts, and Ctrl-C, its usual end, is no failure."""
    with place.start("up") as process:
        said = hold(process)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=DEADLINE_S)

    assert process.returncode == 0
    assert "http://127.0.0.1:" in said
    assert "http://localhost:" in said
    assert until(lambda: not place.runs() and not place.processes())


def test_killed__nothing_left(place: Place) -> None:
    """Killing the harness with -9 leaves no server, no application and no folder."""
    with place.start("up") as process:
        hold(process)
        assert len(place.processes()) > 4
        process.kill()

    assert until(lambda: not place.runs() and not place.processes())


def test_kept_run__listed_entered_and_taken_down(place: Place) -> None:
    """A kept run outlives its harness: it is listed, a shell opens in it, and ``down`` leaves nothing of it."""
    keep = "from stack.embedded import Stack\nwith Stack.start() as s:\n    s.slice('kept')\n    s.keep()"
    subprocess.run([sys.executable, "-c", keep], cwd=ROOT, env=place.environment(), check=True)  # noqa: S603
    (folder,) = place.runs()
    name = folder.name.removeprefix("rf-")
    try:
        assert f"{name} kept\n" in place.run("list")[1]
        assert "slice_kept" in place.run("shell", name, "psql", told="select current_database()")[1]
        assert "PONG" in place.run("shell", name, "redis", told="ping")[1]
        credentials = folder / "slices" / "kept" / "system.json"
        assert stat.S_IMODE(credentials.stat().st_mode) == 0o600
    finally:
        assert place.run("down", name) == (0, "", "")

    assert until(lambda: not place.runs() and not place.processes())


def test_guard_killed__listed_and_taken_down(place: Place) -> None:
    """What a run left whose guard was killed is listed as such and removed by `down`; no process outlives the guard."""
    with place.start("up") as process:
        hold(process)
        (folder,) = place.runs()
        os.kill(guard_of(folder), signal.SIGKILL)
        process.kill()
    name = folder.name.removeprefix("rf-")

    assert until(lambda: not place.processes())
    assert (
        f"{name} (its guard was killed: python -m stack down {name}, or the next start, removes {folder})"
        in (place.run("list")[1])
    )
    assert place.run("down", name) == (0, "", "")
    assert not place.runs()


def test_service_that_dies_during_a_command__is_no_evidence(place: Place) -> None:
    """A command whose PostgreSQL died proved nothing, whatever its own exit code: 4, and the service is named."""
    kill = f"kill -9 $(head -n 1 {place.folder}/rf-*/pg/data/postmaster.pid)"

    code, _, err = place.run("run", "--", "sh", "-c", kill)

    assert code == 4
    assert err.startswith("stack: PostgreSQL died (exit code -9); its log ends:\n")


def ordinary(place: Place) -> Place:
    """The same place, for a user who is not root."""
    if os.geteuid() != 0:
        return place
    nobody = pwd.getpwnam("nobody")
    (place.folder / "home").mkdir()
    for folder in (place.folder, place.folder / "home"):
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return Place(place.folder, "nobody")


def test_run_by_an_ordinary_user__fills_in_addresses_and_passes_the_exit_code_on(place: Place) -> None:
    """``run`` hands a fresh slice's addresses to a command, and ends as the command does.

    A user who is not root gets the same stack as root, from the first, uncached start.
    """
    asked = "import os, sys, urllib.request as u; print(os.geteuid(), u.urlopen(sys.argv[1] + '/health/ready').status)"

    code, out, err = ordinary(place).run("run", "--", sys.executable, "-c", f"{asked}; sys.exit(3)", "{base_url}")

    assert (code, err) == (3, "")
    user, answer = out.split()
    assert (user != "0", answer) == (True, "200")
    assert not place.runs()


def test_place_that_cannot_be_written__one_line(place: Place) -> None:
    """A place for runs that is not there is named with the setting, exit code 2, nothing started."""
    missing = Place(place.folder / "missing")

    code, out, err = missing.run("up")

    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "set RAPTORFLOW_RUNS to a writable folder" in err


@pytest.mark.parametrize("words", [("down", "nobody"), ("shell", "nobody", "psql")])
def test_run_that_does_not_live__one_line(place: Place, words: tuple[str, ...]) -> None:
    """A run that is not there is named, with those that are, exit code 2."""
    code, _, err = place.run(*words)

    assert code == 2
    assert err.startswith("stack: no run 'nobody' lives here; living: ")


def test_doctor__names_every_program(place: Place) -> None:
    """``doctor`` lists each program and ends 0 where none is missing, else 2 with the commands that fetch them."""
    code, out, _ = place.run("doctor")

    assert code in {0, 2}
    for name in ("PostgreSQL", "Redis", "browser", "Node"):
        assert name in out
    assert (code == 2) == ("missing" in out)
