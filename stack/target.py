"""Somebody else's RaptorFlow, as its target file describes it; `docs/stack.md` has the table of fields."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode

from pydantic import SecretStr

from core import target
from stack.errors import UnavailableError
from stack.system import System

READ_ONLY = "-c default_transaction_read_only=on"


class BadTargetError(UnavailableError):
    """A target file says what cannot be: the message names the file, the field, the problem and the remedy."""


def load(path: Path, environment: Mapping[str, str] = os.environ) -> System:
    """Return the system that a target file describes; secrets come from `environment`. Raises BadTargetError.

    A target is not disposable unless it says so: then nothing writes to its database, and nothing load-tests it.
    """
    try:
        file = target.read(path, environment)
    except target.TargetFileError as error:
        raise BadTargetError(str(error)) from error
    system = System(
        name=file.target.name or path.stem,
        base_url=file.target.base_url,
        disposable=file.target.disposable,
        database_dsn=_shown(file.database.dsn_env),
        owner_dsn=_shown(file.database.owner_dsn_env),
        app_dsn=_shown(file.database.app_dsn_env),
        worker_dsn=_shown(file.database.worker_dsn_env),
        redis_url=_shown(file.redis.url_env),
        gateway_url=file.gateway.url,
        gateway_admin_url=file.gateway.admin_url,
        merchant_id=file.gateway.merchant_id,
        jwt_secret=_shown(file.auth.secret_env),
        migrate_command=file.migrate.command,
        clock_file=file.clock.path,
        log_path=file.logs.path,
        cleanup_command=file.cleanup.command,
        routes=file.routes,
        tables=file.tables,
        labels=file.labels,
    )
    return system if system.disposable else untouched(system)


def untouched(system: System) -> System:
    """Return a system as one may use it who must not harm it: by its front door, and by looking.

    The database is opened read-only, by the server's own word. What cannot be opened so (Redis), or is there to be
    changed (the clock, the migrations, the application's own roles), is not offered.
    """
    withheld = dict.fromkeys(("owner_dsn", "app_dsn", "worker_dsn", "redis_url", "clock_file", "migrate_command"))
    looked_into = system.database_dsn and read_only(system.database_dsn)
    return replace(system, database_dsn=looked_into, **withheld)  # type: ignore[arg-type]


def read_only(dsn: str) -> str:
    """Return the same address, every transaction read-only unless it is asked for otherwise."""
    if "://" not in dsn:
        return f"{dsn} options='{READ_ONLY}'"
    return f"{dsn}{'&' if '?' in dsn else '?'}{urlencode({'options': READ_ONLY}, quote_via=quote)}"


def _shown(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
