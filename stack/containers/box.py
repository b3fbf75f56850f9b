"""One container of a run: started, watched and ended, its log in a file of the run."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from stack.containers import engine
from stack.errors import ServiceFailedError, UnavailableError

STOP_S = 3
TAIL = 12
LOCKED_DOWN: Mapping[str, Any] = {
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "pids_limit": 256,
}
"""How our own images run: they write to /tmp alone, and may do nothing else either."""


class Box:
    """A container with one port on 127.0.0.1, which the engine chooses."""

    def __init__(self, name: str, container: Any, log: Path) -> None:
        self.name = name
        self._container = container
        self._log = log
        threading.Thread(target=self._follow, daemon=True, name=f"log of {name}").start()

    @classmethod
    def start(
        cls,
        name: str,
        image: str,
        *,
        run: str,
        network: str,
        alias: str,
        log: Path,
        port: int | None = None,
        command: tuple[str, ...] = (),
        env: Mapping[str, str] | None = None,
        mounts: Mapping[Path, str] | None = None,
        memory: tuple[str, ...] = (),
        **more: Any,
    ) -> Box:
        """Start a container of an image; `memory` names folders in it that are kept in memory, `mounts` read-only.

        Raises UnavailableError when there is no such image and none to be had, ServiceFailedError when it cannot start.
        """
        container = DockerContainer(image, env=dict(env or {}), network_aliases=[alias])
        container.with_network(_network(network)).with_kwargs(labels=engine.labels(run), **more)
        if command:
            container.with_command(list(command))
        for file, where in (mounts or {}).items():
            container.with_volume_mapping(file, where)
        for where in memory:
            container.with_tmpfs_mount(where)
        if port is not None:
            container.ports[f"{port}/tcp"] = ("127.0.0.1", None)  # type: ignore[assignment]
        try:
            container.start()
        except (ImageNotFound, NotFound) as error:
            raise UnavailableError(f"the image {image} cannot be had ({_line(error)}): {_remedy(image)}") from error
        except DockerException as error:
            raise ServiceFailedError(f"{name} could not be started from {image}: {_line(error)}") from error
        return cls(name, container.get_wrapped_container(), log)

    def port(self, inner: int) -> int:
        """Return the port of 127.0.0.1 that leads to the container's port `inner`."""
        self._container.reload()
        found = self._container.attrs["NetworkSettings"]["Ports"].get(f"{inner}/tcp")
        if not found:
            raise self.failed("published no port: it has ended")
        return int(found[0]["HostPort"])

    def exit_code(self) -> int | None:
        """Return the exit code, `None` while it runs."""
        try:
            self._container.reload()
        except NotFound:
            return -1
        state = self._container.attrs["State"]
        return None if state["Running"] else int(state["ExitCode"])

    def failed(self, what: str) -> ServiceFailedError:
        """Return the error that says what went wrong, with the tail of the container's log."""
        try:
            said = self._container.logs(tail=TAIL).decode(errors="replace").splitlines()
        except (DockerException, OSError) as error:
            said = [f"(no log: {_line(error)})"]
        lines = "\n".join(f"    {line}" for line in said) or "    (nothing)"
        return ServiceFailedError(f"{self.name} {what}; its log ends:\n{lines}")

    def finish(self, timeout_s: float) -> None:
        """Wait for the end of what runs once. Raises ServiceFailedError unless it exits 0 in time."""
        try:
            code = self._container.wait(timeout=timeout_s)["StatusCode"]
        except OSError as error:
            raise self.failed(f"did not end within {timeout_s:.0f} s") from error
        if code != 0:
            raise self.failed(f"exited with {code}")
        self.remove()

    def stop(self) -> None:
        """Ask it to end, and remove it."""
        with contextlib.suppress(NotFound):
            self._container.stop(timeout=STOP_S)
        self.remove()

    def remove(self) -> None:
        """Kill it, if it runs, and remove it with its volumes."""
        with contextlib.suppress(NotFound, APIError):
            self._container.remove(force=True, v=True)

    def _follow(self) -> None:
        with contextlib.suppress(DockerException, OSError, ValueError), self._log.open("ab", buffering=0) as file:
            for piece in self._container.logs(stream=True, follow=True):
                file.write(piece)


def _network(name: str) -> Network:
    network = Network()
    network.name = name
    return network


def _remedy(image: str) -> str:
    kind = next((kind for kind in ("postgres", "redis", "python") if kind in image), "raptorflow")
    return f"name one that this engine has, or can pull, with {kind.upper()}_IMAGE"


def _line(error: BaseException) -> str:
    return " ".join(str(getattr(error, "explanation", None) or error).split())
