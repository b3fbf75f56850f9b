"""Guards of runs, seen from outside."""

from __future__ import annotations

import socket
from pathlib import Path

from stack.messages import receive, send


def guard_of(folder: Path) -> int:
    """The process of a run's guard."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(folder / "guard.sock"))
        send(connection, {"do": "guard"})
        answer, _ = receive(connection)
    assert answer is not None
    return int(answer["pid"])
