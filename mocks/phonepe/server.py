"""Runs the gateway: takes a socket, says on which port, serves until it is told to stop."""

from __future__ import annotations

import contextlib
import socket
import struct
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mocks.phonepe.gateway import HANG_UP, Gateway


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


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; OSError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


def write_port(path: Path, port: int) -> None:
    """Let a port file appear with its content complete."""
    partial = path.with_name(path.name + ".part")
    partial.write_text(f"{port}\n")
    partial.replace(path)


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, config: uvicorn.Config, port_file: Path | None, port: int) -> None:
        super().__init__(config)
        self._port_file = port_file
        self._port = port

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then write the port file."""
        await super().startup(sockets)
        if self._port_file is not None and self.started:
            write_port(self._port_file, self._port)


def serve(listener: socket.socket, public_host: str, port_file: Path | None = None) -> None:
    """Serve on a bound socket until SIGINT or SIGTERM."""
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        Gateway(f"http://{public_host}:{port}"),
        loop="uvloop",
        http=Protocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    _Server(config, port_file, port).run(sockets=[listener])
