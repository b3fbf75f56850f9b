"""Runs localstripe as it runs itself, but on a port of the system's choice, with its state in the working folder."""

from __future__ import annotations

import builtins
import logging
import socket
import sys
from pathlib import Path
from typing import Any

from aiohttp import web
from localstripe import resources, server

KEPT_IN = "/tmp/localstripe.pickle"  # noqa: S108 - where localstripe keeps its state


def open_here(name: str, mode: str) -> Any:
    """Return what localstripe opens; its state is in the working folder."""
    return builtins.open("localstripe.pickle" if name == KEPT_IN else name, mode)  # noqa: PTH123


async def say_where(listener: socket.socket) -> None:
    """Write the port once requests are served."""
    partial = Path(sys.argv[1] + ".part")
    partial.write_text(str(listener.getsockname()[1]))
    partial.rename(sys.argv[1])


logger = logging.getLogger("aiohttp.access")
logger.setLevel(logging.DEBUG)
logger.addHandler(logging.StreamHandler())
resources.open = open_here
listener = socket.create_server(("127.0.0.1", 0))
server.app.on_startup.append(lambda _: say_where(listener))
web.run_app(server.app, sock=listener, access_log=logger, print=None)
