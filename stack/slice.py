"""A slice: one RaptorFlow with a database, a Redis, a merchant and a process of its own, on a run's shared services."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from mocks.phonepe.client import AdminClient
from stack.application import LOOPBACK, WEBHOOK_PATH, Application, Local, Merchant, environment
from stack.errors import UnavailableError
from stack.processes import Processes
from stack.services import Services, write_private
from stack.system import System
from stack.tools import APPLICATION

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(slots=True)
class Slice:
    """One RaptorFlow of a run. `system` says where it is; its address stays the same over restarts."""

    system: System
    _processes: Processes
    _services: Services
    _application: Application
    _closed: bool = False

    @classmethod
    def make(cls, name: str, processes: Processes, services: Services, settings: Mapping[str, str]) -> Slice:
        """Cut a slice and start its application; leave nothing of it when that fails. Raises UnavailableError."""
        if not NAME.fullmatch(name):
            raise UnavailableError(
                f"slice name {name!r}: use 1 to 40 of a-z, 0-9, _ and -, the first a letter or digit"
            )
        folder = processes.folder / "slices" / name
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            raise UnavailableError(f"slice name {name!r}: this run has had a slice of that name; use another") from None
        application = _application(name, processes, services)
        number = services.redis.next_database()
        made = cls(_system(name, application.port, folder, services, number), processes, services, application)
        try:
            made._furnish(folder, settings, number)
            application.start()
        except BaseException:
            made.close()
            raise
        write_private(folder / "system.json", asdict(made.system))
        return made

    def _furnish(self, folder: Path, settings: Mapping[str, str], number: int) -> None:
        system, services = self.system, self._services
        database = services.postgres.create(system.name)
        merchant = Merchant(str(system.merchant_id))
        with closing(AdminClient(services.gateway_admin_url)) as gateway:
            _register(gateway, merchant, self._application.reached_at)
        told = environment(
            services.for_applications.postgres.database(database.name),
            base_url=system.base_url,
            redis_url=services.for_applications.redis.url(number),
            gateway_url=services.for_applications.gateway,
            merchant=merchant,
            secret_key=str(system.jwt_secret),
            clock_file=self._application.clock_file(_clock(folder)),
        )
        assert system.log_path is not None
        self._application.tell(f"RaptorFlow of {system.name}", system.log_path, {**told, **settings})

    @property
    def environment(self) -> Mapping[str, str]:
        """What the application is told, for a command of its own beside it; it holds secrets."""
        return self._application.command.env

    @property
    def pid(self) -> int | None:
        """The application's process, while it runs on this machine."""
        process = getattr(self._application, "process", None)
        return process.pid if process else None

    def restart_application(self, **settings: str) -> None:
        """Stop the application (if it runs) and start it again at the same address; ready when this returns."""
        command = self._application.command
        if settings:
            self._application.tell(command.name, command.log, {**command.env, **settings})
        self._application.restart()

    def kill_application(self) -> None:
        """Kill the application as a crash would: clients' connections wait until it is started again."""
        self._application.kill()

    @contextmanager
    def another_application(self) -> Iterator[str]:
        """Yield the address of a second process of the same RaptorFlow; it ends with the block."""
        first = self._application.command
        second = self._application.another(f"{self.system.name.removeprefix('slice_')}-second")
        second.tell(f"{first.name}, once more", first.log.with_suffix(".second.log"), first.env)
        try:
            second.start()
            yield f"http://{LOOPBACK}:{second.port}"
        finally:
            second.stop()
            second.close()

    @contextmanager
    def more_processes(self, count: int) -> Iterator[None]:
        """So many more processes of the same RaptorFlow behind the same address; they end with the block.

        Raises UnavailableError where the application is no process of this machine.
        """
        first = self._application
        if not isinstance(first, Local):
            raise UnavailableError(
                "more processes behind one address: only where the stack is embedded (--stack embedded)"
            )
        with ExitStack() as left:
            for number in range(count):
                more = first.beside()
                told = first.command
                more.tell(f"{told.name}, process {number + 2}", told.log.with_suffix(f".{number + 2}.log"), told.env)
                left.callback(more.stop)
                more.start()
            yield

    def close(self) -> None:
        """End the application and give back its database; do nothing the second time, or when the run is kept."""
        if self._closed or self._processes.kept():
            return
        self._closed = True
        with ExitStack() as left:
            left.callback(self._application.close)
            if not self._processes.ended:
                left.callback(self._services.postgres.drop, self.system.name)
                left.callback(self._application.kill)  # what it would put in order goes with it

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _application(name: str, processes: Processes, services: Services) -> Application:
    if services.network is None:
        return Local(processes, services.host)
    if services.network.project is not None:
        from stack.compose.application import Composed

        return Composed(processes, services.network, name)
    from stack.containers.application import Contained  # the engine's client takes a quarter of a second

    return Contained(processes, services.network, name)


def _clock(folder: Path) -> Path:
    """Return a file that an application may read whoever it runs as; the slice's folder stays private."""
    shared = folder / "shared"
    shared.mkdir(mode=0o755)
    clock_file = shared / "clock"
    clock_file.write_text("0")
    return clock_file


def _system(name: str, port: int, folder: Path, services: Services, number: int) -> System:
    database = services.database(name)
    return System(
        name=database.name,
        base_url=f"http://127.0.0.1:{port}",
        disposable=True,
        database_dsn=database.superuser,
        owner_dsn=database.owner,
        app_dsn=database.app,
        worker_dsn=database.worker,
        redis_url=services.redis.url(number),
        gateway_url=services.gateway_url,
        gateway_admin_url=services.gateway_admin_url,
        merchant_id=f"M_{services.prefix}{name}".upper(),
        jwt_secret=secrets.token_urlsafe(48),
        migrate_command=_migrate_command(),
        clock_file=folder / "shared" / "clock",
        log_path=services.logs / f"raptorflow-{name}.log",
    )


def _migrate_command() -> tuple[str, ...] | None:
    python = APPLICATION.find()
    return (str(python), "-m", "raptorflow", "migrate") if python else None


def _register(gateway: AdminClient, merchant: Merchant, reached_at: str) -> None:
    gateway.create_merchant(
        merchant_id=merchant.merchant_id,
        client_id=merchant.client_id,
        client_secret=merchant.client_secret,
        client_version=merchant.client_version,
        webhook={
            "url": reached_at + WEBHOOK_PATH,
            "username": merchant.webhook_username,
            "password": merchant.webhook_password,
        },
    )
