"""Whose turn it is: processes that prove one database together deal what is to be tried out among themselves."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
_WIDE = 8


class Turns:
    """Numbers everything that is tried, in an order that each process knows; who is free takes the next number.

    ``counter`` is the descriptor of a file that the processes share; without one, everything is this process's.
    """

    def __init__(self, counter: int | None = None) -> None:
        self._counter, self._dealt, self._mine = counter, 0, -1

    def of(self, items: Sequence[T]) -> Iterator[T]:
        """Those of the items that are this process's to try."""
        first, self._dealt = self._dealt, self._dealt + len(items)
        if self._mine < first:
            self._mine = self._next()
        while self._mine < self._dealt:
            yield items[self._mine - first]
            self._mine = self._next()

    def _next(self) -> int:
        if self._counter is None:
            return self._mine + 1
        fcntl.lockf(self._counter, fcntl.LOCK_EX)
        try:
            number = int.from_bytes(os.pread(self._counter, _WIDE, 0))
            os.pwrite(self._counter, (number + 1).to_bytes(_WIDE), 0)
        finally:
            fcntl.lockf(self._counter, fcntl.LOCK_UN)
        return number
