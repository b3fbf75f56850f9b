"""Serving: a socket that is bound here or handed over, and uvicorn on it until a signal."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from raptorflow import logs
from raptorflow.app import create_app
from raptorflow.clock import Clock
from raptorflow.settings import Settings


class BadSocket(ValueError):
    """The address cannot be bound, or the descriptor is no listening socket."""


class Server(uvicorn.Server):
    """Finishes what was begun, for `drain_seconds` at most, before it closes its doors."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, drain_seconds: float) -> None:
        super().__init__(config)
        self._app, self._drain_seconds = app, drain_seconds

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End gracefully: streams are told to come again, new requests to try elsewhere. A second SIGINT hurries."""
        self._app.state.drain.closing = True
        self._app.state.resources.watch.release()
        await self._app.state.drain.finish(self._drain_seconds, lambda: self.force_exit)
        await super().shutdown(sockets)


def serve(settings: Settings, host: str, port: int, port_file: Path | None, fd: int | None) -> None:
    """Serve until SIGINT or SIGTERM. Raises `BadSocket`."""
    logs.configure(settings.log_level, Clock.of(settings))
    listener = _listener(host, port, fd)
    if port_file is not None:
        unfinished = port_file.with_suffix(".tmp")
        unfinished.write_text(str(listener.getsockname()[1]))
        unfinished.rename(port_file)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=75,
    )
    Server(config, app, settings.drain_seconds).run(sockets=[listener])


def _listener(host: str, port: int, fd: int | None) -> socket.socket:
    try:
        if fd is not None:
            os.set_inheritable(fd, False)
            return socket.socket(fileno=fd)
        return socket.create_server((host, port), backlog=512)
    except (OSError, OverflowError) as error:
        where = f"--fd {fd}" if fd is not None else f"--host {host} --port {port}"
        raise BadSocket(f"{where}: {error}; choose another, or --port 0 for any free port") from None
