"""The declared intent: ``isolation.toml`` as frozen values, every mistake named by its field."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from isolation.errors import BadInput

_SHAPE: dict[str, dict[str, type]] = {
    "connection": {"model": str, "login": str},
    "roles": {"anonymous": str, "member": str, "service": str},
    "identity": {"claims": dict, "settings": dict, "begin": list},
    "tenancy": {},
    "intent": {
        "public": list,
        "public_identifiers": list,
        "service_only": list,
        "anonymous_insert": list,
        "updatable": dict,
        "active_membership": str,
        "also_owner": dict,
        "shared_through": dict,
    },
}
_PUBLIC = re.compile(
    r"^(?P<relation>[\w.\"]+)\s*(?:\((?P<columns>[^)]*)\))?\s*(?:where\s+(?P<condition>.+))?$", re.I | re.S
)


@dataclass(frozen=True, slots=True)
class Public:
    """Rows or columns of a relation that anybody may read."""

    relation: str
    columns: tuple[str, ...] = ()
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """Everything ``isolation.toml`` may say; relations are named as written there."""

    model: Literal["api", "sql"] = "api"
    login: str | None = None
    anonymous: str = "anon"
    member: str = "authenticated"
    service: str = "service_role"
    claims: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    begin: tuple[str, ...] = ()
    tenancy: Mapping[str, str] = field(default_factory=dict)
    public: tuple[Public, ...] = ()
    public_identifiers: tuple[str, ...] = ()
    service_only: tuple[str, ...] = ()
    anonymous_insert: tuple[str, ...] = ()
    updatable: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    active_membership: str | None = None
    also_owner: Mapping[str, str] = field(default_factory=dict)
    shared_through: Mapping[str, str] = field(default_factory=dict)
    declared: Mapping[str, Any] = field(default_factory=dict)


def load(path: Path | None) -> Config:
    """Read a configuration; without a path, the defaults. Raises BadInput."""
    if path is None:
        return Config()
    try:
        return parse(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadInput(f"--config {path}: {error.strerror}; name a readable isolation.toml") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"--config {path}: not TOML ({error}); correct the file") from error


def parse(document: Mapping[str, Any]) -> Config:
    """Check a parsed document and freeze it. Raises BadInput."""
    for section, body in document.items():
        _check_section(section, body)
    connection, roles, identity, intent = (document.get(s, {}) for s in ("connection", "roles", "identity", "intent"))
    if connection.get("model", "api") not in ("api", "sql"):
        raise BadInput(f'[connection] model = {connection["model"]!r}: choose "api" or "sql"')
    return Config(
        **connection,
        **roles,
        claims=identity.get("claims", {}),
        settings={k: str(v) for k, v in identity.get("settings", {}).items()},
        begin=_list("begin", identity, "identity"),
        tenancy=_texts("tenancy", document.get("tenancy", {})),
        public=tuple(_public(entry) for entry in intent.get("public", ())),
        public_identifiers=_list("public_identifiers", intent),
        service_only=_list("service_only", intent),
        anonymous_insert=_list("anonymous_insert", intent),
        updatable=_columns(intent.get("updatable", {})),
        active_membership=intent.get("active_membership"),
        also_owner=_texts("intent.also_owner", intent.get("also_owner", {})),
        shared_through=_texts("intent.shared_through", intent.get("shared_through", {})),
        declared=document,
    )


def _check_section(section: str, body: object) -> None:
    if section not in _SHAPE:
        raise BadInput(f"[{section}]: no such section; use one of {', '.join(_SHAPE)}")
    if not isinstance(body, dict):
        raise BadInput(f"{section}: must be a table, written [{section}]")
    for key, value in body.items() if _SHAPE[section] else ():
        expected = _SHAPE[section].get(key)
        if expected is None:
            raise BadInput(f"[{section}] {key}: no such key; use one of {', '.join(_SHAPE[section])}")
        if not isinstance(value, expected):
            raise BadInput(f"[{section}] {key}: must be a {expected.__name__}, not {type(value).__name__}")


def _texts(where: str, table: Mapping[str, Any]) -> dict[str, str]:
    for key, value in table.items():
        if not isinstance(value, str) or not value:
            raise BadInput(f'[{where}] {key}: must be a text such as "user_id", not {value!r}')
    return dict(table)


def _list(key: str, intent: Mapping[str, Any], section: str = "intent") -> tuple[str, ...]:
    for value in intent.get(key, ()):
        if not isinstance(value, str):
            raise BadInput(f"[{section}] {key}: every entry must be a text, not {value!r}")
    return tuple(intent.get(key, ()))


def _columns(table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    for name, columns in table.items():
        if not isinstance(columns, list) or not all(isinstance(c, str) for c in columns):
            raise BadInput(f'[intent] updatable: {name} must be a list of columns such as ["name"], not {columns!r}')
    return {name: tuple(columns) for name, columns in table.items()}


def _public(entry: object) -> Public:
    match = _PUBLIC.match(entry.strip()) if isinstance(entry, str) else None
    if match is None:
        raise BadInput(f'[intent] public: {entry!r} is not "table", "table(column, …)" or "table where condition"')
    columns = tuple(c.strip() for c in (match["columns"] or "").split(",") if c.strip())
    return Public(match["relation"], columns, match["condition"])
