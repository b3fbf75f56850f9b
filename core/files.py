"""Files that are written all at once, or where nobody else can read them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def replace(file: Path, content: bytes | str) -> Path:
    """Put the content where the file is, so that who reads sees all of the old or all of the new; return the file.

    The folder is made where there is none. Raises `OSError` when that cannot be done; the old file then stays.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = beside_of(file)
    try:
        beside.write_bytes(_bytes(content))
        beside.replace(file)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return file


def beside_of(file: Path) -> Path:
    """Return a name in the file's folder that nobody else uses: where its next content is made."""
    return file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(3)}")


def write_private(file: Path, content: bytes | str) -> None:
    """Write a file that nobody but this user can read, not even for a moment. Raises `OSError`."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        os.fchmod(descriptor, 0o600)  # a file that was there before keeps its mode otherwise
        stream.write(_bytes(content))


def _bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content
