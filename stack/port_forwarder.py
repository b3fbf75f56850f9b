"""`python -m stack.port_forwarder FILE --fd N`: an address that stays, for a service whose own comes and goes.

Connections to the inherited socket are carried to the port of 127.0.0.1 that FILE names at that moment. While it names
none, or nobody answers there, callers wait: as they would at a listening socket whose server is being restarted.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from core.files import replace

LOOK_S = 0.02
PIECE = 65536


@dataclass(frozen=True, slots=True)
class PortForwarder:
    """Where connections go."""

    file: Path

    def point(self, port: int | None) -> None:
        """Lead those who come from now on to `port`, or let them wait."""
        replace(self.file, str(port or ""))

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection, both ways, to its end."""
        ours = await self._target()
        ways = [asyncio.create_task(_copy(reader, ours[1])), asyncio.create_task(_copy(ours[0], writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(ways, timeout=None if ways[0].done() and not ways[1].done() else 0)
        finally:
            for way in ways:
                way.cancel()
            for each in (writer, ours[1]):
                each.close()

    async def _target(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while True:
            with contextlib.suppress(OSError, ValueError):
                return await asyncio.open_connection("127.0.0.1", int(self.file.read_text()))
            await asyncio.sleep(LOOK_S)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


async def serve(forwarder: PortForwarder, listener: socket.socket) -> None:
    """Serve until a signal ends the process."""
    server = await asyncio.start_server(forwarder.forward, sock=listener, limit=PIECE)
    async with server:
        await server.serve_forever()


def main(file: str, _: str, descriptor: str) -> int:
    """Serve the inherited socket."""
    asyncio.run(serve(PortForwarder(Path(file)), socket.socket(fileno=int(descriptor))))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
