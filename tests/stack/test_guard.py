"""Whatever the harness starts dies with it, however it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from core.waiting import comes_true
from stack import leftovers
from stack.errors import ServiceFailedError, UnavailableError
from stack.processes import FD, ROOT, Command, Processes, plain_environment
from tests.support.guards import guard_of

DEADLINE_S = 20.0
HARNESS = """
import os, signal, sys, time
from pathlib import Path
from stack.processes import Command, Processes
processes = Processes.start(Path(sys.argv[1]))
for argv in (("sleep", "600"), ("sh", "-c", "sleep 600 & sleep 600")):
    command = Command("a child", argv, processes.folder / "log", last=signal.SIGTERM)
    print(processes.spawn(command).pid, flush=True)
print("up", flush=True)
time.sleep(600)
"""
DEAF = """
stubborn = "import signal as s, time; s.signal(s.SIGTERM, s.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
command = Command("a child", (sys.executable, "-c", stubborn), processes.folder / "log", last=signal.SIGTERM)
print(processes.spawn(command).pid, flush=True)
while "deaf" not in (processes.folder / "log").read_text():
    time.sleep(0.005)
"""
"""What a harness does besides, before it is up: a child that the guard must give up on, which takes it a while."""
FORK = """
forked = os.fork()
if forked:
    print(forked)
    """

CURT = """
import sys
from pathlib import Path
from stack.processes import Processes
owner = Processes.start(Path(sys.argv[1]))
owner._guard.stdin.close()
owner._guard.wait()
"""


@pytest.fixture
def parent() -> Iterator[Path]:
    """A short, empty folder for runs to put theirs in."""
    with tempfile.TemporaryDirectory(prefix="g-") as folder:
        yield Path(folder)


def until(condition: Callable[[], object]) -> bool:
    """Whether the condition came true before the deadline."""
    return comes_true(condition, within_s=DEADLINE_S, pause_s=0.005)


def group_lives(leader: int) -> bool:
    """Whether any process of a process group is left; one that only waits to be reaped is not."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, group = status.read_text().rpartition(")")[2].split()[:3]
            if int(group) == leader and state != "Z":
                return True
    return False


def nothing_left(folder: Path, leaders: list[int]) -> bool:
    """Whether what a harness put into its folder is gone, and so are its processes."""
    return not list(folder.iterdir()) and not any(map(group_lives, leaders))


def a_harness(parent: Path, besides: str = "") -> tuple[subprocess.Popen[str], list[int]]:
    """A process with a guard and children, and the numbers that it printed: the leaders of their groups."""
    argv = [sys.executable, "-c", HARNESS.replace('print("up"', f'{besides}print("up"'), str(parent)]
    harness = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603
    stdout = harness.stdout
    assert stdout is not None
    return harness, [int(line) for line in iter(lambda: stdout.readline().strip(), "up")]


def test_harness_ended_by_a_signal__nothing_left(parent: Path) -> None:
    """A harness that is killed, terminated or interrupted leaves no process, no grandchild and no folder.

    The three go at the same time: each of them takes what the guard grants a child that is deaf to SIGTERM.
    """
    ways = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
    with ExitStack() as ends:
        ended = {}
        for way in ways:
            folder = parent / way.name
            folder.mkdir()
            harness, leaders = a_harness(folder, DEAF)
            ends.enter_context(harness)
            ends.callback(harness.kill)
            assert (len(leaders), all(map(group_lives, leaders))) == (3, True)
            harness.send_signal(way)
            ended[way.name] = partial(nothing_left, folder, leaders)

        assert [way for way, is_gone in ended.items() if not until(is_gone)] == []


def test_forked_child_that_outlives_the_harness__does_not_hold_the_guard(parent: Path) -> None:
    """A process that inherited the harness's pipes by fork cannot keep a dead harness's children alive."""
    harness, (*leaders, forked) = a_harness(parent, FORK)
    with harness:
        try:
            harness.kill()

            assert until(lambda: not any(group_lives(leader) for leader in leaders))
            assert until(lambda: not list(parent.iterdir()))
        finally:
            os.kill(forked, signal.SIGKILL)


