"""The second RaptorFlow, deployed beside a run's services, and the target file that says where it is."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from psycopg import sql

from mocks.phonepe.client import AdminClient
from stack.embedded import Stack
from stack.http import Service, listening_socket
from stack.processes import Command, plain_environment

HERE = Path(__file__).parent / "second"


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where it is: its target file, and the secret that the file names."""

    target: Path
    dsn: str = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """What the target file needs in the environment."""
        return {"SECOND_DSN": self.dsn}


@contextmanager
def deployed(stack: Stack, folder: Path) -> Iterator[Deployment]:
    """Brings it up with a database, a merchant and a process of its own, and takes it down."""
    services = stack.services
    name = f"second_{secrets.token_hex(4)}"
    listener = listening_socket("127.0.0.1" if services.host == "127.0.0.1" else "")
    command = Command("the second RaptorFlow", (), folder / "second.log")
    service = Service(stack.processes, command, "/alive", listener=listener)
    base_url = f"http://127.0.0.1:{service.port}"
    with listener, _database(stack, name) as dsn, closing(AdminClient(services.gateway_admin_url)) as gateway:
        hook = {"url": f"http://{services.host}:{service.port}/hook", "username": "hook"}
        hook["password"] = secrets.token_hex(8)
        account = gateway.create_merchant(webhook=hook)
        env = plain_environment(
            DATABASE_URL=dsn,
            PUBLIC_URL=base_url,
            SECRET_KEY=secrets.token_hex(16),
            PHONEPE_BASE_URL=services.endpoints.gateway,
            PHONEPE_CLIENT_ID=account.client_id,
            PHONEPE_CLIENT_SECRET=account.client_secret,
            PHONEPE_WEBHOOK_USERNAME=hook["username"],
            PHONEPE_WEBHOOK_PASSWORD=hook["password"],
        )
        argv = (sys.executable, "-m", "tests.support.second.app")
        service.command = Command(command.name, argv, command.log, env)
        service.start()
        try:
            yield Deployment(_target(folder, base_url, stack, account.merchant_id), dsn)
        finally:
            service.stop()
            gateway.delete_merchant(account.merchant_id)


@contextmanager
def _database(stack: Stack, name: str) -> Iterator[str]:
    server = stack.services.postgres
    with server.admin() as connection:
        connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
    try:
        with server.admin(name) as connection:
            connection.execute((HERE / "tables.sql").read_text())
        yield server.admin_dsn(name)
    finally:
        server.drop(name)


def _target(folder: Path, base_url: str, stack: Stack, merchant: str) -> Path:
    services = stack.services
    gateway = {"GATEWAY_URL": services.gateway_url, "ADMIN_URL": services.gateway_admin_url, "MERCHANT": merchant}
    gateway["CLEANUP"] = f"{sys.executable} -m tests.support.second.forget"
    text = (HERE / "target.toml").read_text()
    for word, value in {"BASE_URL": base_url, **gateway}.items():
        text = text.replace(f'"{word}"', f'"{value}"')
    file = folder / "second.toml"
    file.write_text(text)
    return file
