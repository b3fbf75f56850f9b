"""Runs the gateway: takes a listening socket, says on which port, serves until it is told to stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import uvicorn
from starlette.types import Receive, Scope, Send

from .hang_up import Protocol as HttpProtocol


def write_port(path: Path, port: int) -> None:
    """Let a port file appear with its content complete."""
    partial = path.with_name(path.name + ".part")
    partial.write_text(f"{port}\n")
    partial.replace(path)


class Application(Protocol):
    """An ASGI application that is opened before the first request, and closed after the last one."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

    async def open(self) -> None:
        """Get ready."""

    async def close(self) -> None:
        """Finish what is left to do."""


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, application: Application, config: uvicorn.Config, port_file: Path | None, port: int) -> None:
        super().__init__(config)
        self._application = application
        self._port_file = port_file
        self._port = port

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop to listen, then close the application."""
        await super().shutdown(sockets)
        await self._application.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the application, start to listen, then write the port file."""
        await self._application.open()
        await super().startup(sockets)
        if self._port_file is not None and self.started:
            write_port(self._port_file, self._port)


def serve(
    make: Callable[[str, bytes | None], Application],
    listener: socket.socket,
    public_host: str,
    port_file: Path | None = None,
    *,
    tls: bool = False,
    ca_file: Path | None = None,
) -> None:
    """Serve on a bound socket until SIGINT or SIGTERM; with `tls` as PhonePe's hosts too, whose CA `ca_file` gets.

    The application is made of the base URL of the hosted pages and the CA as PEM; what it raises when it is opened
    is raised here.
    """
    port = listener.getsockname()[1]
    protocol: type[asyncio.Protocol] = HttpProtocol
    ca = None
    if tls:
        from .tls import door_with, server_context

        context, ca = server_context()
        protocol = door_with(context)
        if ca_file is not None:
            ca_file.write_bytes(ca)
    application = make(f"http://{public_host}:{port}", ca)
    config = uvicorn.Config(
        application,
        loop="auto",
        http=protocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    _Server(application, config, port_file, port).run(sockets=[listener])