def test_owner_that_says_no_goodbye__ends_by_itself(parent: Path) -> None:
    """The guard ends workers that outlived their run, never the owner, who may have had no time for a word."""
    owner = subprocess.run([sys.executable, "-c", CURT, parent], cwd=ROOT, timeout=DEADLINE_S, check=False)  # noqa: S603

    assert owner.returncode == 0
    assert not list(parent.iterdir())


def test_member_that_leaves__takes_its_own_children_only(parent: Path) -> None:
    """A worker's children end with its connection; the children of the run's owner go on."""
    with Processes.start(parent) as owner:
        kept = owner.spawn(Command("the owner's", ("sleep", "600"), owner.folder / "log", plain_environment()))
        with Processes.join(owner.folder) as member:
            lost = member.spawn(Command("the worker's", ("sleep", "600"), owner.folder / "log", plain_environment()))

        assert until(lambda: not group_lives(lost.pid))
        assert kept.exit_code() is None


def test_harness_killed__its_workers_are_told_to_go(parent: Path) -> None:
    """A worker that joined the run of a harness that was killed does not stay behind: it gets SIGTERM."""
    join = "import sys, time\nfrom pathlib import Path\nfrom stack.processes import Processes\n"
    join += "member = Processes.join(Path(sys.argv[1]))\nprint('joined', flush=True)\ntime.sleep(600)"
    harness, _ = a_harness(parent)
    with harness:
        argv = [sys.executable, "-c", join, str(next(parent.iterdir()))]
        worker = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603
        with worker:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "joined\n"
            harness.kill()

            assert worker.wait(DEADLINE_S) == -signal.SIGTERM


def test_socket_handed_over__child_answers_on_it(parent: Path) -> None:
    """A child inherits the very socket that the harness bound, at the number that its arguments name."""
    serve = "import socket, sys; socket.socket(fileno=int(sys.argv[1])).accept()[0].sendall(b'here')"
    with Processes.start(parent) as processes, socket.create_server(("127.0.0.1", 0)) as listener:
        argv = (sys.executable, "-c", serve, FD)
        processes.spawn(Command("a server", argv, processes.folder / "log", plain_environment(), sockets=(listener,)))
        with socket.create_connection(listener.getsockname(), timeout=DEADLINE_S) as client:
            assert client.recv(16) == b"here"


def test_child_that_fails__error_names_it_and_ends_with_its_log(parent: Path) -> None:
    """A command that fails is named, with its exit code and the last lines of its log."""
    argv = ("sh", "-c", "echo the reason; exit 3")
    with Processes.start(parent) as processes:
        loser = Command("the loser", argv, processes.folder / "log", plain_environment())
        with pytest.raises(ServiceFailedError, match="the loser exited with 3") as failure:
            processes.run(loser)

    assert str(failure.value).endswith("    the reason")


def a_killed_guard(parent: Path) -> tuple[Path, list[int]]:
    """The folder and the children of a run whose guard was killed, and whose harness after it."""
    before = set(parent.glob("rf-*"))
    harness, leaders = a_harness(parent)
    with harness:
        (folder,) = set(parent.glob("rf-*")) - before
        os.kill(guard_of(folder), signal.SIGKILL)
        harness.kill()
    return folder, leaders


def test_guard_killed__the_kernel_ends_its_children(parent: Path) -> None:
    """Children do not outlive a guard that was killed with -9; what they wrote stays, and belongs to nobody."""
    folder, leaders = a_killed_guard(parent)

    assert until(lambda: not any(Path(f"/proc/{leader}/exe").exists() for leader in leaders))
    assert list(leftovers.ownerless(parent)) == [folder]


