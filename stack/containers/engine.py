"""The container engine: whether one answers, and how things that belong to a run are found there again."""

from __future__ import annotations

import functools
import socket

import docker
from docker.errors import DockerException

from stack.errors import UnavailableError

RUN = "raptorflow.verification.run"
"""The label of whatever belongs to a run: its value is the run's folder."""
HOST = "raptorflow.verification.host"
"""The label that names the machine whose harness made it: an engine may serve several."""
REMEDY = (
    "install one (sudo apt-get install docker.io) and start it, or name one with DOCKER_HOST; "
    "--stack embedded needs none"
)


@functools.cache
def client() -> docker.DockerClient:
    """Return a connection to the engine that the environment names.

    Raises UnavailableError with one line when none answers.
    """
    try:
        engine = docker.from_env(timeout=60)
        engine.ping()
    except (DockerException, OSError) as error:
        raise UnavailableError(f"no container engine answers ({_short(error)}): {REMEDY}") from error
    return engine


def labels(run: str) -> dict[str, str]:
    """Return what marks a container, a network or a volume as a run's."""
    return {RUN: run, HOST: socket.gethostname()}


def _short(error: BaseException) -> str:
    cause = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    return " ".join(str(cause).split()) or type(cause).__name__
