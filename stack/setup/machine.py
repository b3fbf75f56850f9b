"""Programs that come from the system's packages: fetched as root, else named with the command that fetches them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from stack.errors import UnavailableError
from stack.setup.commands import run, say
from stack.tools import Tool

LISTS = Path("/var/lib/apt/lists")
QUIET = {"DEBIAN_FRONTEND": "noninteractive"}


def fetch(tool: Tool) -> None:
    """Install the first of a tool's packages that there is.

    `UnavailableError` names the command where that cannot be.
    """
    if tool.find() is not None:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        tool.require()
    install(tool.name, tool.packages, tool.remedy)
    tool.require()


def install(name: str, packages: tuple[str, ...], remedy: str) -> None:
    """Install the first of `packages` that this machine's package lists offer."""
    say(f"{name}: from the system's packages")
    refreshed = not _has_lists()
    if refreshed:
        _refresh(remedy)
    try:
        _first(packages, remedy)
    except UnavailableError:
        if refreshed:
            raise
        _refresh(remedy)
        _first(packages, remedy)
    say(f"{name}: ready")


def _first(packages: tuple[str, ...], remedy: str) -> None:
    failure: UnavailableError | None = None
    for package in packages:
        argv = ["apt-get", "install", "--yes", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", package]
        try:
            run(f"apt-{package}", argv, remedy=remedy, env=QUIET)
        except UnavailableError as error:
            failure = failure or error
        else:
            return
    if failure:
        raise failure


def _has_lists() -> bool:
    return any(LISTS.glob("*_Packages*")) or any(LISTS.glob("*InRelease"))


def _refresh(remedy: str) -> None:
    run("apt-update", ["apt-get", "update"], remedy=f"sudo apt-get update, then {remedy}", env=QUIET)