def test_guard_killed__the_next_start_sweeps(parent: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The next run of the same place removes what a killed guard left, says so, and leaves living runs alone."""
    with Processes.start(parent) as living:
        folder, _ = a_killed_guard(parent)
        assert until(lambda: list(leftovers.ownerless(parent)) == [folder])

        with Processes.start(parent) as later:
            assert set(parent.glob("rf-*")) == {living.folder, later.folder}

    assert f"removed {folder}, whose guard had been killed" in capfd.readouterr().err


def test_folder_of_a_guard_that_begins__belongs_to_it(parent: Path) -> None:
    """A folder that was made a moment ago, and one whose guard lives and does not listen, are left alone."""
    beginning, busy = parent / "rf-beginning", parent / "rf-busy"
    beginning.mkdir()
    busy.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(busy / "guard.sock"))
    held = leftovers.hold(busy)
    try:
        assert list(leftovers.ownerless(parent)) == []
    finally:
        os.close(held)

    assert list(leftovers.ownerless(parent)) == [busy]


def test_child_killed_twice__the_run_goes_on(parent: Path) -> None:
    """Killing, stopping or asking a child that was killed does nothing, and the run's other children live on."""
    with Processes.start(parent) as processes:
        ended, other = (
            processes.spawn(Command(name, ("sleep", "600"), processes.folder / "log", plain_environment()))
            for name in ("the ended one", "the other")
        )
        for _ in range(2):
            ended.kill()
            ended.stop()

        assert (ended.exit_code(), other.exit_code()) == (-signal.SIGKILL, None)


@pytest.mark.parametrize("request_", [{"do": "end", "pid": 1}, {"do": "nonsense"}, {}, {"do": "spawn"}])
def test_bad_request__is_answered_and_the_run_goes_on(parent: Path, request_: dict[str, object]) -> None:
    """A request that cannot be is one error for who made it; it ends nobody's children."""
    with Processes.start(parent) as processes:
        child = processes.spawn(Command("a child", ("sleep", "600"), processes.folder / "log", plain_environment()))
        with pytest.raises(ServiceFailedError, match="the guard could not"):
            processes.ask(request_)

        assert child.exit_code() is None


def test_program_that_is_not_there__error_says_so(parent: Path) -> None:
    """A program that cannot be started is an error of the spawn, and the guard goes on."""
    with Processes.start(parent) as processes:
        missing = Command("nobody", ("/nonexistent/program",), processes.folder / "log", plain_environment())
        with pytest.raises(ServiceFailedError, match="/nonexistent/program"):
            processes.spawn(missing)

        processes.run(Command("somebody", ("true",), processes.folder / "log", plain_environment()))


def test_child_environment__holds_no_secret_of_the_caller(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child is told what it is told: a secret in the harness's environment does not reach it."""
    monkeypatch.setenv("SECRET_OF_THE_CALLER", "planted")
    with Processes.start(parent) as processes:
        processes.run(Command("env", ("env",), processes.folder / "log", plain_environment(TOLD="yes")))
        seen = (processes.folder / "log").read_text()

    assert "TOLD=yes" in seen
    assert "planted" not in seen


def test_folder_that_is_full__is_named_with_the_log(parent: Path) -> None:
    """A service whose log could not be written names the full folder and the setting: an empty log tells nothing."""
    place = parent / "full"
    place.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(place)]
    mounted = subprocess.run(argv, capture_output=True, check=False)  # noqa: S603
    if mounted.returncode:
        pytest.skip("needs a file system of its own: root, and leave to mount one")
    try:
        with Processes.start(parent) as processes:
            (place / "filler").write_bytes(bytes(40 << 10))
            with pytest.raises(OSError, match="No space left"), (place / "more").open("wb") as more:
                more.write(bytes(1 << 20))
            loser = Command("the loser", ("sh", "-c", "echo reason; exit 3"), place / "log", plain_environment())
            with pytest.raises(ServiceFailedError) as failure:
                processes.run(loser)
    finally:
        subprocess.run(["umount", place], check=True)  # noqa: S603, S607

    first, *log = str(failure.value).splitlines()
    assert f"({place}: No space left on device: set RAPTORFLOW_RUNS to a folder with room" in first
    assert log == ["    (nothing)"]


def test_folder_that_cannot_be_made__one_line_with_the_remedy(parent: Path) -> None:
    """A place for runs that cannot be written is one line that names it and the setting to change."""
    with pytest.raises(UnavailableError, match="set RAPTORFLOW_RUNS to a writable folder") as refusal:
        Processes.start(parent / "missing")

    assert "\n" not in str(refusal.value)
