"""Stand-ins for extensions that the embedded server does not have, so that a schema that uses them can be loaded."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

_CREATES = re.compile(r"\bcreate\s+extension\s+(?:if\s+not\s+exists\s+)?(?:\"([^\"]+)\"|([\w-]+))", re.I)
_EMPTY = """comment = 'nothing (stand-in of the isolation prover)'
default_version = 'stand-in'
relocatable = true
trusted = true
"""
_VERSIONED = re.compile(r"(\bcreate\s+extension\b[^;]*?)\s+version\s+(?:'[^']*'|\"[^\"]*\"|[\w.]+)", re.I)


def named(texts: Iterable[str]) -> list[str]:
    """The extensions that SQL texts create, each once, in their order."""
    found = (quoted or bare for text in texts for quoted, bare in _CREATES.findall(text))
    return list(dict.fromkeys(found))


def without_versions(text: str) -> str:
    """The text with no version asked of an extension: a stand-in has a version of its own."""
    return _VERSIONED.sub(r"\1", text)


def provide(wanted: Iterable[str], available: set[str], folder: Path) -> list[str]:
    """Put a stand-in for each extension that is not available into `folder`; returns their names.

    An extension of which nothing is known gets an empty stand-in: what uses it fails by name.
    """
    missing = [name for name in wanted if name not in available]
    for name in missing:
        _place(name, folder)
    return missing


def _place(name: str, folder: Path) -> None:
    ours = resources.files(__package__.rpartition(".")[0]) / "platforms" / "extensions"
    control, script = f"{name}.control", f"{name}--stand-in.sql"
    if (ours / control).is_file():
        for file in (control, script):
            with resources.as_file(ours / file) as path:
                shutil.copyfile(path, folder / file)
    else:
        (folder / control).write_text(_EMPTY)
        (folder / script).write_text("")
    for file in (control, script):
        (folder / file).chmod(0o644)
