"""Brings the services up in containers; slices and their verbs are the embedded stack's."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from docker.errors import DockerException

from stack.containers import engine
from stack.containers.images import APP, GATEWAY, ensure
from stack.containers.reap import sweep
from stack.containers.services import (
    POSTGRES_PORT,
    REDIS_PORT,
    Place,
    prepare,
    start_gateway,
    start_postgres,
    start_redis,
)
from stack.embedded import Stack
from stack.errors import ServiceFailedError
from stack.processes import Processes
from stack.redis import Redis
from stack.services import ContainerNetwork, Endpoints, Services


class ContainerStack(Stack):
    """PostgreSQL, Redis and the gateway as containers of one network; each slice's application is another."""

    @classmethod
    def start(cls, *, logs: Path | None = None) -> Stack:
        """Bring up the three services, all at once. Raises UnavailableError with one line where no engine answers."""
        engine.client()
        sweep()
        app, gateway = ensure(APP), ensure(GATEWAY)
        processes = Processes.start()
        try:
            processes.afterwards((sys.executable, "-m", "stack.containers.reap", str(processes.folder)))
            place = Place(str(processes.folder), _network(processes), logs or processes.folder / "logs")
            return cls._in(processes, place, app, gateway)
        except BaseException:
            processes.close()
            raise

    @classmethod
    def _in(cls, processes: Processes, place: Place, app: str, gateway: str) -> Stack:
        place.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ThreadPoolExecutor(3) as pool:
            server = pool.submit(start_postgres, place)
            cache = pool.submit(start_redis, place)
            starting = pool.submit(start_gateway, processes, place, gateway)
            prepare(server.result(), place, app)
            gateway_service = starting.result()
        internal = Endpoints(
            replace(server.result(), host="postgres", port=POSTGRES_PORT),
            Redis(f"redis://redis:{REDIS_PORT}/"),
            f"http://phonepe:{gateway_service.port}",
        )
        here = Endpoints(server.result(), cache.result(), f"http://127.0.0.1:{gateway_service.port}")
        services = Services(
            here,
            f"http://localhost:{gateway_service.port}",
            place.logs,
            network=ContainerNetwork(place.run, place.network, app, internal),
        )
        services.write(processes.folder / "stack.json")
        return cls(processes, services, (gateway_service,), tuple(place.boxes))


def _network(processes: Processes) -> str:
    """Return a network of the run's own; it goes with the run."""
    name = f"raptorflow-{processes.folder.name}"
    try:
        engine.client().networks.create(name, labels=engine.labels(str(processes.folder)), check_duplicate=True)
    except DockerException as error:
        raise ServiceFailedError(f"the network {name} could not be made: {error}") from error
    return name
