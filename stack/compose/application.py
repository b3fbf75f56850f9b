"""An application as a one-off container of the service `app`, as docker-compose.test.yml describes it."""

from __future__ import annotations

from stack.compose import client
from stack.containers import engine
from stack.containers.application import PORT, SHARED, Contained
from stack.containers.box import Box
from stack.processes import Processes
from stack.services import ContainerNetwork

STARTED_S = 60.0


class Composed(Contained):
    """Runs the service `app` with a slice's own settings; everything else is the file's."""

    def __init__(self, processes: Processes, network: ContainerNetwork, name: str) -> None:
        super().__init__(processes, network, name, alias=f"{network.project}-app-{name}")

    def _run(self) -> Box:
        command = self.command
        settings = [word for name in command.env for word in ("-e", name)]
        mounts = ("-v", f"{self._shared}:{SHARED}:ro")
        argv = ("run", "-d", "--no-deps", "--name", self._alias, "-p", f"127.0.0.1::{PORT}", *mounts, *settings, "app")
        log = command.log.with_suffix(".compose.log")
        client.run(self._processes, str(self._network.project), argv, log, timeout_s=STARTED_S, **command.env)
        return Box(command.name, engine.client().containers.get(self._alias), command.log)
