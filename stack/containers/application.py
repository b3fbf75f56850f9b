"""An application in a container, behind a port forwarder that keeps its address."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from stack.application import READY
from stack.containers.box import LOCKED_DOWN, Box
from stack.http import Service, wait_until_ready
from stack.port_forwarder import PortForwarder
from stack.processes import Command, Processes, plain_environment
from stack.services import ContainerNetwork

PORT = 8000
SHARED = "/run/slice"
READY_S = 60.0


class Contained:
    """An application as a container, which may end and come again: the port forwarder in front of it stays."""

    def __init__(self, processes: Processes, network: ContainerNetwork, name: str, alias: str = "") -> None:
        self.command = Command("RaptorFlow", (), Path())
        self._network = network
        self._alias = alias or f"app-{name}"
        self._box: Box | None = None
        self._shared = Path()
        self._processes = processes
        self._forwarder, self._service = open_forwarder(processes, self._alias, "/health/live")

    @property
    def port(self) -> int:
        """The port of 127.0.0.1 that clients connect to."""
        return self._service.port

    @property
    def reached_at(self) -> str:
        """The address at which the gateway's container finds it."""
        return f"http://{self._alias}:{PORT}"

    def clock_file(self, file: Path) -> str:
        """Return the file by its name in the container, which sees the file's folder and cannot write there."""
        self._shared = file.parent
        return f"{SHARED}/{file.name}"

    def another(self, name: str) -> Contained:
        """One more of the same kind, at an address of its own, not told anything yet."""
        more = type(self)(self._processes, self._network, name)
        more._shared = self._shared
        return more

    def tell(self, name: str, log: Path, env: Mapping[str, str]) -> None:
        """Set its name, where its log goes, and its settings: from the next start on."""
        ours = plain_environment()
        self.command = Command(name, (), log, {key: value for key, value in env.items() if ours.get(key) != value})

    def start(self) -> None:
        """Start a container and wait until it answers; then callers are led there."""
        self._box = self._run()
        try:
            port = self._box.port(PORT)
            wait_until_ready(self._box, port, READY, READY_S)
        except BaseException:
            self.kill()
            raise
        self._forwarder.point(port)
        if self._service.process is None:
            self._service.start()

    def restart(self) -> None:
        """End the container, if there is one, and start another."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """Ask it to end, and remove its container."""
        self._forwarder.point(None)
        if self._box is not None:
            self._box.stop()
            self._box = None

    def kill(self) -> None:
        """Kill its container; callers wait at the forwarder."""
        self._forwarder.point(None)
        if self._box is not None:
            self._box.remove()
            self._box = None

    def close(self) -> None:
        """End the forwarder."""
        self._service.listener.close()
        if not self._processes.ended:
            self._service.stop()

    def _run(self) -> Box:
        network, command = self._network, self.command
        return Box.start(
            command.name,
            network.image,
            run=network.run,
            network=network.name,
            alias=self._alias,
            log=command.log,
            port=PORT,
            env=command.env,
            mounts={self._shared: SHARED},
            memory=("/tmp",),  # noqa: S108 - the container's own
            **LOCKED_DOWN,
        )


def open_forwarder(processes: Processes, name: str, probe: str) -> tuple[PortForwarder, Service]:
    """Return a port forwarder that leads nowhere yet, and the service that runs it."""
    forwarder = PortForwarder(processes.folder / f"{name}.port")
    forwarder.point(None)
    argv = (sys.executable, "-m", "stack.port_forwarder", str(forwarder.file))
    command = Command(f"the port forwarder of {name}", argv, processes.folder / "forwarders.log", plain_environment())
    return forwarder, Service(processes, command, probe)
