"""The shared services that slices are cut from, as the harness reaches them and as an application does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core import files
from stack.application import LOOPBACK
from stack.errors import UnavailableError
from stack.postgres import Database, Postgres
from stack.redis import Redis


@dataclass(frozen=True, slots=True)
class Endpoints:
    """PostgreSQL, Redis and the gateway (`http://HOST:PORT`) as somebody reaches them."""

    postgres: Postgres
    redis: Redis
    gateway: str


@dataclass(frozen=True, slots=True)
class ContainerNetwork:
    """Where applications in containers live, and what the services are called there.

    `run` labels whatever belongs to the run; `project` names the compose project that runs the application, if one.
    """

    run: str
    name: str
    image: str
    endpoints: Endpoints
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """What a run shares. `gateway_url` is the gateway as a browser reaches it: another site than the application.

    Applications are processes of this machine, which the gateway reaches as `host`; or containers of `network`.
    Where the services serve other runs as well, `prefix` sets this run's databases and merchants apart.
    """

    endpoints: Endpoints
    gateway_url: str
    logs: Path
    host: str = LOOPBACK
    network: ContainerNetwork | None = None
    prefix: str = ""

    @property
    def postgres(self) -> Postgres:
        """The server of the slices' databases."""
        return self.endpoints.postgres

    @property
    def redis(self) -> Redis:
        """The server of the slices' logical databases."""
        return self.endpoints.redis

    def database(self, slice_name: str) -> Database:
        """Return a slice's database, as its roles reach it from here."""
        return self.postgres.database(f"slice_{self.prefix}{slice_name}")

    @property
    def gateway_admin_url(self) -> str:
        """The gateway's admin API."""
        return f"{self.endpoints.gateway}/_admin"

    @property
    def for_applications(self) -> Endpoints:
        """The services as an application reaches them."""
        return self.network.endpoints if self.network else self.endpoints

    def write(self, file: Path) -> None:
        """Describe the services in a file that only this user can read."""
        write_private(file, asdict(self))

    @classmethod
    def read(cls, file: Path) -> Services:
        """Return what `write` wrote. Raises UnavailableError."""
        try:
            known = json.loads(file.read_text())
        except OSError as error:
            raise UnavailableError(f"no stack is described by {file} ({error.strerror}): has its run ended?") from error
        network = known["network"] and ContainerNetwork(
            **{**known["network"], "endpoints": _endpoints(known["network"]["endpoints"])}
        )
        endpoints = _endpoints(known["endpoints"])
        return cls(endpoints, known["gateway_url"], Path(known["logs"]), known["host"], network, known["prefix"])


def _endpoints(known: Mapping[str, Any]) -> Endpoints:
    return Endpoints(Postgres(**known["postgres"]), Redis(**known["redis"]), known["gateway"])


def write_private(file: Path, content: Mapping[str, object]) -> None:
    """Write JSON that nobody but this user can read, not even for a moment."""
    files.write_private(file, json.dumps(content, default=str))
