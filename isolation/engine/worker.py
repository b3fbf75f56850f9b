"""``python -m isolation.engine.worker``: one of the workers. Takes its task from standard input."""

from __future__ import annotations

import os
import pickle
import sys
import threading

from .prove import Task, attack
from .turns import Turns

GONE = 130


def _end_with_parent() -> None:
    """Standard input ends when the process that started this one does."""
    if not sys.stdin.buffer.read(1):
        os._exit(GONE)


def main() -> None:
    """Try out what falls to this process, and hand back what came of it."""
    task: Task = pickle.load(sys.stdin.buffer)  # noqa: S301 - the parent wrote it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with task.context(Turns(int(sys.argv[1]))) as context:
        pickle.dump(attack(context, task.log()).without_script(), sys.stdout.buffer)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        os._exit(GONE)
