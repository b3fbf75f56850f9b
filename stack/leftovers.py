"""Folders of runs whose guard was killed: the kernel ended its children, and nobody is left to remove what they wrote.

A guard holds a lock on its run's folder for as long as it lives.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX = "rf-"
SOCKET = "guard.sock"
NEVER_STARTED_S = 3600.0
"""A guard that was killed before it listened; a younger folder may be one that is about to."""
REMOVALS = 50
"""Somebody interrupted half-way may still be writing the file that they had begun."""


def hold(folder: Path) -> int:
    """Lock a run's folder for this process's life; the descriptor that holds the lock."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def answers(folder: Path) -> bool:
    """Whether a run's guard lives and can be spoken with."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(folder / SOCKET))
        except OSError:
            return False
    return True


def ownerless(parent: Path) -> Iterator[Path]:
    """Yield the folders of this user's runs in `parent` that nobody will remove."""
    for folder in sorted(parent.glob(f"{PREFIX}*")):
        try:
            if folder.lstat().st_uid == os.geteuid() and folder.is_dir() and _is_abandoned(folder):
                yield folder
        except OSError:
            continue  # it went while it was looked at


def _is_abandoned(folder: Path) -> bool:
    if not (folder / SOCKET).exists() and time.time() - folder.stat().st_mtime < NEVER_STARTED_S:
        return False
    if answers(folder):
        return False
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False  # its guard is at work, only not listening: it removes it itself
    finally:
        os.close(descriptor)
    return True


def remove(folder: Path) -> bool:
    """Remove a folder and all in it, whoever still writes there; False when it cannot be."""
    for _ in range(REMOVALS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return True
        time.sleep(0.01)
    return False


def sweep(parent: Path) -> None:
    """Remove what killed guards left in `parent`, and say so on standard error."""
    for folder in ownerless(parent):
        if remove(folder):
            print(f"stack: removed {folder}, whose guard had been killed", file=sys.stderr, flush=True)
