"""JSON lines over a Unix socket, with file descriptors beside them: how a run's processes speak with each other."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Any

MOST_DESCRIPTORS = 16


def send(connection: socket.socket, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send one message, and descriptors that the other side gets copies of. Raises OSError when it has gone."""
    data = json.dumps(message).encode() + b"\n"
    sent = socket.send_fds(connection, [data], descriptors) if descriptors else 0
    connection.sendall(data[sent:])


def receive(connection: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """One message and the file descriptors that came with it; `None` when the other side has gone."""
    data, descriptors = b"", []
    while not data.endswith(b"\n"):
        try:
            piece, fds, _, _ = socket.recv_fds(connection, 65536, MOST_DESCRIPTORS)
        except OSError:
            piece, fds = b"", []
        descriptors += fds
        if not piece:
            for descriptor in descriptors:
                os.close(descriptor)
            return None, []
        data += piece
    return json.loads(data), descriptors
