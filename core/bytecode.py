"""Takes away the bytecode of a source that has changed, whatever its size and time say.

Python and pytest compare a source's size and time with those in its bytecode: an archive, a copy or a build with
SOURCE_DATE_EPOCH can give another source the same ones. Here each source is known by its content.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KNOWN = "compiled.json"
"""In the environment of the checkout: what each source was when its bytecode was last known to be of it."""


def renew(root: Path = ROOT) -> list[str]:
    """Remove bytecode of what changed since the last time, all of it the first time; returns the sources' paths."""
    known = root / ".venv" / KNOWN
    if not known.parent.is_dir():
        return []
    before, now = _read(known), dict(_sources(root))
    changed = [path for path, content in now.items() if before.get(path) != content]
    for path in changed:
        source = root / path
        for file in (source.parent / "__pycache__").glob(f"{source.stem}.*.pyc"):
            with contextlib.suppress(
                OSError
            ):  # a checkout that cannot be written, as in an image, was compiled as it is
                file.unlink(missing_ok=True)
    if before != now:
        with contextlib.suppress(OSError):  # a folder that cannot be written: the next process looks again
            beside = known.with_name(f"{KNOWN}.{os.getpid()}")
            beside.write_text(json.dumps(now))
            beside.replace(known)
    return changed


def _read(file: Path) -> dict[str, str]:
    try:
        read = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _sources(root: Path) -> Iterator[tuple[str, str]]:
    for path, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith((".", "__")) and name not in _OTHERS]
        for name in names:
            if name.endswith(".py"):
                file = f"{path}/{name}"
                with contextlib.suppress(FileNotFoundError), open(file, "rb") as source:  # noqa: PTH123 - each start
                    yield os.path.relpath(file, root), hashlib.sha1(source.read(), usedforsecurity=False).hexdigest()


_OTHERS = frozenset({"node_modules", "out"})
