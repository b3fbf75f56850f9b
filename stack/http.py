"""Services that listen on a socket which the stack binds, keeps, and hands over."""

from __future__ import annotations

import dataclasses
import select
import socket
import time
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse

from stack.errors import ServiceFailedError
from stack.processes import FD, Command, Process, Processes
from stack.readiness import Alive, wait_until_answered

LOOK_S = 0.05
AGAIN_S = 0.02
READY = "ready"


def listening_socket(host: str = "127.0.0.1") -> socket.socket:
    """Return a socket on the loopback interface (or another, by its address), at a port of the kernel's choice."""
    bound = socket.create_server((host, 0), backlog=512)
    bound.setblocking(True)
    return bound


class _NotReadyError(Exception):
    """What was answered instead."""


def wait_until_ready(alive: Alive, port: int, probe: str, ready_s: float) -> None:
    """Wait until `GET probe` is answered 200. Raises ServiceFailedError when it ended, or was not ready in time."""
    deadline = time.monotonic() + ready_s

    def ask() -> None:
        answer = _ask(alive, port, probe, deadline)
        if answer != READY:
            raise _NotReadyError(f"{probe}: {answer}")

    wait_until_answered(alive, ask, _NotReadyError, ready_s, AGAIN_S)


def _ask(alive: Alive, port: int, probe: str, deadline: float) -> str:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            request = f"GET {probe} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            while not select.select([connection], [], [], LOOK_S)[0]:
                if alive.exit_code() is not None or time.monotonic() > deadline:
                    return "no answer"
            response = HTTPResponse(connection)
            response.begin()
            said = response.read(400).decode(errors="replace")
            return READY if response.status == 200 else f"{response.status} {said}"
    except (OSError, HTTPException) as error:
        return str(error) or type(error).__name__


@dataclass(slots=True)
class Service:
    """A server process behind a socket of its own: it may end and start again, and its address stays."""

    processes: Processes
    command: Command
    probe: str
    ready_s: float = 30.0
    listener: socket.socket = field(default_factory=listening_socket)
    process: Process | None = None

    @property
    def port(self) -> int:
        """The port that clients connect to."""
        number: int = self.listener.getsockname()[1]
        return number

    def start(self) -> None:
        """Start the process and wait until the probe answers 200."""
        command = self.command
        argv = (*command.argv, "--fd", FD)
        self.process = self.processes.spawn(dataclasses.replace(command, argv=argv, sockets=(self.listener,)))
        self._await(self.process)

    def exit_code(self) -> int | None:
        """Return the exit code of a process that ended by itself, `None` while it runs or is not meant to."""
        return self.process.exit_code() if self.process else None

    def failed(self, what: str) -> ServiceFailedError:
        """Return the error that says what went wrong, with the tail of the log."""
        process = self.process
        return process.failed(what) if process else ServiceFailedError(f"{self.command.name} {what}")

    def restart(self) -> None:
        """Stop the process and start it again, at the same address."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """Ask the process to end, and see to it."""
        if self.process is not None:
            self.process.stop()
            self.process = None

    def kill(self) -> None:
        """Kill the process as a crash would; connections wait at the socket until it is started again."""
        if self.process is not None:
            self.process.kill()
            self.process = None

    def _await(self, process: Process) -> None:
        try:
            wait_until_ready(process, self.port, self.probe, self.ready_s)
        except ServiceFailedError:
            self.kill()
            raise
