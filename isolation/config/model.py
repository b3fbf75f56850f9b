"""The declared intent: `isolation.toml` as frozen values, every mistake named by its field."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from ..errors import BadInput

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
class Membership:
    """The table of memberships, where names do not tell."""

    relation: str
    user: str
    tenant: str


@dataclass(frozen=True, slots=True)
class Config:
    """Everything `isolation.toml` may say; relations are named as written there."""

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
    membership: Membership | None = None
    cascades: tuple[tuple[str, str], ...] = ()
    """Parents and children: that a child's row goes with its parent's, whoever owns either, is meant so."""
    bearer: tuple[str, ...] = ()
    """Columns whose value may be used by whoever holds it."""
    also_owner: Mapping[str, str] = field(default_factory=dict)
    shared_through: Mapping[str, str] = field(default_factory=dict)
    platform: Literal["supabase", "postgrest", "plain"] | None = None
    declared: Mapping[str, Any] = field(default_factory=dict)


def _public(entry: object) -> Public:
    match = _PUBLIC.match(entry.strip()) if isinstance(entry, str) else None
    if match is None:
        raise ValueError('is not "table", "table(column, …)" or "table where condition"')
    columns = tuple(c.strip() for c in (match["columns"] or "").split(",") if c.strip())
    return Public(match["relation"], columns, match["condition"])


def _cascade(entry: object) -> tuple[str, str]:
    parent, arrow, child = entry.partition("->") if isinstance(entry, str) else ("", "", "")
    if not arrow or not parent.strip() or not child.strip():
        raise ValueError('is not "parent -> child"')
    return parent.strip(), child.strip()


def _text(value: object) -> object:
    """A setting is a text, however it was written."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Text = Annotated[str, StringConstraints(min_length=1, strict=True)]
Texts = tuple[Text, ...]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Connection(_Section):
    model: Literal["api", "sql"] = "api"
    login: Text | None = None


class _Roles(_Section):
    anonymous: Text = "anon"
    member: Text = "authenticated"
    service: Text = "service_role"


class _Identity(_Section):
    claims: dict[str, Any] = Field(default_factory=dict)
    settings: dict[str, Annotated[str, BeforeValidator(_text)]] = Field(default_factory=dict)
    begin: Texts = ()


class _Intent(_Section):
    public: tuple[Annotated[Public, BeforeValidator(_public)], ...] = ()
    public_identifiers: Texts = ()
    service_only: Texts = ()
    anonymous_insert: Texts = ()
    updatable: dict[str, Texts] = Field(default_factory=dict)
    active_membership: Text | None = None
    cascades: tuple[Annotated[tuple[str, str], BeforeValidator(_cascade)], ...] = ()
    bearer: Texts = ()
    also_owner: dict[str, Text] = Field(default_factory=dict)
    shared_through: dict[str, Text] = Field(default_factory=dict)


class _Platform(_Section):
    kind: Literal["supabase", "postgrest", "plain"] | None = None


class _Membership(_Section):
    relation: Text
    user: Text
    tenant: Text
    active: Text | None = None


class _Document(_Section):
    platform: _Platform = _Platform()
    connection: _Connection = _Connection()
    roles: _Roles = _Roles()
    identity: _Identity = _Identity()
    tenancy: dict[str, Text] = Field(default_factory=dict)
    membership: _Membership | None = None
    intent: _Intent = _Intent()


_SECTIONS: dict[str, type[_Section]] = {
    "platform": _Platform,
    "connection": _Connection,
    "roles": _Roles,
    "identity": _Identity,
    "membership": _Membership,
    "intent": _Intent,
}
_WANTED = {
    "tuple_type": 'must be a list such as ["name"]',
    "dict_type": "must be a table",
    "string_type": 'must be a text such as "user_id"',
    "string_too_short": 'must be a text such as "user_id"',
    "model_type": "must be a table",
    "missing": "must be named",
}


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
    try:
        read = _Document.model_validate(document)
    except ValidationError as error:
        raise BadInput(_mistake(error.errors()[0])) from error
    sections = (read.connection, read.roles, read.identity, read.intent)
    told = {name: getattr(section, name) for section in sections for name in type(section).model_fields}
    if (said := read.membership) is not None:
        told["membership"] = Membership(said.relation, said.user, said.tenant)
        told["active_membership"] = said.active or told["active_membership"]
    return Config(**told, tenancy=read.tenancy, platform=read.platform.kind, declared=document)


def _mistake(error: ErrorDetails) -> str:
    """One line: the field, what is wrong with it, and what it may be."""
    section, *keys = map(str, error["loc"])
    kind, given = error["type"], error["input"]
    if kind == "extra_forbidden" and not keys:
        return f"[{section}]: no such section; use one of {', '.join(_Document.model_fields)}"
    if not keys:
        return f"{section}: must be a table, written [{section}]"
    if kind == "extra_forbidden":
        return f"[{section}] {keys[0]}: no such key; use one of {', '.join(_SECTIONS[section].model_fields)}"
    if kind == "literal_error":
        return f"[{section}] {keys[0]} = {given!r}: choose {error['ctx']['expected']}"
    if kind == "value_error":
        return f"[{section}] {keys[0]}: {given!r} {error['ctx']['error']}"
    within = "".join(f"{k} " for k in keys[1:] if not k.isdigit())
    entry = "every entry " if keys[-1].isdigit() else ""
    return f"[{section}] {keys[0]}: {within}{entry}{_WANTED.get(kind, error['msg'])}, not {given!r}"
