"""Children of a run, spawned and watched through the run's guard."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.waiting import TooLateError, until
from stack import leftovers
from stack.errors import ServiceFailedError, UnavailableError
from stack.forkserver import FD
from stack.messages import receive, send

ROOT = Path(__file__).resolve().parent.parent
ROOMY_BYTES = 1 << 30
PROBE_BYTES = 1 << 20
LOOK_S = 0.004
LONGEST_FOLDER = 60
"""A Unix socket's path has at most 107 characters; what the run puts below its folder needs the rest."""


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group that a child runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Command:
    """What to run: `FD` in `argv` stands for the next of `sockets`, which the child inherits.

    `stop` asks it to end in good order; `last` is what the guard sends when the run is over. `forked` lets the
    run's fork server start it, if there is one.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    stop: signal.Signals = signal.SIGTERM
    last: signal.Signals = signal.SIGKILL
    sockets: tuple[socket.socket, ...] = ()
    cwd: Path = ROOT
    forked: bool = False


def plain_environment(**more: str) -> dict[str, str]:
    """Return what every child needs of this process's environment, and no more: no secret of the caller gets in."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONUNBUFFERED": "1", **more}


def engine_environment() -> dict[str, str]:
    """Return what a client of a container engine needs to find it."""
    return {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}


def folder_for_runs() -> Path:
    """Where runs put their folders: `RAPTORFLOW_RUNS`, else memory that has room, else a temporary folder."""
    if chosen := os.environ.get("RAPTORFLOW_RUNS"):
        return _short_enough(Path(chosen))
    memory = Path("/dev/shm")  # noqa: S108
    if os.access(memory, os.W_OK | os.X_OK) and _free(memory) > ROOMY_BYTES:
        return memory
    temporary = Path(tempfile.gettempdir())
    return temporary if len(str(temporary)) <= LONGEST_FOLDER else Path("/tmp")  # noqa: S108


def _short_enough(folder: Path) -> Path:
    if len(str(folder)) > LONGEST_FOLDER:
        raise UnavailableError(
            f"RAPTORFLOW_RUNS={folder} is too long for a socket: name a folder of {LONGEST_FOLDER} characters at most"
        )
    return folder


def _free(path: Path) -> int:
    status = os.statvfs(path)
    return status.f_bavail * status.f_frsize


@dataclass(slots=True)
class Process:
    """One child of the guard."""

    command: Command
    pid: int
    _processes: Processes
    _ended: int | None = None
    """The exit code, once the guard has forgotten the child: its number may be another's by then."""

    def exit_code(self) -> int | None:
        """Return the exit code (negative: the signal that killed it), `None` while it runs."""
        if self._ended is not None:
            return self._ended
        code: int | None = self._processes.ask({"do": "status", "pid": self.pid})["code"]
        return code

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the child's whole process group; to nobody once it was killed."""
        if self._ended is None:
            self._processes.ask({"do": "signal", "pid": self.pid, "signal": int(number)})

    def wait(self, timeout_s: float) -> int | None:
        """Return the exit code once it has ended, or `None` after `timeout_s`."""
        try:
            return until(self.exit_code, lambda code: code is not None, within_s=timeout_s, pause_s=LOOK_S)
        except TooLateError:
            return None

    def stop(self, timeout_s: float = 3.0) -> None:
        """Ask the child to stop, and kill what is left of its process group."""
        self.signal(self.command.stop)
        self.wait(timeout_s)
        self.kill()

    def kill(self) -> None:
        """Kill the child's process group and forget it; do nothing the second time."""
        if self._ended is None:
            self._ended = int(self._processes.ask({"do": "end", "pid": self.pid})["code"])

    def failed(self, what: str) -> ServiceFailedError:
        """Return the error that says what went wrong, with the tail of the child's log."""
        full = _full(self.command.log.parent)
        return ServiceFailedError(f"{self.command.name} {what}{full}; its log ends:\n{tail(self.command.log)}")


