"""The process that owns a run's children and its folder, and lets neither outlive the harness.

`python -m stack.guard PARENT` makes the run's folder in PARENT, prints its path, and listens on `guard.sock` there.
Whoever connects may spawn children. Children end when their connection closes; everything ends, and the folder goes,
when the process that started the guard ends or closes the guard's standard input. When the guard itself is killed, the
kernel sends each child what would have ended it; the folder stays until somebody sweeps it (leftovers.py).

A request is one JSON line (with file descriptors beside it), the answer another:

    {"do": "spawn", "argv": [...], "env": {}, "cwd", "log", "account": [uid, gid] | null, "last": signal,
     "forked": bool} → {"pid"}          forked: by the run's fork server, if it has one and the system allows it
    {"do": "forkserver", "argv", "env", "cwd", "log"} → {}  starts it: forkserver.py says what it is
    {"do": "signal", "pid", "signal"} → {}      to the child's whole process group
    {"do": "status", "pid"}           → {"running": bool, "code": int | null}
    {"do": "end", "pid"}              → {"code"} kills what is left of the group, and forgets it
    {"do": "guard"}                   → {"pid"}  of the guard itself
    {"do": "afterwards", "argv", "env", "cwd"} → {}  runs when the run is over: what no signal of ours can end
    {"do": "keep" | "kept"}           → {"kept": bool}; once kept, only SIGTERM to the guard ends the run
    {"do": "bye"}                     → {"kept": bool}; the owner is about to end the run in good order
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from stack import leftovers
from stack.forkserver import FD, Adopted, ForkServer, adopt_orphans
from stack.messages import receive, send
from stack.parent_death import end_with

GRACE_S = 1.5
LOOK_S = 0.1
ON_EXIT_S = 60.0


@dataclass(slots=True)
class Child:
    """One process and the signal that ends it when the run is over."""

    process: subprocess.Popen[bytes] | Adopted
    last: int

    def signal(self, number: int) -> None:
        """Send a signal to its process group, if it has one still."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)

    def exited(self) -> int | None:
        """Return the exit code, the child being left unreaped, so that its number stays its own.

        `None` while it runs.
        """
        if self.process.returncode is not None:
            return self.process.returncode
        try:
            found = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return self.process.poll()
        if found is None:
            return None
        return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status


def end(children: list[Child]) -> None:
    """End all at once, wait for those that have something to tidy, then kill what is left of each process group."""
    for child in children:
        child.signal(child.last)
    deadline = time.monotonic() + GRACE_S
    while time.monotonic() < deadline and any(child.exited() is None for child in children):
        time.sleep(0.005)
    for child in children:
        child.signal(signal.SIGKILL)
        child.process.wait()


def end_adopted() -> None:
    """Kill what children left behind: who adopts orphans answers for them, and for what these leave in turn."""
    while pids := _children():
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _children() -> list[int]:
    """Return this process's children; none where the kernel does not list them."""
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []


