"""Environments apart: clients and peers that cannot share the harness's own, made when something first asks for one.

They lie in the cache, or where `RAPTORFLOW_APART` says, named by what their pins say, so that every checkout with the
same pins shares them. Where they are all made before, as in an image, nothing need be writable.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from stack.cache import PINS, apart_folder, locked
from stack.errors import UnavailableError
from stack.setup import node
from stack.setup.commands import say
from stack.setup.environments import Environment


def python(name: str) -> Path:
    """Return the interpreter of the environment that `requirements/apart/NAME.txt` pins.

    `UnavailableError` says what fails.
    """
    pins = PINS / f"{name}.txt"
    folder = apart_folder(name)
    environment = Environment(name, folder / "venv", pins)
    _once(folder, environment.is_ready, environment.install)
    return Path(environment.python)


def modules(name: str) -> Path:
    """Return the `node_modules` that `requirements/apart/NAME/package-lock.json` pins.

    `UnavailableError` says what fails.
    """
    pins = PINS / name
    folder = apart_folder(name)

    def install() -> None:
        for file in ("package.json", "package-lock.json"):
            shutil.copyfile(pins / file, folder / file)
        node.install(folder, name)

    _once(folder, lambda: (folder / "package-lock.json").exists() and node.is_ready(folder), install)
    return folder / "node_modules"


def _once(folder: Path, is_ready: Callable[[], bool], install: Callable[[], None]) -> None:
    if is_ready():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".lock").touch()
    except OSError as error:
        raise UnavailableError(
            f"{folder} cannot be made ({error.strerror}): set RAPTORFLOW_APART to a writable folder"
        ) from error
    with locked(folder):
        if not is_ready():
            install()


def main(names: Sequence[str]) -> int:
    """`python -m stack.setup.apart [NAME …]`: those, or all, before anything asks; 2 when one could not be had."""
    known = {pins.stem if pins.suffix == ".txt" else pins.name: pins for pins in sorted(PINS.iterdir())}
    known = {name: pins for name, pins in known.items() if pins.suffix != ".in"}
    try:
        for name in names or known:
            if name not in known:
                raise UnavailableError(f"{name} is no environment apart: there are {', '.join(known)}")
            if known[name].is_dir():
                modules(name)
            else:
                python(name)
    except UnavailableError as error:
        say(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
