"""PostgreSQL servers of every version that this machine has, each on a socket of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from stack import postgres
from stack.application import forkserver
from stack.processes import Command, Process, Processes, plain_environment
from stack.readiness import wait_until_answered
from stack.tools import APPLICATION, source

OLDEST = Path("/usr/lib/postgresql/15/bin")
REMEDY = "sudo apt-get install postgresql-15 (Debian 12 has it; elsewhere, the PostgreSQL project's own packages do)"
WITHIN_S = 30.0
OWNER = "raptorflow_owner"
MIGRATING = ("raptorflow.migrations.runner", "raptorflow.roles")
"""What the commands import: once for all of them."""


def programs() -> dict[str, Path]:
    """Version to folder of programs: the embedded 18, and the system's 15 where it is installed."""
    found = {"postgresql-18": postgres.installation().programs}
    return found | ({"postgresql-15": OLDEST} if (OLDEST / "initdb").exists() else {})


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `dsn` reaches a database as a role; login roles have `passwords`."""

    folder: Path
    processes: Processes
    passwords: dict[str, str] = field(default_factory=postgres.fresh_passwords)
    _migrated: dict[tuple[str, str], str] = field(default_factory=dict)

    def dsn(self, database: str = "postgres", user: str = "postgres") -> str:
        """A connection string through the Unix socket."""
        return postgres.dsn(self.folder, user, self.passwords.get(user), database)

    def environment(self, database: str) -> dict[str, str]:
        """What the application's commands are told about `database`."""
        return plain_environment(
            ADMIN_DATABASE_URL=self.dsn(),
            MIGRATION_DATABASE_URL=self.dsn(database, OWNER),
            DATABASE_URL=self.dsn(database, "raptorflow_app"),
            WORKER_DATABASE_URL=self.dsn(database, "raptorflow_worker"),
        )

    def create(self, template: str = "template1") -> str:
        """The name of a new database that `raptorflow_owner` owns: an empty one, or a clone of `template`."""
        name = f"t_{secrets.token_hex(6)}"
        statement = sql.SQL("create database {} template {} owner raptorflow_owner strategy file_copy")
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def migrated(self, version: str = "head", *, of: str = "") -> str:
        """A database brought to `version` from an empty one, or from the SQL `of`; made once a server, then cloned."""
        made = (version, of)
        if made not in self._migrated:
            template = self.create()
            with psycopg.connect(self.dsn(template, OWNER)) as connection:
                connection.execute(of.encode())
            assert self.run(template, "migrate", "--to", version) == (0, "")
            self._migrated[made] = template
        return self.create(self._migrated[made])

    def migrate(self, versions: Mapping[str, str]) -> None:
        """Brings each database of `versions` to its version."""
        assert [self.run(database, "migrate", "--to", to) for database, to in versions.items()] == [(0, "")] * len(
            versions
        )

    def command(self, database: str, *words: str) -> Started:
        """`python -m raptorflow WORDS`, started."""
        log = self.processes.folder / f"{secrets.token_hex(6)}.log"
        argv = (str(APPLICATION.require()), "-m", "raptorflow", *words)
        told = self.environment(database)
        return Started(self.processes.spawn(Command(" ".join(words), argv, log, told, cwd=source(), forked=True)))

    def run(self, database: str, *words: str) -> tuple[int | None, str]:
        """A command's exit code and what it said."""
        return self.command(database, *words).ended()


@dataclass(frozen=True, slots=True)
class Started:
    """A command on its way."""

    process: Process

    def ended(self) -> tuple[int | None, str]:
        """Its exit code and what it said, once it has ended; None when it does not."""
        code = self.process.wait(2 * WITHIN_S)
        self.process.kill()
        return code, self.process.command.log.read_text()


@contextmanager
def running(processes: Processes, binaries: Path) -> Iterator[Server]:
    """A server made by `binaries`, with RaptorFlow's roles."""
    account = postgres.installation().account
    folder = postgres.private_folder(processes.folder / secrets.token_hex(4), account)
    log = processes.folder / f"{folder.name}.log"
    initdb = (str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "-E", "UTF8", "--no-sync")
    processes.run(Command("initdb", (*initdb, "-A", "trust", "--wal-segsize=1"), log, plain_environment(), account))
    processes.forkserver(forkserver(processes.folder, MIGRATING), processes.folder / "forkserver.log")
    server = Server(folder, processes)
    process = processes.spawn(_start(binaries, folder, log))
    _await(process, server)
    code, said = server.run("postgres", "roles")
    assert code == 0, said
    yield server
    process.stop()


def _start(binaries: Path, folder: Path, log: Path) -> Command:
    options = {**postgres.SETTINGS, "unix_socket_directories": str(folder)}
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    argv = (str(binaries / "postgres"), "-D", str(folder / "data"), *words)
    return Command("PostgreSQL", argv, log, plain_environment(), postgres.installation().account)


def _await(process: Process, server: Server) -> None:
    def ask() -> None:
        psycopg.connect(make_conninfo(server.dsn(), connect_timeout=5)).close()

    wait_until_answered(process, ask, psycopg.OperationalError, WITHIN_S)
