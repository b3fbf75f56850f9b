"""Environments apart: clients and peers that cannot share the harness's own, made when something first asks for one.

They lie in the cache, named by what their pins say, so that every checkout with the same pins shares them.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from stack.cache import cache_folder, locked
from stack.errors import Unavailable
from stack.setup import node
from stack.setup.commands import say
from stack.setup.environments import Environment
from stack.tools import ROOT

PINS = ROOT / "requirements" / "apart"


def python(name: str) -> Path:
    """The interpreter of the environment that ``requirements/apart/NAME.txt`` pins; ``Unavailable`` says what fails."""
    pins = PINS / f"{name}.txt"
    folder = _folder(name, pins.read_bytes())
    environment = Environment(name, folder / "venv", pins)
    _once(folder, environment.is_ready, environment.install)
    return Path(environment.python)


def modules(name: str) -> Path:
    """The ``node_modules`` that ``requirements/apart/NAME/package-lock.json`` pins; ``Unavailable`` says what fails."""
    pins = PINS / name
    folder = _folder(name, (pins / "package-lock.json").read_bytes())

    def install() -> None:
        for file in ("package.json", "package-lock.json"):
            shutil.copyfile(pins / file, folder / file)
        node.install(folder, name)

    _once(folder, lambda: (folder / "package-lock.json").exists() and node.is_ready(folder), install)
    return folder / "node_modules"


def _folder(name: str, pins: bytes) -> Path:
    folder = cache_folder() / "apart" / f"{name}-{hashlib.sha256(pins).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".lock").touch()
    return folder


def _once(folder: Path, is_ready: Callable[[], bool], install: Callable[[], None]) -> None:
    if is_ready():
        return
    with locked(folder):
        if not is_ready():
            install()


def main() -> int:
    """``python -m stack.setup.apart``: all of them, before anything asks; 2 when one could not be had."""
    try:
        for pins in sorted(PINS.iterdir()):
            if pins.is_dir():
                modules(pins.name)
            elif pins.suffix == ".txt":
                python(pins.stem)
    except Unavailable as error:
        say(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
