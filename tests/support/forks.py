"""pytest sessions, each in a process forked from one that has imported pytest and our plugins.

A session is what `python -m pytest` does, in a folder and with an environment of its own; what it need not do again
is to import all that, which costs more than a second of processor time. Nor need its workers.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

from tests.support.forked_workers import end, fork_ahead

ROOT = Path(__file__).parents[2]
UNUSED = ("cacheprovider", "playwright", "respx", "randomly")
"""Plugins that most sessions can do without, and start the sooner: the last one alone brings numpy."""
WITHOUT = tuple(word for name in UNUSED for word in ("-p", f"no:{name}"))


def pytest_in_a_fork(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Runs a session in ``folder``: its exit code (negative: the signal that killed it), and what it said."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as log:
        told = {"arguments": list(arguments), "folder": str(folder), "environment": dict(environment), "log": log.name}
        server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(told) + "\n")
        server.stdin.flush()
        code = server.stdout.readline()
        said = log.read()
    assert code, f"the process that sessions are forked from has ended: {said}"
    return int(code), said


@cache
def _server() -> subprocess.Popen[str]:
    """One a process, from the first session on."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "RAPTORFLOW_"))}
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.support.forks"],
        cwd=ROOT,
        env=kept,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def close() -> None:
        with server:
            server.kill()

    atexit.register(close)
    return server


def _import_all() -> None:
    """By pytest itself, which rewrites the assertions of plugins as it imports them."""
    import pytest

    from conftest import pytest_plugins

    plugins = [word for name in pytest_plugins for word in ("-p", name)]
    with tempfile.TemporaryDirectory() as nothing:
        where = ("-c", str(ROOT / "pyproject.toml"), f"--rootdir={nothing}", f"--confcutdir={nothing}", nothing)
        pytest.main(["-qq", "--collect-only", *WITHOUT, *plugins, *where])


def _remember_plugins() -> None:
    """Shows pytest what brings plugins alone: it looks through all that is installed, for each plugin anew."""
    plugged = [each for each in metadata.distributions() if each.entry_points.select(group="pytest11")]
    metadata.distributions = lambda **_: plugged


def _perform(arguments: list[str], folder: str, environment: dict[str, str], log: str) -> None:
    """What a forked process does, and nothing after it."""
    import pytest

    with open(os.devnull) as nothing, open(log, "w") as said:  # noqa: PTH123
        for stream, number in ((nothing, 0), (said, 1), (said, 2)):
            os.dup2(stream.fileno(), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    if "-n" in arguments:
        fork_ahead(int(arguments[arguments.index("-n") + 1]))
    end(int(pytest.main(arguments)))


def _serve() -> None:
    answers = os.dup(1)
    os.dup2(2, 1)
    _import_all()
    _remember_plugins()
    gc.freeze()  # no session need look through all that was imported
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os.close(answers)
            _perform(**json.loads(line))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(answers, f"{code}\n".encode())


if __name__ == "__main__":
    _serve()
