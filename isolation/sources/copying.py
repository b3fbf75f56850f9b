"""A copy of a schema, never of a row: as a role that may read it sees it, for where nothing may be cloned."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ..errors import BadInput
from .server import Server

_DENIED = re.compile(r"permission denied for (?:table|view|materialized view|sequence|foreign table) (\S+)")
_MAY_NOT = re.compile(r"LOCK TABLE (?P<list>[^\n;]+)")
_OURS = re.compile(r"^(?:CREATE|ALTER) ROLE \"?(?:tenantproof)\"?\b.*$|^\\(?:un)?restrict\b.*$", re.M)
_GRANTED_BY = re.compile(r"\s+GRANTED BY [^;]+(?=;)")
_MOST_LEFT_OUT = 200


@dataclass(frozen=True, slots=True)
class Copy:
    """The SQL of a database's roles and schema; `unread`: relations that its role may not read, left out of it."""

    roles: str
    schema: str
    unread: tuple[str, ...] = ()


def copy_of(server: Server, dsn: str) -> Copy:
    """The roles and the schema of a database, by `pg_dump` as the DSN's role. Raises BadInput."""
    roles = _run(server, dsn, ["pg_dumpall", "--roles-only", "--no-role-passwords"])
    unread: list[str] = []
    while True:
        left_out = [f"--exclude-table={_pattern(name)}" for name in unread]
        done = _ask(server, dsn, ["pg_dump", "--schema-only", "--no-tablespaces", "--no-subscriptions", *left_out])
        if done.returncode == 0:
            return Copy(_GRANTED_BY.sub("", _OURS.sub("", roles)), _OURS.sub("", done.stdout), tuple(unread))
        name = _refused(done.stderr)
        if name is None or name in unread or len(unread) >= _MOST_LEFT_OUT:
            raise BadInput(f"DSN: its schema cannot be copied: {_short(done.stderr)}; connect as the role that owns it")
        unread.append(name)


def _refused(said: str) -> str | None:
    """The relation that may not be read, with its schema where the message tells it."""
    if not (denied := _DENIED.search(said)):
        return None
    bare = denied[1].strip('"')
    listed = _MAY_NOT.search(said)
    candidates = re.findall(r"(?:\"[^\"]+\"|[\w$]+)\.(?:\"[^\"]+\"|[\w$]+)", listed["list"]) if listed else []
    return next((each for each in candidates if each.split(".")[-1].strip('"') == bare), bare)


def _pattern(name: str) -> str:
    return name if "." in name else f"*.{name}"


def _run(server: Server, dsn: str, words: list[str]) -> str:
    done = _ask(server, dsn, words)
    if done.returncode:
        raise BadInput(
            f"DSN: its roles cannot be read: {_short(done.stderr)}; connect as a role that may read pg_roles"
        )
    return done.stdout


def _ask(server: Server, dsn: str, words: list[str]) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs on the database; the password is in no list of processes."""
    told = conninfo_to_dict(dsn)
    environment = os.environ | server.caller
    if password := told.pop("password", None):
        environment["PGPASSWORD"] = str(password)
    argv = [server.programs.path(words[0]), *words[1:], "-d", make_conninfo("", **told)]
    return subprocess.run(argv, capture_output=True, text=True, env=environment, check=False)  # noqa: S603


def _short(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return " ".join(lines)[:300]
