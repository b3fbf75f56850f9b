"""Schemas with one hole each, their repaired twins, and sound ones: what provers of isolation are scored on."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bench.case import ROOT, UnmeasurableError

NAMED_BY = "ISOLATION_CASES"
BESIDE = ROOT.parent / "shared" / "isolation-cases"
OWN = ROOT / "tests" / "isolation" / "cases"
FEW = 8
_ON = re.compile(r"^-- on: (\w+)$", re.M)
_ROLES = "select rolname from pg_roles where rolname !~ '^pg_'"


@dataclass(frozen=True, slots=True)
class Variant:
    """One schema: `kind` is vulnerable, twin or sound; `script` is without the comments that give the answer."""

    case: str
    kind: str
    script: str
    config: Path | None


def where() -> Path:
    """Return the folder of the larger corpus.

    The one that is named, the one beside the checkout, else the repository's. Raises UnmeasurableError.
    """
    if named := os.environ.get(NAMED_BY):
        if not (folder := Path(named)).is_dir():
            raise UnmeasurableError(f"{NAMED_BY}={named} is no folder: name the one that holds vulnerable/ and sound/")
        return folder
    return BESIDE if BESIDE.is_dir() else OWN


def variants(folder: Path) -> list[Variant]:
    """Every schema of a corpus, in the order of its files. Raises UnmeasurableError."""
    found = list(_ours(folder) if (folder / "base.sql").exists() else _sample(folder))
    if not found:
        raise UnmeasurableError(f"{folder} holds no cases: it needs vulnerable/NAME.sql, NAME.toml and NAME.fix.sql")
    return found


def _ours(folder: Path) -> Iterator[Variant]:
    """One of each few: all of them under every tool would take an hour."""
    cases = sorted(case for case in folder.iterdir() if case.is_dir())
    holes = [case for case in cases if (case / "hole.sql").exists()]
    for case in [*holes[::FEW], *[c for c in cases if c not in holes][::FEW]]:
        schema = case / ("hole.sql" if case in holes else "sound.sql")
        common = ("base", "defaults", *_ON.findall(schema.read_text()))
        script = "".join(_bare(folder / f"{name}.sql") for name in common) + _bare(schema)
        config = intent if (intent := case / "isolation.toml").exists() else None
        yield Variant(case.name, "vulnerable" if case in holes else "sound", script, config)
        if (repair := case / "repair.sql").exists():
            yield Variant(case.name, "twin", script + _bare(repair), config)


def _sample(folder: Path) -> Iterator[Variant]:
    base = _bare(folder / "shim.sql")
    for config in sorted(folder.glob("vulnerable/*.toml")) + sorted(folder.glob("sound/*.toml")):
        script = base + _bare(config.with_suffix(".sql"))
        yield Variant(config.stem, config.parent.name, script, config)
        if (repair := config.with_suffix(".fix.sql")).exists():
            yield Variant(config.stem, "twin", script + _bare(repair), config)


def _bare(file: Path) -> str:
    return "".join(f"{line}\n" for line in file.read_text().splitlines() if not line.startswith("--"))


@contextlib.contextmanager
def database(dsn: str, script: str) -> Iterator[str]:
    """Yield a database with this in it, as a URL; it goes with the roles that the script made."""
    name = sql.Identifier(fresh := f"bench_{secrets.token_hex(4)}")
    with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as admin:
        before = {role for (role,) in admin.execute(_ROLES)}
        admin.execute(sql.SQL("create database {} template template0").format(name))
        try:
            with psycopg.connect(make_conninfo(dsn, dbname=fresh), autocommit=True) as connection:
                connection.execute(script.encode())
            yield _url(dsn, fresh)
        finally:
            admin.execute(sql.SQL("drop database {} with (force)").format(name))
            for role in sorted({role for (role,) in admin.execute(_ROLES)} - before - {"anon", "authenticated"}):
                with contextlib.suppress(psycopg.errors.DependentObjectsStillExist):
                    admin.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


def _url(dsn: str, name: str) -> str:
    told = conninfo_to_dict(dsn)
    return f"postgresql://{told['user']}@/{name}?host={told['host']}&port={told.get('port', 5432)}"
