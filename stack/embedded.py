"""The embedded stack: PostgreSQL, Redis and the gateway, shared by a run, and a slice of it for each worker."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stack import postgres, redis, template
from stack.application import LOOPBACK, forkserver
from stack.errors import ServiceFailedError
from stack.http import Service
from stack.postgres import Postgres
from stack.processes import Command, Process, Processes, plain_environment
from stack.readiness import Alive
from stack.redis import Redis
from stack.services import Endpoints, Services
from stack.slice import Slice
from stack.tools import APPLICATION, POSTGRES, REDIS


@dataclass(slots=True)
class Stack:
    """The shared services of one run; leaving it ends them all and removes what they wrote.

    `Stack.start()` begins a run; `Stack.attach(handle)` joins one that another process began (`handle()` there).
    """

    processes: Processes
    services: Services
    _servers: tuple[Service, ...] = ()
    _watched: tuple[Alive, ...] = ()
    _slices: list[Slice] = field(default_factory=list)

    @classmethod
    def start(cls, *, logs: Path | None = None) -> Stack:
        """Bring up the three services, all at once; logs go to `logs`, or to the run's own folder."""
        for tool in (POSTGRES, REDIS, APPLICATION):
            tool.require()
        processes = Processes.start()
        try:
            postgres.check_folder(processes.folder.parent)
            return cls._on(processes, logs or processes.folder / "logs")
        except BaseException:
            processes.close()
            raise

    @classmethod
    def _on(cls, processes: Processes, logs: Path) -> Stack:
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        server = Postgres(str(processes.folder / "pg"), postgres.fresh_passwords(), token=postgres.fresh_token())
        folder = processes.folder / "redis"
        cache = Redis.in_folder(folder)
        gateway = _gateway(processes, logs)
        processes.forkserver(forkserver(processes.folder), logs / "forkserver.log")
        try:
            started = together(
                lambda: _start_postgres(processes, server, logs / "postgres.log"),
                lambda: _start_redis(processes, cache, folder, logs / "redis.log"),
                gateway.start,
            )
        except BaseException:
            gateway.listener.close()
            raise
        endpoints = Endpoints(server, cache, f"http://{LOOPBACK}:{gateway.port}")
        services = Services(endpoints, f"http://localhost:{gateway.port}", logs)
        services.write(processes.folder / "stack.json")
        return cls(processes, services, (gateway,), (started[0], started[1], gateway))

    @classmethod
    def attach(cls, handle: Mapping[str, Any]) -> Stack:
        """Join a run from another process: slices made here end with this process, the services do not."""
        folder = Path(handle["folder"])
        return cls(Processes.join(folder), Services.read(folder / "stack.json"))

    def handle(self) -> dict[str, str]:
        """Return what `attach` needs, as JSON can carry it; passwords stay in a file that only this user can read."""
        return {"folder": str(self.processes.folder)}

    def slice(self, name: str, *, environment: Mapping[str, str] | None = None) -> Slice:
        """Return a RaptorFlow with a database, a Redis, a merchant and a process of its own; ready when this returns.

        `name` is unique within the run. `environment` adds settings of the application (`RECONCILE_SCHEDULE`…).
        """
        made = Slice.make(name, self.processes, self.services, environment or {})
        self._slices.append(made)
        return made

    def died(self) -> list[str]:
        """Return the services of this run that ended by themselves, each with the end of its log.

        None for who joined it.
        """
        try:
            ended = [(each, each.exit_code()) for each in self._watched]
        except ServiceFailedError as error:
            return [str(error)]
        return [str(each.failed(f"died (exit code {code})")) for each, code in ended if code is not None]

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Within, what goes wrong is not the application's fault where a service died: raises ServiceFailedError."""
        try:
            yield
        except Exception as error:
            if died := self.died():
                raise ServiceFailedError("\n".join(died)) from error
            raise
        if died := self.died():
            raise ServiceFailedError("\n".join(died))

    def keep(self) -> None:
        """Leave everything up when this process ends; `python -m stack down` takes it down."""
        self.processes.keep()

    def close(self) -> None:
        """End the slices made here and, in the process that started the run, the services and their folder."""
        with ExitStack() as left:
            for service in self._servers:
                left.callback(service.listener.close)
            left.callback(self.processes.close)
            for made in self._slices:
                left.callback(made.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _gateway(processes: Processes, logs: Path) -> Service:
    argv = (sys.executable, "-m", "mocks.phonepe", "--public-host", "localhost")
    command = Command("the gateway", argv, logs / "gateway.log", plain_environment())
    return Service(processes, command, "/_admin/health")


def _start_postgres(processes: Processes, server: Postgres, log: Path) -> Process:
    account = postgres.installation().account
    folder = postgres.private_folder(Path(server.host), account)
    template.pour(processes, folder / "data", log)
    process = postgres.start(processes, server, folder / "data", log)
    server.set_passwords()
    return process


def _start_redis(processes: Processes, server: Redis, folder: Path, log: Path) -> Process:
    folder.mkdir(mode=0o700)
    return redis.start(processes, server, folder, log)


def together(*starts: Callable[[], Any]) -> list[Any]:
    """Start all at once; return what each returned.

    Raises what the first of them (as they are named) to fail raised.
    """
    pool = ThreadPoolExecutor(len(starts))
    try:
        return [future.result() for future in [pool.submit(start) for start in starts]]
    finally:
        pool.shutdown(wait=False)  # after a failure the rest end with the guard
