"""Waiting until what was started answers: not longer than it lives, and not for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from core.waiting import TooLateError, until
from stack.errors import ServiceFailedError

AGAIN_S = 0.005


class Alive(Protocol):
    """What answers at an address, as far as waiting for it goes: a process, or a container."""

    def exit_code(self) -> int | None:
        """Return the exit code, `None` while it runs."""

    def failed(self, what: str) -> ServiceFailedError:
        """Return the error that says what went wrong, with the tail of its log."""


def wait_until_answered(
    alive: Alive, ask: Callable[[], object], not_yet: type[Exception], ready_s: float, again_s: float = AGAIN_S
) -> None:
    """Ask until nothing is raised.

    Raises ServiceFailedError, with the log's end, when it ended or was not ready in time.

    `not_yet` is what asking raises while it is not ready; anything else is passed on.
    """

    def problem() -> Exception | None:
        try:
            ask()
        except not_yet as error:
            if (code := alive.exit_code()) is not None:
                raise alive.failed(f"exited with {code} before it was ready") from error
            return error
        return None

    try:
        until(problem, lambda seen: seen is None, within_s=ready_s, pause_s=again_s, longest_pause_s=again_s)
    except TooLateError as late:
        raise alive.failed(f"was not ready within {ready_s:.0f} s ({late.seen})") from late.seen
