"""`python -m stack.containers.reap RUN`: removes what belongs to a run from the engine; the guard does so at the end.

It needs no image, so that nothing outlives a killed harness even where testcontainers' own reaper cannot be fetched.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from docker.errors import APIError

from stack.containers.engine import HOST, RUN, client


def reap(run: str) -> list[str]:
    """Remove a run's containers, networks and volumes; return their names."""
    engine, mine = client(), {"label": f"{RUN}={run}"}
    removed = _each(engine.containers.list(all=True, filters=mine, ignore_removed=True), _end)
    removed += _each(engine.networks.list(filters=mine), lambda network: network.remove())
    removed += _each(engine.volumes.list(filters=mine), lambda volume: volume.remove(force=True))
    return removed


def sweep() -> None:
    """Remove what this machine's runs left whose folder is gone, or whose guard was killed with them."""
    found = client().containers.list(all=True, filters={"label": f"{HOST}={socket.gethostname()}"}, ignore_removed=True)
    for run in {container.labels.get(RUN, "") for container in found} - {""}:
        if not _lives(Path(run)):
            reap(run)


def _lives(folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(folder / "guard.sock"))
        except OSError:
            return False
    return True


def _end(container: Any) -> None:
    container.remove(force=True, v=True)


def _each(found: Iterable[Any], remove: Callable[[Any], None]) -> list[str]:
    things = list(found)
    if not things:
        return []
    with ThreadPoolExecutor(len(things)) as pool:
        return list(pool.map(lambda thing: _removed(thing, remove), things))


def _removed(thing: Any, remove: Callable[[Any], None]) -> str:
    try:
        remove(thing)
    except APIError as error:
        if error.status_code not in (404, 409):
            raise
    return str(thing.name)


if __name__ == "__main__":
    reap(sys.argv[1])
