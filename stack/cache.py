"""What is kept between runs, on this machine, and the lock that lets two runs fill it at once."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack.errors import UnavailableError

PINS = Path(__file__).resolve().parent.parent / "requirements" / "apart"


def _place() -> Path:
    """`RAPTORFLOW_CACHE`, else a folder that every user may read (root), else the user's own."""
    if chosen := os.environ.get("RAPTORFLOW_CACHE"):
        return Path(chosen)
    if os.geteuid() == 0:
        return Path("/var/cache/raptorflow-verification")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "raptorflow-verification"


def apart_folder(name: str) -> Path:
    """Return the folder of an environment apart, named by its pins in `requirements/apart/`; it need not exist."""
    pins = PINS / f"{name}.txt"
    content = (pins if pins.exists() else PINS / name / "package-lock.json").read_bytes()
    chosen = os.environ.get("RAPTORFLOW_APART")
    within = Path(chosen) if chosen else _place() / "apart"
    return within / f"{name}-{hashlib.sha256(content).hexdigest()[:12]}"


def cache_folder() -> Path:
    """Return the cache's folder, made if need be. Raises UnavailableError where it cannot be written."""
    folder = _place()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".lock").touch()
    except OSError as error:
        raise UnavailableError(
            f"the cache {folder} cannot be written ({error.strerror}): set RAPTORFLOW_CACHE to a writable folder"
        ) from error
    return folder


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the cache's lock: one process fills it, the others wait and find it filled."""
    with (folder / ".lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
