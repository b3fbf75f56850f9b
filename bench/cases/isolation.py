"""How long a proof of isolation takes, by the number of tables; says the cells of each second beside it."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from bench.case import ROOT, Case, UnmeasurableError
from bench.tenants import schema

ISOLATED = 0


def _proof(tables: int) -> float:
    """Return the seconds of the command, as it reports them itself, on a server of its own."""
    from stack.embedded import Stack

    with Stack.start() as stack:
        dsn = stack.slice("bench").system.database_dsn
        assert dsn is not None
        target = _made(dsn, schema(tables))
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "isolation.json")
            argv = (sys.executable, "-m", "isolation", target, "--json", str(out))
            ended = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)  # noqa: S603
            if ended.returncode != ISOLATED:
                raise UnmeasurableError(f"the proof exited with {ended.returncode}: {ended.stderr[-200:]}")
            body = json.loads(out.read_text())
    seconds = float(body["duration_s"])
    print(
        f"{tables} tables: {body['cells']} cells in {seconds:.1f} s, {body['cells'] / seconds:.0f} cells/s",
        file=sys.stderr,
    )
    return seconds


def _made(dsn: str, script: str) -> str:
    name = f"bench_{secrets.token_hex(4)}"
    with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
    target = make_conninfo(dsn, dbname=name)
    with psycopg.connect(target) as connection:
        connection.execute(script.encode())
    return target


def _of(tables: int) -> Callable[[], float]:
    return partial(_proof, tables)


CASES = (
    Case("isolation, 26 tables", _of(26), promise_s=5.0),
    Case("isolation, 300 tables", _of(300), promise_s=60.0, rounds=1),
    Case("isolation, 1000 tables", _of(1000), rounds=1),
)
