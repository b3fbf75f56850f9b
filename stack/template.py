"""The migrated data directory that each run starts from a copy of, named by what it was made of."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql

from stack import postgres
from stack.cache import cache_folder, locked
from stack.errors import ServiceFailedError
from stack.processes import ROOT, Command, Processes, plain_environment
from stack.tools import APPLICATION, source

INGREDIENTS = ("raptorflow/migrations", "raptorflow/roles.py")
KEPT = 3
"""Older templates are removed: switching between a few branches stays fast."""
IN_USE_S = 3600.0
"""A younger template is never removed: another checkout may be about to copy it."""


def identity() -> str:
    """Return the hash of the migrations, the code of the roles, PostgreSQL's version and its options."""
    digest = hashlib.sha256(f"{postgres.installation().version()}{postgres.SETTINGS}{postgres.LOGINS}".encode())
    application = source()
    for path in (file for ingredient in INGREDIENTS for file in _files(application / ingredient)):
        digest.update(str(path.relative_to(application)).encode() + b"\0" + path.read_bytes())
    digest.update((ROOT / "requirements" / "raptorflow.txt").read_bytes())
    for module in ("postgres.py", "template.py"):
        digest.update((ROOT / "stack" / module).read_bytes())
    return digest.hexdigest()[:16]


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)


def pour(processes: Processes, data: Path, log: Path) -> None:
    """Copy the template to `data`; make it first when this machine has none for these migrations."""
    template = _place()
    if not template.exists():
        with locked(template.parent):
            if not template.exists():
                _build(processes, template, log)
    _copy(processes, template, data, log)
    template.touch()


def _place() -> Path:
    return cache_folder() / f"template-{identity()}"


def _copy(processes: Processes, source: Path, target: Path, log: Path) -> None:
    argv = ("cp", "-a", "--", str(source), str(target))
    processes.run(Command("copying the template", argv, log, plain_environment()))


def _build(processes: Processes, template: Path, log: Path) -> None:
    account = postgres.installation().account
    workshop = postgres.private_folder(processes.folder / "b", account)
    data = workshop / "data"
    postgres.initialise(processes, data, log)
    server = postgres.Postgres(str(workshop), postgres.fresh_passwords(), token=postgres.fresh_token())
    process = postgres.start(processes, server, data, log)
    _migrate(processes, server, log)
    process.stop(timeout_s=20)
    unfinished = template.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    _copy(processes, data, unfinished, log)
    if template != _place():
        raise ServiceFailedError("RaptorFlow's migrations changed while they were applied: start again")
    unfinished.rename(template)
    shutil.rmtree(workshop)
    _forget_old(template.parent)


def _migrate(processes: Processes, server: postgres.Postgres, log: Path) -> None:
    with server.admin():
        pass  # it is ours: RaptorFlow's own commands may write to it
    database = server.database(postgres.TEMPLATE)
    environment = plain_environment(
        ADMIN_DATABASE_URL=server.admin_dsn(),
        MIGRATION_DATABASE_URL=database.owner,
        DATABASE_URL=database.app,
        WORKER_DATABASE_URL=database.worker,
    )
    argv = (str(APPLICATION.require()), "-m", "raptorflow")
    processes.run(Command("raptorflow roles", (*argv, "roles"), log, environment, cwd=source()))
    server.set_passwords()
    _make_database(processes, server, log, source())


def _make_database(processes: Processes, server: postgres.Postgres, log: Path, application: Path) -> None:
    """Make the database that slices are cloned from, by the migrations of an application's source."""
    name = sql.Identifier(postgres.TEMPLATE)
    environment = plain_environment(MIGRATION_DATABASE_URL=server.database(postgres.TEMPLATE).owner)
    argv = (str(APPLICATION.require()), "-m", "raptorflow", "migrate")
    with server.admin() as connection:
        connection.execute(sql.SQL("create database {} owner raptorflow_owner").format(name))
        processes.run(Command("raptorflow migrate", argv, log, environment, cwd=application))
        connection.execute(sql.SQL("alter database {} is_template true allow_connections false").format(name))


@contextmanager
def migrated_by(application: Path, processes: Processes, server: postgres.Postgres, log: Path) -> Iterator[None]:
    """Within, the slices of a living server are cloned from what another application's migrations make."""
    given, aside = sql.Identifier(postgres.TEMPLATE), sql.Identifier(f"{postgres.TEMPLATE}_aside")
    with server.admin() as connection:
        connection.execute(sql.SQL("alter database {} rename to {}").format(given, aside))
        try:
            _make_database(processes, server, log, application)
            yield
        finally:
            made = connection.execute("select 1 from pg_database where datname = %s", (postgres.TEMPLATE,)).fetchone()
            if made is not None:
                connection.execute(sql.SQL("alter database {} is_template false").format(given))
                connection.execute(sql.SQL("drop database {} with (force)").format(given))
            connection.execute(sql.SQL("alter database {} rename to {}").format(aside, given))


def _forget_old(cache: Path) -> None:
    templates = sorted(cache.glob("template-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for template in templates[KEPT:]:
        if time.time() - template.stat().st_mtime > IN_USE_S:
            shutil.rmtree(template, ignore_errors=True)
