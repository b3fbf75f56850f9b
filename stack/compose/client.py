"""The compose command of this machine: `docker compose`, else `docker-compose`."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from stack.errors import UnavailableError
from stack.processes import ROOT, Command, Processes, engine_environment, plain_environment
from stack.services import write_private

FILE = ROOT / "docker-compose.test.yml"
SETTINGS = "compose.json"


@functools.cache
def words() -> tuple[str, ...]:
    """How it is called. Raises UnavailableError with one line where there is neither."""
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0:  # noqa: S603
        return (docker, "compose")
    alone = shutil.which("docker-compose")
    if alone is None:
        raise UnavailableError(
            "no compose command, which --stack compose needs: sudo apt-get install docker-compose; "
            "--stack containers needs none"
        )
    return (alone,)


def keep_settings(processes: Processes, settings: Mapping[str, str]) -> None:
    """Write the variables of docker-compose.test.yml down, for this user alone: whoever joins the run needs them."""
    write_private(processes.folder / SETTINGS, settings)


def run(processes: Processes, project: str, argv: tuple[str, ...], log: Path, *, timeout_s: float, **more: str) -> None:
    """Run a compose command on a run's project, with its settings and `more`.

    Raises ServiceFailedError with its log.
    """
    settings: dict[str, str] = json.loads((processes.folder / SETTINGS).read_text())
    command = (*words(), "-p", project, "-f", str(FILE), *argv)
    env = plain_environment(**{**engine_environment(), **settings, **more})
    processes.run(Command(f"compose {argv[0]}", command, log, env), timeout_s=timeout_s)
