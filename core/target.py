"""Target files: where a RaptorFlow that is up already is, and how its parts are reached. Everybody reads them here.

`docs/stack.md` has the table of sections and fields.
"""

from __future__ import annotations

import os
import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails, PydanticCustomError


class TargetFileError(ValueError):
    """A target file says what cannot be; one line names the file, the field, the problem and the remedy."""


def _bad(problem: str) -> PydanticCustomError:
    return PydanticCustomError("target", "{problem}", {"problem": problem})


def _text(value: Any, info: ValidationInfo) -> str:
    if not (isinstance(value, str) and value.strip()):
        raise _bad(f'must be text, as {info.field_name} = "…"; it is {value!r}')
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _bad(f"must be true or false; it is {value!r}")
    return value


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or parts.query or parts.fragment:
        raise _bad(f"must be an http(s):// address without a query; it is {value!r}")
    if parts.username or parts.password:
        raise _bad("holds credentials; secrets belong in the environment")
    return value.rstrip("/")


def _secret(variable: str, info: ValidationInfo) -> SecretStr:
    if "://" in variable:
        raise _bad("holds an address; name the environment variable that holds it")
    value = _context(info)["environment"].get(variable)
    if not value:
        raise _bad(f"names {variable}, which is not set; set it in the environment")
    return SecretStr(value)


def _words(value: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(value))
    except ValueError as error:
        raise _bad(f"is no command line ({error}); check its quotation marks") from error


def _beside(value: str, info: ValidationInfo) -> Path:
    folder: Path = _context(info)["folder"]
    return (folder / value).resolve()


def _context(info: ValidationInfo) -> dict[str, Any]:
    context: dict[str, Any] = info.context or {}
    return context


def _names(value: Any, *, absent: bool) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _bad("must be a section")
    for name, said in value.items():
        if not (isinstance(said, str) and said.strip()) and not (absent and said is False):
            raise PydanticCustomError("names", "{name}", {"name": name, "said": said})
    return {name: said or "" for name, said in value.items()}


_Text = Annotated[str, BeforeValidator(_text)]
_Address = Annotated[_Text, AfterValidator(_address)]
_Secret = Annotated[SecretStr, BeforeValidator(lambda value, info: _secret(_text(value, info), info))]
_Words = Annotated[tuple[str, ...], BeforeValidator(lambda value, info: _words(_text(value, info)))]
_Beside = Annotated[Path, BeforeValidator(lambda value, info: _beside(_text(value, info), info))]
_Names = Annotated[dict[str, str], BeforeValidator(lambda value: _names(value, absent=False))]
_Routes = Annotated[dict[str, str], BeforeValidator(lambda value: _names(value, absent=True))]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Target(_Section):
    """`[target]`: where it is. It is disposable only when it says so; else nothing writes to its database."""

    base_url: _Address
    name: _Text | None = None
    disposable: Annotated[bool, BeforeValidator(_flag)] = False


class Database(_Section):
    """`[database]`: each field names the environment variable that holds a role's address."""

    dsn_env: _Secret | None = None
    owner_dsn_env: _Secret | None = None
    app_dsn_env: _Secret | None = None
    worker_dsn_env: _Secret | None = None


class Redis(_Section):
    """`[redis]`: the environment variable that holds its address."""

    url_env: _Secret | None = None


class Gateway(_Section):
    """`[gateway]`: where it is, for customers and for whoever sets it up."""

    url: _Address | None = None
    admin_url: _Address | None = None
    merchant_id: _Text | None = None


class Auth(_Section):
    """`[auth]`: the environment variable that holds the secret of its tokens."""

    secret_env: _Secret | None = None


class Command(_Section):
    """`[migrate]`, `[cleanup]`: a command line."""

    command: _Words | None = None


class PathOf(_Section):
    """`[clock]`, `[logs]`: a file, relative to the target file."""

    path: _Beside | None = None


class TargetFile(BaseModel):
    """A target file. A section that it does not have offers nothing; a route that is `false` is an empty text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: Target
    database: Database = Database()
    redis: Redis = Redis()
    gateway: Gateway = Gateway()
    auth: Auth = Auth()
    migrate: Command = Command()
    cleanup: Command = Command()
    clock: PathOf = PathOf()
    logs: PathOf = PathOf()
    routes: _Routes = Field(default_factory=dict)
    tables: _Names = Field(default_factory=dict)
    labels: _Names = Field(default_factory=dict)


def read(path: Path, environment: Mapping[str, str] = os.environ) -> TargetFile:
    """Read a target file; secrets come from `environment`, never from the file. Raises `TargetFileError`."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); name a file with --target FILE.toml"
        raise TargetFileError(f"{path}: {problem}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TargetFileError(f"{path}: is not TOML: {error}") from error
    try:
        known = {"environment": environment, "folder": path.parent}
        return TargetFile.model_validate({"target": {}} | content, context=known)
    except ValidationError as error:
        raise TargetFileError(f"{path}: {_line(error.errors(include_url=False)[0])}") from error


def _line(error: ErrorDetails) -> str:
    section, *fields = (str(part) for part in error["loc"])
    where = ".".join((section, *fields))
    match error["type"]:
        case "missing":
            return f'{where} is missing; write {fields[-1]} = "https://…"'
        case "extra_forbidden" if not fields:
            return f"[{section}] is unknown; sections are {', '.join(TargetFile.model_fields)}"
        case "extra_forbidden":
            known = TargetFile.model_fields[section].annotation
            assert isinstance(known, type)
            assert issubclass(known, BaseModel)
            return f"{where} is unknown; there are {', '.join(sorted(known.model_fields))}"
        case "model_type":
            return f"{section} must be a section: [{section}]"
        case "names":
            name, said = error["ctx"]["name"], error["ctx"]["said"]
            return f'{where}.{name} must be text, as {name} = "…"; it is {said!r}'
    return f"{where} {error['msg']}"
