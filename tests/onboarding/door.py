"""A Redis that can be taken away from one application."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from redis import Redis


@dataclass(slots=True)
class Door:
    """A way to a Redis server that can be shut: a link to its socket."""

    path: Path
    _url: str = ""

    def open(self, url: str) -> str:
        """Makes the link; the URL that goes through it."""
        self._url = url
        socket, _, query = url.removeprefix("unix://").partition("?")
        self.path.symlink_to(socket)
        return f"unix://{self.path}?{query}"

    def close(self) -> None:
        """Removes the link, and ends the connections that were made to the database behind it."""
        self.path.unlink()
        with Redis.from_url(self._url, decode_responses=True) as client:
            mine = str(client.client_id())
            database = str(client.connection_pool.connection_kwargs["db"])
            for other in client.client_list():
                if other["db"] == database and other["id"] != mine:
                    client.client_kill_filter(_id=other["id"])
