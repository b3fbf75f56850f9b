"""A slice: one RaptorFlow with a database, a Redis, a merchant and a process of its own, on a run's shared services."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from mocks.phonepe.client import AdminClient
from stack import redis
from stack.application import WEBHOOK_PATH, Merchant, environment
from stack.errors import Unavailable
from stack.http import Service
from stack.postgres import Postgres
from stack.processes import Command, Processes
from stack.system import System
from stack.tools import APPLICATION

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The shared services that slices are cut from: PostgreSQL, the folder of Redis's socket, the gateway's port."""

    postgres: Postgres
    redis: Path
    gateway_port: int
    logs: Path

    @property
    def gateway_url(self) -> str:
        """The gateway as a browser reaches it: another site than the application."""
        return f"http://localhost:{self.gateway_port}"

    @property
    def gateway_api_url(self) -> str:
        """The gateway as servers reach it."""
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def gateway_admin_url(self) -> str:
        return f"{self.gateway_api_url}/_admin"

    def write(self, file: Path) -> None:
        """Describes the services in a file that only this user can read."""
        write_private(
            file,
            {
                "postgres": str(self.postgres.folder),
                "passwords": self.postgres.passwords,
                "redis": str(self.redis),
                "gateway_port": self.gateway_port,
                "logs": str(self.logs),
            },
        )

    @classmethod
    def read(cls, file: Path) -> Surroundings:
        """What ``write`` wrote."""
        try:
            known = json.loads(file.read_text())
        except OSError as error:
            raise Unavailable(f"no stack is described by {file} ({error.strerror}): has its run ended?") from error
        server = Postgres(Path(known["postgres"]), known["passwords"])
        return cls(server, Path(known["redis"]), known["gateway_port"], Path(known["logs"]))


def write_private(file: Path, content: Mapping[str, object]) -> None:
    """Writes JSON that nobody but this user can read, not even for a moment."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(content, stream, default=str)


@dataclass(slots=True)
class Slice:
    """One RaptorFlow of a run. ``system`` says where it is; its address stays the same over restarts."""

    system: System
    _processes: Processes
    _surroundings: Surroundings
    _application: Service
    _closed: bool = False

    @classmethod
    def make(cls, name: str, processes: Processes, around: Surroundings, settings: Mapping[str, str]) -> Slice:
        """Cuts a slice and starts its application; leaves nothing of it when that fails."""
        if not NAME.fullmatch(name):
            raise Unavailable(f"slice name {name!r}: use 1 to 40 of a-z, 0-9, _ and -, the first a letter or digit")
        application = Service(processes, Command("RaptorFlow", (), Path()), "/health/ready")
        folder = processes.folder / "slices" / name
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700)
        made = cls(_system(name, application.port, folder, around), processes, around, application)
        try:
            made._furnish(folder, settings)
            application.start()
        except BaseException:
            made.close()
            raise
        write_private(folder / "system.json", asdict(made.system))
        return made

    def _furnish(self, folder: Path, settings: Mapping[str, str]) -> None:
        system, around = self.system, self._surroundings
        database = around.postgres.create(system.name)
        merchant = Merchant(str(system.merchant_id))
        with closing(AdminClient(around.gateway_admin_url)) as gateway:
            _register(gateway, merchant, system.base_url)
        clock_file = folder / "clock"
        clock_file.write_text("0")
        told = environment(
            database,
            base_url=system.base_url,
            redis_url=str(system.redis_url),
            gateway_url=around.gateway_api_url,
            merchant=merchant,
            secret_key=str(system.jwt_secret),
            clock_file=clock_file,
        )
        argv = (str(APPLICATION.require()), "-m", "raptorflow")
        assert system.log_path is not None
        self._application.command = Command(f"RaptorFlow of {system.name}", argv, system.log_path, {**told, **settings})

    def restart_application(self, **settings: str) -> None:
        """Stops the application (if it runs) and starts it again at the same address; ready when this returns."""
        command = self._application.command
        if settings:
            told = {**command.env, **settings}
            self._application.command = Command(command.name, command.argv, command.log, told)
        self._application.restart()

    def kill_application(self) -> None:
        """Kills the application as a crash would: clients' connections wait until it is started again."""
        self._application.kill()

    def close(self) -> None:
        """Ends the application and gives back its database; does nothing the second time, or when the run is kept."""
        if self._closed or self._processes.kept():
            return
        self._closed = True
        with ExitStack() as left:
            left.callback(self._application.listener.close)
            if not self._processes.ended:
                left.callback(self._surroundings.postgres.drop, self.system.name)
                left.callback(self._application.stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _system(name: str, port: int, folder: Path, around: Surroundings) -> System:
    database = around.postgres.database(f"slice_{name}")
    return System(
        name=database.name,
        base_url=f"http://127.0.0.1:{port}",
        disposable=True,
        database_dsn=database.superuser,
        owner_dsn=database.owner,
        app_dsn=database.app,
        worker_dsn=database.worker,
        redis_url=redis.url(around.redis, redis.next_database(around.redis)),
        gateway_url=around.gateway_url,
        gateway_admin_url=around.gateway_admin_url,
        merchant_id=f"M_{name}".upper(),
        jwt_secret=secrets.token_urlsafe(48),
        migrate_command=(str(APPLICATION.require()), "-m", "raptorflow", "migrate"),
        clock_file=folder / "clock",
        log_path=around.logs / f"raptorflow-{name}.log",
    )


def _register(gateway: AdminClient, merchant: Merchant, base_url: str) -> None:
    gateway.create_merchant(
        merchant_id=merchant.merchant_id,
        client_id=merchant.client_id,
        client_secret=merchant.client_secret,
        client_version=merchant.client_version,
        webhook={
            "url": base_url + WEBHOOK_PATH,
            "username": merchant.webhook_username,
            "password": merchant.webhook_password,
        },
    )
