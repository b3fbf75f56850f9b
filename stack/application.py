"""A slice's application: what it is told by its environment, and how it runs as a process of this machine."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from stack.http import Service, listening_socket
from stack.postgres import Database
from stack.processes import Command, Process, Processes, plain_environment
from stack.tools import APPLICATION, source

WEBHOOK_PATH = "/api/v1/webhooks/phonepe"
READY = "/health/ready"
LOOPBACK = "127.0.0.1"
SERVING = ("raptorflow.serve", "phonepe.sdk.pg.payments.v2.standard_checkout_client")
"""What RaptorFlow imports before it is ready, and beside its first requests."""


class Application(Protocol):
    """An application with an address of its own, which stays while it ends and starts again."""

    command: Command

    @property
    def port(self) -> int:
        """The port of 127.0.0.1 that clients connect to."""

    @property
    def reached_at(self) -> str:
        """The address at which the gateway finds it."""

    def clock_file(self, file: Path) -> str:
        """Return what the application calls a file of this machine."""

    def another(self, name: str) -> Application:
        """One more of the same kind, at an address of its own, not told anything yet."""

    def tell(self, name: str, log: Path, env: Mapping[str, str]) -> None:
        """Set its name, where its log goes, and its settings: from the next start on."""

    def start(self) -> None:
        """Start it; ready when this returns."""

    def restart(self) -> None:
        """Stop it, if it runs, and start it again."""

    def stop(self) -> None:
        """Ask it to end, and see to it."""

    def kill(self) -> None:
        """Kill it as a crash would; callers wait at its address."""

    def close(self) -> None:
        """Give the address up."""


def forkserver(folder: Path, modules: Sequence[str] = SERVING) -> tuple[str, ...]:
    """Return the command of the process that forks the RaptorFlows of the run in `folder`, and has the modules."""
    return (str(APPLICATION.require()), "-m", "stack.forkserver", str(folder), str(source()), *modules)


class Local:
    """An application as a process, on a socket that it inherits. `host` is what the gateway calls this machine."""

    def __init__(self, processes: Processes, host: str = LOOPBACK, listener: socket.socket | None = None) -> None:
        self.command = Command("RaptorFlow", (), Path())
        self._host = host
        listener = listener or listening_socket(LOOPBACK if host == LOOPBACK else "")
        self._service = Service(processes, self.command, READY, listener=listener)

    def another(self, name: str) -> Local:  # noqa: ARG002 - a container needs one
        """One more of the same kind, at an address of its own, not told anything yet."""
        return Local(self._service.processes, self._host)

    def beside(self) -> Local:
        """Another process for the same socket: the kernel deals the connections between all that accept on it."""
        return Local(self._service.processes, self._host, self._service.listener)

    @property
    def port(self) -> int:
        """The port of 127.0.0.1 that clients connect to."""
        return self._service.port

    @property
    def reached_at(self) -> str:
        """The address at which the gateway finds it."""
        return f"http://{self._host}:{self.port}"

    @property
    def process(self) -> Process | None:
        """The process that serves, if one does."""
        return self._service.process

    def clock_file(self, file: Path) -> str:
        """Return the file itself."""
        return str(file)

    def tell(self, name: str, log: Path, env: Mapping[str, str]) -> None:
        """Set its name, where its log goes, and its settings: from the next start on."""
        argv = (str(APPLICATION.require()), "-m", "raptorflow")
        self.command = self._service.command = Command(name, argv, log, env, cwd=source(), forked=True)

    def start(self) -> None:
        """Start it; ready when this returns."""
        self._service.start()

    def restart(self) -> None:
        """Stop it, if it runs, and start it again."""
        self._service.restart()

    def stop(self) -> None:
        """Ask it to end, and see to it."""
        self._service.stop()

    def kill(self) -> None:
        """Kill it as a crash would; callers wait at its address."""
        self._service.kill()

    def close(self) -> None:
        """Give the address up."""
        self._service.listener.close()


@dataclass(frozen=True, slots=True)
class Merchant:
    """The gateway's credentials for one slice, and those that the gateway's webhooks carry."""

    merchant_id: str
    client_id: str = field(default_factory=lambda: f"client_{secrets.token_hex(6)}")
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    client_version: int = 1
    webhook_username: str = field(default_factory=lambda: f"hook_{secrets.token_hex(6)}")
    webhook_password: str = field(default_factory=lambda: secrets.token_hex(10), repr=False)


def environment(
    database: Database,
    *,
    base_url: str,
    redis_url: str,
    gateway_url: str,
    merchant: Merchant,
    secret_key: str,
    clock_file: str,
) -> dict[str, str]:
    """Return the settings of the contract, as a system under test gets them."""
    return plain_environment(
        DATABASE_URL=database.app,
        WORKER_DATABASE_URL=database.worker,
        REDIS_URL=redis_url,
        PHONEPE_BASE_URL=gateway_url,
        PHONEPE_CLIENT_ID=merchant.client_id,
        PHONEPE_CLIENT_SECRET=merchant.client_secret,
        PHONEPE_CLIENT_VERSION=str(merchant.client_version),
        PHONEPE_WEBHOOK_USERNAME=merchant.webhook_username,
        PHONEPE_WEBHOOK_PASSWORD=merchant.webhook_password,
        PUBLIC_URL=base_url,
        SECRET_KEY=secret_key,
        ENVIRONMENT="test",
        CLOCK_FILE=clock_file,
    )
