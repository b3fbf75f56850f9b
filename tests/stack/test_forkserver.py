"""The process that forks applications: what it forks is as good as what is started anew, and nothing of it is left."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.processes import FD, Command, Processes, plain_environment

LARGE = "imported = __import__('os').getpid()"
SMALL = """
import json, os, socket, sys
from sample import large
if "leave" in sys.argv:
    left = os.fork()
    if not left:
        os.setsid()
        os.execvp("sleep", ["sleep", "600"])
    print(left)
    raise SystemExit(3)
print(json.dumps({
    "words": sys.argv[1:-1], "port": socket.socket(fileno=int(sys.argv[-1])).getsockname()[1], "here": os.getcwd(),
    "told": dict(os.environ), "leads": os.getpid() == os.getsid(0) == os.getpgid(0),
    "itself": large.imported == os.getpid(),
    "input": sys.stdin.read(), "descriptors": len(os.listdir("/proc/self/fd")),
}))
raise SystemExit(7)
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with an application that says how it was started."""
    package = tmp_path / "sample"
    package.mkdir()
    for name, text in {"__init__": "", "large": LARGE, "__main__": SMALL}.items():
        (package / f"{name}.py").write_text(text)
    return tmp_path


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """A run of its own."""
    with Processes.start() as own:
        yield own


def prepare(processes: Processes, source: Path, *modules: str) -> None:
    """Starts the run's fork server."""
    modules = modules or ("sample.large",)
    argv = (sys.executable, "-m", "stack.forkserver", str(processes.folder), str(source), *modules)
    processes.forkserver(argv, processes.folder / "forkserver.log")


def start(processes: Processes, source: Path, *words: str, forked: bool = True) -> tuple[int | None, str]:
    """The exit code of the application, and what it said."""
    log = source / f"{len(list(source.iterdir()))}.log"
    argv = (sys.executable, "-m", "sample", *words, FD)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        told = {"PATH": os.environ["PATH"], "LC_CTYPE": "C.UTF-8", "TOLD": str(listener.getsockname()[1])}
        command = Command("sample", argv, log, told, cwd=source, sockets=(listener,), forked=forked)
        process = processes.spawn(command)
        code = process.wait(20)
        process.kill()
    return code, log.read_text()


def test_forked__as_good_as_started(processes: Processes, source: Path) -> None:
    """What is forked has the words, settings, folder, socket, session and log that a new process has, and no more."""
    anew = start(processes, source, "one", "two", forked=False)
    prepare(processes, source)
    forked = start(processes, source, "one", "two")

    assert [code for code, _ in (anew, forked)] == [7, 7]
    new, old = json.loads(anew[1]), json.loads(forked[1])
    assert [new.pop("itself"), old.pop("itself")] == [True, False], "the second was not forked"
    for said in (new, old):
        assert int(said["told"].pop("TOLD")) == said.pop("port")
    assert old == new
    assert (new["words"], new["leads"], new["here"], new["input"]) == (["one", "two"], True, str(source), "")


def test_other_modules__imported_for_the_second(processes: Processes, source: Path) -> None:
    """The first process is not kept waiting for what it imports once it is ready; the second has it."""
    prepare(processes, source, "sample", "sample.large")

    imported_itself = [json.loads(start(processes, source)[1])["itself"] for _ in range(3)]

    assert imported_itself == [True, False, False]


def test_forked__killed_as_any_other(processes: Processes, source: Path) -> None:
    """A signal's number is the exit code of what is forked, too, and its pid is the guard's to end."""
    (source / "sample" / "__main__.py").write_text("import signal; print('here', flush=True); signal.pause()")
    prepare(processes, source)
    log = source / "log"
    command = Command("sample", (sys.executable, "-m", "sample"), log, plain_environment(), cwd=source, forked=True)

    process = processes.spawn(command)
    running = process.exit_code()
    process.signal(signal.SIGTERM)

    assert (running, process.wait(20)) == (None, -signal.SIGTERM)
    process.kill()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_forkserver_gone__started_anew(processes: Processes, source: Path) -> None:
    """A fork server that has died keeps nobody from starting."""
    prepare(processes, source)
    start(processes, source)
    server = next(
        int(each.parent.name)
        for each in Path("/proc").glob("[0-9]*/cmdline")
        if f"stack.forkserver\0{processes.folder}\0" in read(each)
    )
    os.kill(server, signal.SIGKILL)

    code, said = start(processes, source)

    assert (code, json.loads(said)["itself"]) == (7, True)


@pytest.mark.parametrize("change", ["changed", "added", "taken away", "another"])
def test_code_that_is_not_what_was_imported__started_anew(processes: Processes, source: Path, change: str) -> None:
    """What is forked is never older than the code on the disk: whoever changes a line gets that line."""
    package = source / "sample"
    (package / "data").write_text("1")
    prepare(processes, source)
    assert not json.loads(start(processes, source)[1])["itself"]
    if change == "another":
        source = source / "copy"
        shutil.copytree(package, source / "sample")
    elif change == "taken away":
        (package / "data").unlink()
    else:
        (package / ("data" if change == "changed" else "more")).write_text("22")

    code, said = start(processes, source)

    assert (code, json.loads(said)["itself"]) == (7, True)


def test_import_that_fails__is_told_by_the_application(processes: Processes, source: Path) -> None:
    """What cannot be imported is in the log of what needs it, and its exit code says so."""
    (source / "sample" / "large.py").write_text("raise ValueError('no good')")
    prepare(processes, source)

    code, said = start(processes, source)

    assert code == 1
    assert "ValueError: no good" in said


def test_orphans__end_with_the_run(source: Path) -> None:
    """A process that its parent left behind, in a session of its own, does not outlive a run that adopts."""
    with Processes.start() as processes:
        prepare(processes, source)
        code, left = start(processes, source, "leave")
        os.kill(int(left), 0)

    assert code == 3
    with pytest.raises(ProcessLookupError):
        os.kill(int(left), 0)


def read(file: Path) -> str:
    """What a process's file says, nothing once the process has gone."""
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""