@dataclass(slots=True)
class Guard:
    """The children of every connection, and the loop that serves them."""

    folder: Path
    owner: int
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    children: dict[socket.socket, dict[int, Child]] = field(default_factory=dict)
    orphans: list[Child] = field(default_factory=list)
    kept: bool = False
    said_goodbye: bool = False
    lifeline: bool = True
    on_exit: list[dict[str, Any]] = field(default_factory=list)
    forks: ForkServer | None = None

    def serve(self, listener: socket.socket) -> None:
        """Serve until the owner is gone (or, once kept, until a signal ends the process)."""
        self.selector.register(listener, selectors.EVENT_READ)
        self.selector.register(0, selectors.EVENT_READ)
        while self.kept or not self._owner_gone():
            for key, _ in self.selector.select(LOOK_S):
                if key.fileobj is listener:
                    self._accept(listener.accept()[0])
                elif isinstance(key.fileobj, socket.socket):
                    self._handle(key.fileobj)
                elif not os.read(0, 1):
                    self.lifeline = False
                    self.selector.unregister(0)

    def _owner_gone(self) -> bool:
        return not self.lifeline or os.getppid() != self.owner

    def close(self) -> None:
        """End every child, ask workers that outlived the owner to go, and remove the folder."""
        if self._owner_gone() and not self.said_goodbye and not self.kept:
            self._dismiss_workers()
        end([*self.orphans, *(child for children in self.children.values() for child in children.values())])
        if self.forks:
            self.forks.close()
            end_adopted()
        for request in self.on_exit:
            _perform(request)
        leftovers.remove(self.folder)

    def _dismiss_workers(self) -> None:
        if not hasattr(socket, "SO_PEERCRED"):
            return
        for connection in self.children:
            peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            pid = int.from_bytes(peer[:4], sys.byteorder)
            if pid != self.owner:  # which, interrupted before it could say goodbye, ends by itself
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGTERM)

    def _accept(self, connection: socket.socket) -> None:
        self.children[connection] = {}
        self.selector.register(connection, selectors.EVENT_READ)

    def _handle(self, connection: socket.socket) -> None:
        request, descriptors = receive(connection)
        if request is None:
            self._disconnect(connection)
            return
        try:
            answer = self._do(self.children[connection], request, descriptors)
        except Exception as error:  # one bad request must not end the children of everybody
            answer = {"error": str(error) or type(error).__name__}
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        with contextlib.suppress(OSError):
            send(connection, answer)

    def _disconnect(self, connection: socket.socket) -> None:
        self.selector.unregister(connection)
        connection.close()
        children = list(self.children.pop(connection).values())
        if self.kept:
            self.orphans += children
        else:
            end(children)

    def _do(self, children: dict[int, Child], request: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        if request["do"] == "spawn":
            spawned = self._spawn(request, descriptors)
            children[spawned.process.pid] = spawned
            return {"pid": spawned.process.pid}
        if request["do"] in {"keep", "kept", "bye"}:
            self.kept |= request["do"] == "keep"
            self.said_goodbye |= request["do"] == "bye"
            return {"kept": self.kept}
        if request["do"] == "forkserver":
            if adopt_orphans():
                self.forks = ForkServer.start(request["argv"], request["env"], request["cwd"], Path(request["log"]))
            return {}
        if request["do"] == "guard":
            return {"pid": os.getpid()}
        if request["do"] == "afterwards":
            self.on_exit.append(request)
            return {}
        child = children.get(request["pid"])
        if child is None:
            return {"error": f"this connection has no child {request['pid']}: it was ended, or is another's"}
        if request["do"] == "status":
            code = child.exited()
            return {"running": code is None, "code": code}
        if request["do"] == "signal":
            child.signal(request["signal"])
            return {}
        child.signal(signal.SIGKILL)
        code = child.process.wait()
        del children[request["pid"]]
        return {"code": code}

    def _spawn(self, request: dict[str, Any], descriptors: list[int]) -> Child:
        if request["forked"] and self.forks:
            with Path(request["log"]).open("ab") as log:
                adopted = self.forks.fork(request, log.fileno(), descriptors)
            if adopted:
                return Child(adopted, request["last"])
        return spawn(request, descriptors)


def _perform(request: dict[str, Any]) -> None:
    """Run what a run asked for its end, without waiting for ever."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(  # noqa: S603
            request["argv"],
            env=request["env"],
            cwd=request["cwd"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=ON_EXIT_S,
            check=False,
        )


def spawn(request: dict[str, Any], descriptors: list[int]) -> Child:
    """Start one child in a session of its own, its output in a file, `{fd}` in its arguments filled in."""
    numbers = iter(descriptors)
    argv = [str(next(numbers)) if word == FD else word for word in request["argv"]]
    uid, gid = request["account"] or (None, None)
    with Path(request["log"]).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            argv,
            env=request["env"],
            cwd=request["cwd"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=descriptors,
            start_new_session=True,
            user=uid,
            group=gid,
            extra_groups=None if uid is None else [],
            preexec_fn=partial(end_with, os.getpid(), request["last"]),
        )
    return Child(process, request["last"])


def main(parent: str) -> int:
    """Make the run's folder, serve its owner, and leave nothing."""
    owner = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    folder = Path(tempfile.mkdtemp(prefix=leftovers.PREFIX, dir=parent))
    lock = leftovers.hold(folder)
    guard = Guard(folder, owner)
    try:
        if os.geteuid() == 0:
            folder.chmod(0o711)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / leftovers.SOCKET))
            listener.listen(64)
            print(folder, flush=True)
            guard.serve(listener)
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        guard.close()
        os.close(lock)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
