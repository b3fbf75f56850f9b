"""uvicorn's HTTP protocol, with one more thing that a faulty server does: to hang up."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HANG_UP: Final = "phonepe_mock.hang_up"
"""The name of the extension by which the application drops a connection without a proper end."""


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol, which lets the application drop the connection."""

    def on_message_begin(self) -> None:
        """Begin a request's scope."""
        super().on_message_begin()
        extensions: dict[str, Any] = {HANG_UP: self._hang_up}
        self.scope["extensions"] = extensions

    def _hang_up(self) -> None:
        """Reset the connection: the peer sees ECONNRESET, as from a crashed server."""
        peer = self.transport.get_extra_info("socket")
        if peer is not None:
            with contextlib.suppress(OSError):
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
