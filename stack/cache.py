"""What is kept between runs, on this machine, and the lock that lets two runs fill it at once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack.errors import Unavailable


def cache_folder() -> Path:
    """The cache: ``RAPTORFLOW_CACHE``, else a folder that every user may read (root), else the user's own."""
    chosen = os.environ.get("RAPTORFLOW_CACHE")
    if chosen:
        folder = Path(chosen)
    elif os.geteuid() == 0:
        folder = Path("/var/cache/raptorflow-verification")
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "raptorflow-verification"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".lock").touch()
    except OSError as error:
        raise Unavailable(
            f"the cache {folder} cannot be written ({error.strerror}): set RAPTORFLOW_CACHE to a writable folder"
        ) from error
    return folder


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the cache's lock: one process fills it, the others wait and find it filled."""
    with (folder / ".lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
