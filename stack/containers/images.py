"""The images of a run: public ones by name, our own built from this checkout and named by what they are made of."""

from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from docker.errors import APIError, BuildError, DockerException, ImageNotFound
from testcontainers.core.image import DockerImage

from stack.cache import cache_folder, locked
from stack.containers.engine import client
from stack.errors import UnavailableError
from stack.processes import ROOT

PUBLIC: Mapping[str, str] = {
    "POSTGRES_IMAGE": "postgres:17-alpine",
    "REDIS_IMAGE": "redis:7-alpine",
    "PYTHON_IMAGE": "python:3.11-slim-bookworm",
}
"""The defaults of docker-compose.test.yml, by the variable that names another."""
DOCKERFILES = "stack/images"
KEPT = 2
"""Older images of a kind are removed when a new one has been built."""


@dataclass(frozen=True, slots=True)
class Image:
    """One of our own: what it is made of, and the variable that names another in its place."""

    name: str
    variable: str
    ingredients: tuple[str, ...]

    @property
    def repository(self) -> str:
        """The image's name without its tag."""
        return f"raptorflow-verification/{self.name}"

    def tag(self) -> str:
        """Return the whole name.

        Its tag is the hash of the ingredients, so that a changed checkout gets another image.
        """
        digest = hashlib.sha256(public("PYTHON_IMAGE").encode())
        for file in self._files():
            digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
        return f"{self.repository}:{digest.hexdigest()[:16]}"

    def _files(self) -> list[Path]:
        files = [ROOT / f"{DOCKERFILES}/{self.name}.Dockerfile"]
        for ingredient in self.ingredients:
            path = ROOT / ingredient
            files += [path] if path.is_file() else sorted(file for file in path.rglob("*") if _counts(file))
        return files


APP = Image("app", "RAPTORFLOW_IMAGE", ("requirements/raptorflow.txt", "raptorflow"))
GATEWAY = Image("gateway", "PHONEPE_IMAGE", ("requirements/gateway.txt", "stack/images/enrol.py", "mocks"))


def public(variable: str) -> str:
    """Return the image that a variable of the environment names, else the public default."""
    return os.environ.get(variable) or PUBLIC[variable]


def ensure(image: Image) -> str:
    """Return the name of an image that the engine has: the one that the environment names, else ours, built if need be.

    Raises UnavailableError with the last words of a build that failed.
    """
    if named := os.environ.get(image.variable):
        return named
    tag = image.tag()
    with locked(cache_folder()):
        if not _exists(tag):
            _build(image, tag)
            _forget_old(image)
    return tag


def _exists(tag: str) -> bool:
    try:
        client().images.get(tag)
    except ImageNotFound:
        return False
    return True


def _build(image: Image, tag: str) -> None:
    making = DockerImage(
        path=str(ROOT),
        tag=tag,
        clean_up=False,
        dockerfile_path=f"{DOCKERFILES}/{image.name}.Dockerfile",
        buildargs={"PYTHON_IMAGE": public("PYTHON_IMAGE")},
        network_mode=os.environ.get("BUILD_NETWORK") or "default",
        rm=True,
        forcerm=True,
    )
    try:
        making.build()
    except BuildError as error:
        said = [line["stream"].strip() for line in error.build_log if line.get("stream", "").strip()]
        last = said[-1] if said else error.msg
        raise UnavailableError(f"the image {image.name} could not be built ({last}): {_remedy(image)}") from error
    except DockerException as error:
        raise UnavailableError(f"the image {image.name} could not be built ({error}): {_remedy(image)}") from error


def _remedy(image: Image) -> str:
    return (
        f"name one with {image.variable}, or what it is built from with PYTHON_IMAGE "
        "(BUILD_NETWORK=host where package registries are reached over the host's network)"
    )


def _forget_old(image: Image) -> None:
    found = sorted(client().images.list(image.repository), key=lambda each: each.attrs["Created"], reverse=True)
    for old in found[KEPT:]:
        with contextlib.suppress(APIError):
            client().images.remove(old.id)


def _counts(file: Path) -> bool:
    return file.is_file() and not fnmatch.fnmatch(str(file), "*/__pycache__/*")
