"""``python3 -m stack.setup``: makes this checkout ready, and does nothing when it is."""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from stack.errors import Unavailable
from stack.setup import machine, node
from stack.setup.commands import cancel, say
from stack.setup.environments import ENVIRONMENTS, Environment, check_venv_module
from stack.tools import BROWSER, NODE, REDIS, ROOT

OLDEST = (3, 11)


def work() -> list[Callable[[], None]]:
    """What is left to do, as tasks that may run side by side."""
    todo: list[Callable[[], None]] = []
    harness, raptorflow = ENVIRONMENTS
    if not (harness.is_ready() and node.is_ready()):
        todo.append(lambda: _harness_and_report(harness))
    if not raptorflow.is_ready():
        todo.append(raptorflow.install)
    if REDIS.find() is None or BROWSER.find() is None:
        todo.append(_machine)
    return todo


def _harness_and_report(harness: Environment) -> None:
    if not harness.is_ready():
        harness.install()
    NODE.require()
    if not node.is_ready():
        node.install()


def _machine() -> None:
    failures = []
    for tool in (REDIS, BROWSER):
        try:
            machine.fetch(tool)
        except Unavailable as error:
            failures.append(str(error))
    if failures:
        raise Unavailable("\n".join(failures))


@contextmanager
def _alone() -> Iterator[None]:
    folder = ROOT / ".tools"
    try:
        folder.mkdir(exist_ok=True)
        lock = (folder / "setup.lock").open("w")
    except OSError as error:
        raise Unavailable(f"{folder} cannot be written ({error.strerror}): make this checkout writable") from error
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
        if isinstance(error, Unavailable):
            failures += str(error).splitlines()
        elif error is not None:
            raise error
    return failures


def main() -> int:
    """Sets up; 0 when everything is there, 2 with one line for each thing that could not be had."""
    try:
        if sys.version_info < OLDEST:
            raise Unavailable(
                f"Python {sys.version.split()[0]} is too old: name one from 3.11 on, as make PYTHON=python3.12"
            )
        if not work():
            ENVIRONMENTS[0].link()
            return 0
        with _alone():
            check_venv_module()
            failures = _perform(todo) if (todo := work()) else []
    except Unavailable as error:
        failures = str(error).splitlines()
    except KeyboardInterrupt:
        say("interrupted; the next run begins where it must")
        return 130
    for line in failures:
        say(line)
    return 2 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
