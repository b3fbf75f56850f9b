"""A process that has imported the application, and forks itself for each start of it: imports take most of a start.

`python -m stack.forkserver RUN SOURCE MODULE...` puts SOURCE on the path, imports the first module, and serves its
standard input, a Unix socket (RUN, the run's folder, is there for `ps` to say). The other modules are what a process
imports once it is ready: the first that is forked is not kept waiting for them, and they are imported for the second.

A request is a JSON line with descriptors beside it, the log first; the answer is the pid of a process that is nobody's
child but the guard's, or null when SOURCE is not what is wanted, or not any more what was imported:

    {"argv": [python, "-m", module, ...], "env": {}, "cwd": SOURCE, "last": signal, "guard": pid} → {"pid"}

The forked process has the settings, folder, descriptors and session that `guard.spawn` would have given it, and runs
its module as `python -m` does. What cannot be imported is left to it, so that its own log says why.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from stack.messages import receive, send
from stack.parent_death import end_with

FD = "{fd}"
PATIENCE_S = 20.0
HANDED_OVER_S = 0.0002
PR_SET_CHILD_SUBREAPER = 36


@dataclass(slots=True)
class Adopted:
    """A process that was forked for us: reaped by its pid, as far as the rest of the guard is concerned a Popen."""

    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, `None` while it runs."""
        return self._reap(os.WNOHANG)

    def wait(self) -> int:
        """Return the exit code, once it has ended."""
        code = self._reap(0)
        assert code is not None
        return code

    def _reap(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def adopt_orphans() -> bool:
    """Make this process the parent of what its children leave behind; False where the system cannot."""
    try:
        done: int = ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (OSError, AttributeError):
        return False
    return done == 0


@dataclass(slots=True)
class ForkServer:
    """The guard's end."""

    process: subprocess.Popen[bytes]
    _connection: socket.socket

    @classmethod
    def start(cls, argv: list[str], env: dict[str, str], cwd: str, log: Path) -> ForkServer:
        """Start one; it imports while others go on. Raises OSError."""
        ours, theirs = socket.socketpair()
        with theirs, log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603
                argv,
                env=env,
                cwd=cwd,
                stdin=theirs.fileno(),
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=partial(end_with, os.getpid(), signal.SIGKILL),
            )
        ours.settimeout(PATIENCE_S)
        return cls(process, ours)

    def fork(self, request: dict[str, Any], log: int, descriptors: list[int]) -> Adopted | None:
        """Return a process as `request` wants it, `None` if it must be started anew.

        This one has other code, or none.
        """
        answer = None
        with contextlib.suppress(OSError):
            message = {name: request[name] for name in ("argv", "env", "cwd", "last")}
            send(self._connection, {**message, "guard": os.getpid()}, [log, *descriptors])
            answer, _ = receive(self._connection)
        if answer is None:
            self._connection.close()  # a late answer would be taken for the next one's
            return None
        return Adopted(answer["pid"]) if answer["pid"] else None

    def close(self) -> None:
        """End it."""
        self._connection.close()
        self.process.kill()
        self.process.wait()


@dataclass(frozen=True, slots=True)
class Code:
    """The packages of a folder, by the paths of their files, as they were when they were imported."""

    packages: frozenset[str]
    files: dict[str, tuple[int, int]]

    @classmethod
    def of(cls, source: str, modules: Sequence[str]) -> Code:
        """As they are now."""
        packages = frozenset(module.partition(".")[0] for module in modules)
        return cls(packages, dict(_files(Path(source), packages)))

    def is_still(self, source: str) -> bool:
        """Whether this is the code of `source`: nothing was changed, added or taken away since."""
        return self.files == dict(_files(Path(source), self.packages))


def _files(source: Path, packages: Iterable[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    for package in packages:
        for folder, folders, names in os.walk(source / package):
            folders[:] = [each for each in folders if each != "__pycache__"]
            for name in names:
                path = os.path.join(folder, name)  # noqa: PTH118 - once for each start, and a Path takes ten times as long
                found = os.stat(path)  # noqa: PTH116
                yield path, (found.st_mtime_ns, found.st_size)


def serve(connection: socket.socket, code: Code, later: Sequence[str]) -> dict[str, Any]:
    """Fork for each request; return only in a forked process, with its request. Ends when the guard has gone."""
    forked = False
    while True:
        request, descriptors = receive(connection)
        if request is None:
            sys.exit(0)
        if not code.is_still(request["cwd"]):
            for descriptor in descriptors:
                os.close(descriptor)
            send(connection, {"pid": None})
            continue
        if forked and later:
            _import(later)
            later = ()
        told, tell = os.pipe()
        if not (child := os.fork()):
            os.close(told)
            _leave(tell, request["guard"], request["last"])
            _become(request, descriptors)
            return request
        os.close(tell)
        os.waitpid(child, 0)  # it has ended once its own child is the guard's
        pid = int(os.read(told, 16))
        for descriptor in (told, *descriptors):
            os.close(descriptor)
        send(connection, {"pid": pid})
        forked = True


def _import(modules: Iterable[str]) -> None:
    gc.disable()  # what is imported stays, and stays shared between all that are forked: there is nothing to collect
    for module in modules:
        with contextlib.suppress(Exception):
            importlib.import_module(module)
    gc.freeze()
    gc.enable()


def _leave(tell: int, guard: int, last: int) -> None:
    """Fork once more, so that the guard becomes the parent; the new process leads a session before it is known.

    It ends with the guard, which it asks for once the guard is its parent: with whoever was before, it would end now.
    """
    between = os.getpid()
    if os.fork():
        os._exit(0)
    os.setsid()
    while os.getppid() == between:
        time.sleep(HANDED_OVER_S)
    end_with(guard, last)
    os.write(tell, str(os.getpid()).encode())
    os.close(tell)


def _become(request: dict[str, Any], descriptors: list[int]) -> None:
    log, *inherited = descriptors
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    numbers = iter(inherited)
    request["argv"] = [str(next(numbers)) if word == FD else word for word in request["argv"]]


def main(source: str, *modules: str) -> None:
    """Import, serve, and in each forked process run the module that was asked for."""
    with socket.socket(fileno=os.dup(0)) as connection:
        sys.path[0] = source
        code = Code.of(source, modules)
        _import(modules[:1])
        request = serve(connection, code, modules[1:])
    _, _, name, *words = request["argv"]
    sys.argv = [name, *words]
    runpy.run_module(name, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[2:])
