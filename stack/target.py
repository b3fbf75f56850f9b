"""Target files: where somebody else's RaptorFlow is, and how its parts are reached; ``docs/stack.md`` has the table."""

from __future__ import annotations

import os
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from stack.errors import Unavailable
from stack.system import System

KNOWN: Mapping[str, frozenset[str]] = {
    "target": frozenset({"name", "base_url", "disposable"}),
    "database": frozenset({"dsn_env", "owner_dsn_env", "app_dsn_env", "worker_dsn_env"}),
    "redis": frozenset({"url_env"}),
    "gateway": frozenset({"url", "admin_url", "merchant_id"}),
    "auth": frozenset({"secret_env"}),
    "migrate": frozenset({"command"}),
    "cleanup": frozenset({"command"}),
    "clock": frozenset({"path"}),
    "logs": frozenset({"path"}),
}
READ_ONLY = "-c default_transaction_read_only=on"
NAMES = ("routes", "tables", "labels")
"""Sections whose keys are the contract's names and whose values are the target's."""


class BadTarget(Unavailable):
    """A target file says what cannot be: the message names the file, the field, the problem and the remedy."""


def load(path: Path, environment: Mapping[str, str] = os.environ) -> System:
    """Reads a target file; secrets come from ``environment``, never from the file.

    A target is not disposable unless it says so: then nothing writes to its database, and nothing load-tests it.
    """
    file = _File(path, _read(path), environment)
    file.check_names()
    system = System(
        name=file.text("target", "name") or path.stem,
        base_url=file.address("target", "base_url", required=True) or "",
        disposable=file.flag("target", "disposable"),
        database_dsn=file.secret("database", "dsn_env"),
        owner_dsn=file.secret("database", "owner_dsn_env"),
        app_dsn=file.secret("database", "app_dsn_env"),
        worker_dsn=file.secret("database", "worker_dsn_env"),
        redis_url=file.secret("redis", "url_env"),
        gateway_url=file.address("gateway", "url"),
        gateway_admin_url=file.address("gateway", "admin_url"),
        merchant_id=file.text("gateway", "merchant_id"),
        jwt_secret=file.secret("auth", "secret_env"),
        migrate_command=file.words("migrate", "command"),
        clock_file=file.path_of("clock", "path"),
        log_path=file.path_of("logs", "path"),
        cleanup_command=file.words("cleanup", "command"),
        **{section: file.names(section) for section in NAMES},
    )
    return system if system.disposable else untouched(system)


def untouched(system: System) -> System:
    """A system as one may use it who must not harm it: by its front door, and by looking.

    The database is opened read-only, by the server's own word. What cannot be opened so (Redis), or is there to be
    changed (the clock, the migrations, the application's own roles), is not offered.
    """
    withheld = dict.fromkeys(("owner_dsn", "app_dsn", "worker_dsn", "redis_url", "clock_file", "migrate_command"))
    looked_into = system.database_dsn and read_only(system.database_dsn)
    return replace(system, database_dsn=looked_into, **withheld)  # type: ignore[arg-type]


def read_only(dsn: str) -> str:
    """The same address, every transaction read-only unless it is asked for otherwise."""
    if "://" not in dsn:
        return f"{dsn} options='{READ_ONLY}'"
    return f"{dsn}{'&' if '?' in dsn else '?'}{urlencode({'options': READ_ONLY}, quote_via=quote)}"


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except OSError as error:
        raise BadTarget(f"{path}: cannot be read ({error.strerror}); name a file with --target FILE.toml") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadTarget(f"{path}: is not TOML: {error}") from error


@dataclass(frozen=True, slots=True)
class _File:
    """A target file's content, read field by field."""

    path: Path
    content: Mapping[str, Any]
    environment: Mapping[str, str]

    def check_names(self) -> None:
        """Refuses what nobody would read: a mistyped name must not pass for "not offered"."""
        for section, fields in self.content.items():
            if section not in KNOWN and section not in NAMES:
                raise self._bad(f"[{section}]", f"is unknown; sections are {', '.join((*KNOWN, *NAMES))}")
            if not isinstance(fields, dict):
                raise self._bad(section, f"must be a section: [{section}]")
            for name in fields.keys() - KNOWN.get(section, fields.keys()):
                raise self._bad(f"{section}.{name}", f"is unknown; there are {', '.join(sorted(KNOWN[section]))}")

    def text(self, section: str, name: str) -> str | None:
        value = self.content.get(section, {}).get(name)
        if value is not None and not (isinstance(value, str) and value.strip()):
            raise self._bad(f"{section}.{name}", f'must be text, as {name} = "…"; it is {value!r}')
        return value

    def flag(self, section: str, name: str) -> bool:
        value = self.content.get(section, {}).get(name, False)
        if not isinstance(value, bool):
            raise self._bad(f"{section}.{name}", f"must be true or false; it is {value!r}")
        return value

    def address(self, section: str, name: str, *, required: bool = False) -> str | None:
        value = self.text(section, name)
        if value is None:
            if required:
                raise self._bad(f"{section}.{name}", f'is missing; write {name} = "https://…"')
            return None
        try:
            parts = urlsplit(value)
            whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            whole = False
        if not whole or parts.query or parts.fragment:
            raise self._bad(f"{section}.{name}", f"must be an http(s):// address without a query; it is {value!r}")
        if parts.username or parts.password:
            raise self._bad(f"{section}.{name}", "holds credentials; secrets belong in the environment")
        return value.rstrip("/")

    def secret(self, section: str, name: str) -> str | None:
        variable = self.text(section, name)
        if variable is None:
            return None
        if "://" in variable:
            raise self._bad(f"{section}.{name}", "holds an address; name the environment variable that holds it")
        value = self.environment.get(variable)
        if not value:
            raise self._bad(f"{section}.{name}", f"names {variable}, which is not set; set it in the environment")
        return value

    def words(self, section: str, name: str) -> tuple[str, ...] | None:
        value = self.text(section, name)
        try:
            return None if value is None else tuple(shlex.split(value))
        except ValueError as error:
            raise self._bad(f"{section}.{name}", f"is no command line ({error}); check its quotation marks") from error

    def path_of(self, section: str, name: str) -> Path | None:
        value = self.text(section, name)
        return None if value is None else (self.path.parent / value).resolve()

    def names(self, section: str) -> dict[str, str]:
        """A section's names; a route that is ``false`` is none that the target offers."""
        found = self.content.get(section, {})
        for name, value in found.items():
            if not (section == "routes" and value is False):
                self.text(section, name)
        return {name: value or "" for name, value in found.items()}

    def _bad(self, field: str, problem: str) -> BadTarget:
        return BadTarget(f"{self.path}: {field} {problem}")
