"""PostgreSQL servers of every version that this machine has, each on a socket of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from stack import postgres
from stack.processes import ROOT, Command, Process, Processes, plain_environment
from stack.tools import APPLICATION

OLDEST = Path("/usr/lib/postgresql/15/bin")
WITHIN_S = 30.0


def programs() -> dict[str, Path]:
    """Version to folder of programs: the embedded 18, and the system's 15 where it is installed."""
    found = {"postgresql-18": postgres.installation().programs}
    return found | ({"postgresql-15": OLDEST} if (OLDEST / "initdb").exists() else {})


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `dsn` reaches a database as a role; login roles have `passwords`."""

    folder: Path
    passwords: dict[str, str] = field(default_factory=postgres.fresh_passwords)

    def dsn(self, database: str = "postgres", user: str = "postgres") -> str:
        """A connection string through the Unix socket."""
        return postgres.dsn(self.folder, user, self.passwords.get(user), database)

    def environment(self, database: str) -> dict[str, str]:
        """What the application's commands are told about `database`."""
        return plain_environment(
            ADMIN_DATABASE_URL=self.dsn(),
            MIGRATION_DATABASE_URL=self.dsn(database, "raptorflow_owner"),
            DATABASE_URL=self.dsn(database, "raptorflow_app"),
            WORKER_DATABASE_URL=self.dsn(database, "raptorflow_worker"),
        )

    def create(self) -> str:
        """The name of a new, empty database that `raptorflow_owner` owns."""
        name = f"t_{secrets.token_hex(6)}"
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("create database {} owner raptorflow_owner").format(sql.Identifier(name)))
        return name

    def command(self, database: str, *words: str) -> subprocess.Popen[str]:
        """`python -m raptorflow WORDS`, started."""
        argv = (str(APPLICATION.require()), "-m", "raptorflow", *words)
        return subprocess.Popen(  # noqa: S603
            argv, cwd=ROOT, env=self.environment(database), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, database: str, *words: str) -> tuple[int, str]:
        """A command's exit code and what it said on standard error."""
        process = self.command(database, *words)
        _, said = process.communicate(timeout=60)
        return process.returncode, said


@contextmanager
def running(processes: Processes, binaries: Path) -> Iterator[Server]:
    """A server made by `binaries`, with RaptorFlow's roles."""
    account = postgres.installation().account
    folder = postgres.private_folder(processes.folder / secrets.token_hex(4), account)
    log = processes.folder / f"{folder.name}.log"
    initdb = (str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "-E", "UTF8", "--no-sync")
    processes.run(Command("initdb", (*initdb, "-A", "trust"), log, plain_environment(), account))
    server = Server(folder)
    process = processes.spawn(_start(binaries, folder, log))
    _await(process, server)
    code, said = server.run("postgres", "roles")
    assert code == 0, said
    yield server
    process.stop()


def _start(binaries: Path, folder: Path, log: Path) -> Command:
    options = {"listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off", "timezone": "UTC"}
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    argv = (str(binaries / "postgres"), "-D", str(folder / "data"), *words)
    return Command("PostgreSQL", argv, log, plain_environment(), postgres.installation().account)


def _await(process: Process, server: Server) -> None:
    deadline = time.monotonic() + WITHIN_S
    while True:
        try:
            psycopg.connect(make_conninfo(server.dsn(), connect_timeout=5)).close()
        except psycopg.OperationalError:
            if process.exit_code() is not None or time.monotonic() > deadline:
                raise
            os.sched_yield()
        else:
            return
