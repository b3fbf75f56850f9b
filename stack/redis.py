"""A Redis server of the run's own, on a Unix socket; each slice has a logical database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import redis

from stack.errors import ServiceFailedError
from stack.postgres import fresh_token
from stack.processes import Command, Process, Processes, plain_environment
from stack.readiness import wait_until_answered
from stack.tools import REDIS

DATABASES = 1024
READY_S = 15.0
COUNTER = "stack:slices"
IDENTITY = "syslog-ident"
"""A setting that changes nothing where nothing goes to syslog: a server of this run answers it with the run's token."""


@dataclass(frozen=True, slots=True)
class Redis:
    """Where a server is: its URL up to the number of the logical database, and the `token` of one of this run."""

    address: str
    token: str | None = None

    @classmethod
    def in_folder(cls, folder: Path) -> Redis:
        """One that listens on a Unix socket."""
        return cls(f"unix://{folder / 'redis.sock'}?db=", fresh_token())

    def url(self, database: int) -> str:
        """Return a connection URL of one logical database."""
        return f"{self.address}{database}"

    def next_database(self) -> int:
        """Return the number of a logical database that no slice of this run has had; database 0 keeps count."""
        with redis.Redis.from_url(self.url(0)) as client:
            self._check(client)
            number = client.incr(COUNTER)
        assert isinstance(number, int)
        return number

    def _check(self, client: redis.Redis) -> None:
        """Raise ServiceFailedError where another server answers: nothing was written to it."""
        if self.token is None:
            return
        said = client.config_get(IDENTITY).get(IDENTITY)
        if said != self.token:
            raise ServiceFailedError(
                f"at {self.address} another Redis answers than this run's ({said!r} is not {self.token!r}): "
                "nothing was written to it; end that server"
            )


def start(processes: Processes, server: Redis, folder: Path, log: Path) -> Process:
    """Start a server that keeps nothing on disk, and wait until it answers."""
    options = {
        "port": "0",
        "unixsocket": str(folder / "redis.sock"),
        "unixsocketperm": "700",
        "databases": str(DATABASES),
        "save": "",
        "appendonly": "no",
        "dir": str(folder),
        IDENTITY: server.token or "",
    }
    argv = (str(REDIS.require()), *(word for name, value in options.items() for word in (f"--{name}", value)))
    process = processes.spawn(Command("Redis", argv, log, plain_environment()))
    _await(process, server.url(0))
    return process


def _await(process: Process, address: str) -> None:
    with redis.Redis.from_url(address) as client:
        wait_until_answered(process, client.ping, redis.ConnectionError, READY_S)