def _full(folder: Path) -> str:
    """Return what keeps a log from being written, if anything does: a log with nothing in it tells nothing."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(PROBE_BYTES))
            probe.flush()
    except OSError as error:
        return f" ({folder}: {error.strerror}: set RAPTORFLOW_RUNS to a folder with room, or end what fills it)"
    return ""


def tail(log: Path, lines: int = 12) -> str:
    """Return the last lines of a log, indented."""
    try:
        text = log.read_text(errors="replace").splitlines()[-lines:]
    except OSError as error:
        return f"    (no log: {error.strerror})"
    return "\n".join(f"    {line}" for line in text) or "    (nothing)"


@dataclass(slots=True)
class Processes:
    """A connection to a run's guard, and the run's folder."""

    folder: Path
    _connection: socket.socket
    _guard: subprocess.Popen[str] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def start(cls, parent: Path | None = None) -> Processes:
        """Start a guard for this process, with a new folder in `parent`. Raises UnavailableError."""
        where = parent or folder_for_runs()
        leftovers.sweep(where)
        guard = subprocess.Popen(  # noqa: S603
            [sys.executable, "-S", "-E", "-m", "stack.guard", str(where)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        assert guard.stdout is not None
        folder = guard.stdout.readline().strip()
        if not folder:
            why = (guard.communicate()[1].strip().splitlines() or ["it did not start"])[-1]
            raise UnavailableError(
                f"no folder for the run in {where} ({why}): set RAPTORFLOW_RUNS to a writable folder"
            )
        return cls(Path(folder), _connect(Path(folder)), guard)

    @classmethod
    def join(cls, folder: Path) -> Processes:
        """Connect to the guard of a run that another process started."""
        return cls(folder, _connect(folder))

    def spawn(self, command: Command) -> Process:
        """Start a child; it dies with this process, or with the run."""
        account = command.account
        answer = self.ask(
            {
                "do": "spawn",
                "argv": command.argv,
                "env": dict(command.env),
                "cwd": str(command.cwd),
                "log": str(command.log),
                "account": account and [account.uid, account.gid],
                "last": int(command.last),
                "forked": command.forked,
            },
            command.sockets,
        )
        return Process(command, answer["pid"], self)

    def run(self, command: Command, timeout_s: float = 60.0) -> None:
        """Run a child to its end; `ServiceFailedError` unless it exits 0 in time."""
        process = self.spawn(command)
        code = process.wait(timeout_s)
        process.kill()
        if code != 0:
            raise process.failed(f"exited with {code}" if code is not None else f"did not end within {timeout_s} s")

    def ask(self, request: dict[str, Any], sockets: tuple[socket.socket, ...] = ()) -> dict[str, Any]:
        """Send the guard a request and return its answer. Raises ServiceFailedError."""
        with self._lock:
            try:
                send(self._connection, request, [each.fileno() for each in sockets])
                answer = self._hear()
            except OSError as error:
                raise ServiceFailedError(f"the guard of {self.folder} is gone: {error}") from error
            except BaseException:
                self._connection.close()  # interrupted half-way: the next answer would be this request's
                raise
        if "error" in answer:
            raise ServiceFailedError(f"the guard could not {request.get('do')}: {answer['error']}")
        return answer

    def forkserver(self, argv: tuple[str, ...], log: Path) -> None:
        """Start the run's fork server, which `forked` commands are then started by."""
        self.ask({"do": "forkserver", "argv": argv, "env": plain_environment(), "cwd": str(ROOT), "log": str(log)})

    def afterwards(self, argv: tuple[str, ...], **environment: str) -> None:
        """Have the guard run a command when everything else of the run has ended, however that came."""
        told = plain_environment(**engine_environment(), **environment)
        self.ask({"do": "afterwards", "argv": argv, "env": told, "cwd": str(ROOT)})

    def keep(self) -> None:
        """Let the run outlive this process; `python -m stack down` ends it."""
        self.ask({"do": "keep"})

    @property
    def ended(self) -> bool:
        """Whether this process has given its children up: closed, or interrupted while it spoke with the guard."""
        return self._connection.fileno() == -1

    def kept(self) -> bool:
        """Whether somebody asked for the run to be kept, and it still lives."""
        return self._kept("kept")

    def _kept(self, word: str) -> bool:
        try:
            return bool(self.ask({"do": word})["kept"])
        except ServiceFailedError:
            return False

    def close(self) -> None:
        """End this process's children and, in the process that started the guard, the whole run."""
        kept = self._kept("bye" if self._guard else "kept")
        self._connection.close()
        if self._guard is None:
            return
        for pipe in (self._guard.stdin, self._guard.stdout, self._guard.stderr):
            assert pipe is not None
            pipe.close()
        if not kept:
            self._guard.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _hear(self) -> dict[str, Any]:
        answer, _ = receive(self._connection)
        if answer is None:
            raise ConnectionResetError("it closed the connection")
        return answer


def _connect(folder: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(folder / "guard.sock"))
    except OSError as error:
        connection.close()
        raise UnavailableError(
            f"no run lives in {folder}: {error.strerror}. List runs with: python -m stack list"
        ) from error
    return connection


__all__ = ["FD", "ROOT", "Account", "Command", "Process", "Processes", "plain_environment", "tail"]
