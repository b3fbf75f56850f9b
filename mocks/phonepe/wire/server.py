"""Runs the gateway: takes a listening socket, says on which port, serves until it is told to stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from .hang_up import Protocol


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


def serve(
    application: Callable[[str, bytes | None], ASGIApp],
    listener: socket.socket,
    public_host: str,
    port_file: Path | None = None,
    *,
    tls: bool = False,
    ca_file: Path | None = None,
) -> None:
    """Serve on a bound socket until SIGINT or SIGTERM; with `tls` as PhonePe's hosts too, whose CA `ca_file` gets.

    `application` is made of the base URL of the hosted pages and the CA as PEM.
    """
    port = listener.getsockname()[1]
    protocol: type[asyncio.Protocol] = Protocol
    ca = None
    if tls:
        from .tls import door_with, server_context

        context, ca = server_context()
        protocol = door_with(context)
        if ca_file is not None:
            ca_file.write_bytes(ca)
    config = uvicorn.Config(
        application(f"http://{public_host}:{port}", ca),
        loop="uvloop",
        http=protocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    _Server(config, port_file, port).run(sockets=[listener])
