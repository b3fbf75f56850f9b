"""An application in a container, behind a door that keeps its address."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from stack.application import READY
from stack.containers.box import LOCKED_DOWN, Box
from stack.door import Door
from stack.http import Service, wait_until_ready
from stack.processes import Command, Processes, plain_environment
from stack.surroundings import Inside

PORT = 8000
SHARED = "/run/slice"
READY_S = 60.0


class Contained:
    """An application as a container, which may end and come again: the door in front of it stays."""

    def __init__(self, processes: Processes, inside: Inside, name: str, alias: str = "") -> None:
        self.command = Command("RaptorFlow", (), Path())
        self._inside = inside
        self._alias = alias or f"app-{name}"
        self._box: Box | None = None
        self._shared = Path()
        self._processes = processes
        self._door, self._service = open_door(processes, self._alias, "/health/live")

    @property
    def port(self) -> int:
        """The port of 127.0.0.1 that clients connect to."""
        return self._service.port

    @property
    def reached_at(self) -> str:
        """The address at which the gateway's container finds it."""
        return f"http://{self._alias}:{PORT}"

    def clock_file(self, file: Path) -> str:
        """The file by its name in the container, which sees the file's folder and cannot write there."""
        self._shared = file.parent
        return f"{SHARED}/{file.name}"

    def another(self, name: str) -> Contained:
        """One more of the same kind, at an address of its own, not told anything yet."""
        more = type(self)(self._processes, self._inside, name)
        more._shared = self._shared
        return more

    def tell(self, name: str, log: Path, env: Mapping[str, str]) -> None:
        """What it is called, where its log goes, and its settings: from the next start on."""
        ours = plain_environment()
        self.command = Command(name, (), log, {key: value for key, value in env.items() if ours.get(key) != value})

    def start(self) -> None:
        """Starts a container and waits until it answers; then callers are let in."""
        self._box = self._run()
        try:
            port = self._box.port(PORT)
            wait_until_ready(self._box, port, READY, READY_S)
        except BaseException:
            self.kill()
            raise
        self._door.point(port)
        if self._service.process is None:
            self._service.start()

    def restart(self) -> None:
        """Ends the container, if there is one, and starts another."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """Asks it to end, and removes its container."""
        self._door.point(None)
        if self._box is not None:
            self._box.stop()
            self._box = None

    def kill(self) -> None:
        """Kills its container; callers wait at the door."""
        self._door.point(None)
        if self._box is not None:
            self._box.remove()
            self._box = None

    def close(self) -> None:
        """Ends the door."""
        self._service.listener.close()
        if not self._processes.ended:
            self._service.stop()

    def _run(self) -> Box:
        inside, command = self._inside, self.command
        return Box.start(
            command.name,
            inside.image,
            run=inside.run,
            network=inside.network,
            alias=self._alias,
            log=command.log,
            port=PORT,
            env=command.env,
            mounts={self._shared: SHARED},
            memory=("/tmp",),  # noqa: S108 - the container's own
            **LOCKED_DOWN,
        )


def open_door(processes: Processes, name: str, probe: str) -> tuple[Door, Service]:
    """A door that nobody stands behind yet, and the service that keeps it."""
    door = Door(processes.folder / f"{name}.door")
    door.point(None)
    argv = (sys.executable, "-m", "stack.door", str(door.file))
    command = Command(f"the door of {name}", argv, processes.folder / "doors.log", plain_environment())
    return door, Service(processes, command, probe)
