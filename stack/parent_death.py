"""Asks the kernel to end a process when its parent does, however that came (Linux; elsewhere nothing is asked)."""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def end_with(parent: int, number: int) -> None:
    """Have this process sent the signal when `parent`, whose child it is, has ended; at once where it has already.

    It holds through an exec, and not for what this process starts in turn.
    """
    if _prctl is None:
        return
    _prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)
