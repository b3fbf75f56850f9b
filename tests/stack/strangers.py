"""What is not the harness's: a PostgreSQL that somebody works with, and a proxy that writes down who came to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg

from core.waiting import comes_true
from stack import postgres
from stack.processes import Command, Process, Processes, plain_environment

ME = "witness"
CATALOGS = ("pg_authid", "pg_database", "pg_db_role_setting", "pg_auth_members", "pg_class", "pg_namespace")
ROWS = "select md5(string_agg(row::text, ',' order by row::text)) from (select t::text as row from {} t) rows"
TRIES, STARTED_S = 5, 30.0


@dataclass(frozen=True, slots=True)
class Own:
    """A server that trusts whoever comes, at a port of 127.0.0.1 and on a socket in ``folder``."""

    folder: Path
    port: int
    log: Path

    def connect(self) -> psycopg.Connection:
        """Look into it, by a name that its log knows."""
        where = f"host={self.folder} port={self.port} user=postgres dbname=postgres application_name={ME}"
        return psycopg.connect(where, autocommit=True)

    def state(self) -> dict[str, object]:
        """What its catalogs hold, and the next transaction that would write."""
        with self.connect() as connection:
            found: dict[str, object] = {name: connection.execute(ROWS.format(name)).fetchone() for name in CATALOGS}
            found["next"] = connection.execute("select pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()
        return found

    def visitors(self) -> list[str]:
        """Who else logged in, as its log says."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if "connection authorized" in line and f"application_name={ME}" not in line]


@contextmanager
def a_server(processes: Processes) -> Iterator[Own]:
    """Somebody's own PostgreSQL, with a role and a database of the names that the harness uses."""
    place = postgres.installation()
    folder = postgres.private_folder(processes.folder / "own", place.account)
    log = processes.folder / "own.log"
    argv = (place.program("initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "--no-sync")
    processes.run(Command("initdb", argv, log, plain_environment(), place.account))
    for _ in range(TRIES):
        own = Own(folder, _free_port(), log)
        process = processes.spawn(_command(own))
        if comes_true(partial(_settled, process, own), within_s=STARTED_S) and process.exit_code() is None:
            break
        process.kill()
    _furnish(own)
    yield own
    process.stop()


def _command(own: Own) -> Command:
    place = postgres.installation()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(own.port),
        "unix_socket_directories": str(own.folder),
        "log_connections": "authorization",
        "autovacuum": "off",
        "fsync": "off",
    }
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    argv = (place.program("postgres"), "-D", str(own.folder / "data"), *words)
    return Command("somebody's PostgreSQL", argv, own.log, plain_environment(), place.account)


def _settled(process: Process, own: Own) -> bool:
    return process.exit_code() is not None or _answers(own)


def _answers(own: Own) -> bool:
    try:
        own.connect().close()
    except psycopg.OperationalError:
        return False
    return True


def _furnish(own: Own) -> None:
    with own.connect() as connection:
        for role in postgres.LOGINS:
            connection.execute(f"create role {role} login superuser password 'theirs'".encode())
        connection.execute(f"create database {postgres.TEMPLATE}".encode())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number: int = taken.getsockname()[1]
        return number


@dataclass(slots=True)
class Proxy:
    """A listener that answers nobody, and keeps the first bytes of whoever comes."""

    url: str
    seen: list[bytes] = field(default_factory=list)


@contextmanager
def a_proxy() -> Iterator[Proxy]:
    """One that a caller's environment may name."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Proxy(f"http://127.0.0.1:{listener.getsockname()[1]}")
        threading.Thread(target=_record, args=(listener, proxy.seen), daemon=True).start()
        yield proxy
        listener.shutdown(socket.SHUT_RDWR)


def _record(listener: socket.socket, seen: list[bytes]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(5)
            try:
                seen.append(connection.recv(200))
            except OSError:
                seen.append(b"")
