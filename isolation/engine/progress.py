"""How far a long proof has come: a line now and then, none where it is soon over."""

from __future__ import annotations

import sys
import time
from typing import TextIO

EVERY_S = 5.0


class Progress:
    """Writes at most one line in ``every_s`` seconds."""

    def __init__(self, stream: TextIO | None = None, every_s: float = EVERY_S) -> None:
        self._stream, self._every_s = stream or sys.stderr, every_s
        self._began = self._told = time.monotonic()

    def at(self, stage: str, done: int = 0, of: int = 0) -> None:
        """Note where the proof is."""
        now = time.monotonic()
        if now - self._told >= self._every_s:
            self._told = now
            share = f", {done} of {of} relations" if of else ""
            print(f"isolation: {stage}{share}, {now - self._began:.0f} s", file=self._stream, flush=True)
