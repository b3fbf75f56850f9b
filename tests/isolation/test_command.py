"""The command line: a schema from files or a database, and the result in the form that its reader can use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import psycopg
import pytest

from isolation.__main__ import main
from isolation.report import formats
from isolation.sources.server import Server, server
from isolation.testing import assert_isolated

ROOT = Path(__file__).parents[2]
LEAKY = """
create table public.notes (id uuid primary key default gen_random_uuid(), user_id uuid references auth.users, n text);
alter table public.notes enable row level security;
create policy everybody_reads on public.notes for select using (true);
create policy own on public.notes using (user_id = (select auth.uid()));
"""
SOUND = LEAKY.replace("using (true)", "using (user_id = (select auth.uid()))")
PLAIN = """
create role app login;
create table notes (id int primary key, tenant_id int not null, body text);
alter table notes enable row level security;
create policy own on notes using (tenant_id = current_setting('app.tenant')::int);
grant select, insert, update, delete on notes to app;
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for a schema's files."""
    made = tmp_path / "migrations"
    made.mkdir()
    return made


@pytest.fixture(scope="module")
def started() -> Iterator[Server]:
    """A server with an empty database `app`."""
    with server() as one:
        with psycopg.connect(one.dsn(), autocommit=True) as connection:
            connection.execute("create database app")
        yield one


def test_bare_project__is_isolated(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A Supabase project with nothing of its own is isolated, every cell of the platform's own schemas included."""
    (folder / "1.sql").write_text("select auth.uid();\n")

    code = main([str(folder), "--format", "json"])

    body = json.loads(capsys.readouterr().out)
    assert (code, body["verdict"], body["unproven"], body["source"]["platform"]) == (0, "isolated", [], "supabase")
    assert {"auth.users", "storage.objects", "vault.secrets"} <= {cell["relation"] for cell in body["matrix"]}


@pytest.fixture(scope="module")
def leaking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A leaky schema in a file."""
    file = tmp_path_factory.mktemp("leaky") / "1_notes.sql"
    file.write_text(LEAKY)
    return file


def test_github__findings_mark_their_lines(
    leaking: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a GitHub job a finding marks the statement that made its object; SARIF names the same place."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    code = main([str(leaking), "--schemas", "public", "--format", "sarif"])

    said = capsys.readouterr()
    (run,) = json.loads(said.out)["runs"]
    places = [each["locations"][0]["physicalLocation"] for each in run["results"]]
    assert code == 1
    assert {(p["artifactLocation"]["uri"], p["region"]["startLine"]) for p in places} == {(str(leaking), 5)}
    assert said.err.startswith(f"::error file={leaking},line=5::")


@pytest.mark.parametrize("kind", ["junit", "markdown"])
def test_format__says_what_was_found(leaking: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    """JUnit's XML and Markdown hold each finding with what mends it."""
    assert main([str(leaking), "--schemas", "public", "--format", kind]) == 1

    out = capsys.readouterr().out
    if kind == "junit":
        suite = ET.fromstring(out)[0]  # noqa: S314 - our own
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure")) > 0
    assert "public.notes" in out
    assert "foreign canary" in out


def test_formats__whatever_is_in_a_name() -> None:
    """Pipes, line ends, colons and control characters in names break no format."""
    finding = {"class": "a", "actor": "B", "relation": 'public."x|y\n:,%"', "operation": "SELECT", "seen": "\x00<&>"}
    finding |= {"witness": "select '\x0b'", "fix": "alter\ntable"}
    unproven = {"relation": "r|", "operation": "o", "why": "w\n"}
    body = {"verdict": "leaking", "cells": 1, "blocked": 0, "controls_fired": 1, "duration_s": 1.0}
    body |= {"findings": [finding], "unproven": [unproven]}

    ET.fromstring(formats.junit(body))  # noqa: S314 - our own
    json.loads(formats.sarif(body))
    rows = [line for line in formats.markdown(body).splitlines() if line.startswith("|")]
    assert all(line.replace("\\|", "").count("|") in (4, 5) for line in rows)
    (line,) = formats.github(body, lambda _: ("a,b:c", 3))
    assert line.startswith("::error file=a%2Cb%3Ac,line=3::")
    assert "\n" not in line


def test_role_that_is_no_superuser__its_schema_is_copied(started: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """The owner of a database on a hosted platform proves it without a superuser; the database is as it was."""
    with psycopg.connect(started.dsn("app"), autocommit=True) as connection:
        connection.execute("create role anon; create role authenticated; create role owner_ login; create schema auth")
        connection.execute("grant all on schema public, auth to owner_; grant usage on schema public to authenticated")
    dsn = started.dsn("app", "owner_")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create table auth.users (id uuid primary key, email text)")
        connection.execute(
            "create function auth.uid() returns uuid language sql as"
            " $$ select (current_setting('request.jwt.claims', true)::json ->> 'sub')::uuid $$"
        )
        connection.execute("grant usage on schema auth to authenticated")
        connection.execute(LEAKY)
        connection.execute("grant select, insert, update, delete on public.notes to authenticated")
        connection.execute("insert into public.notes (n) values ('a customer wrote this')")

    code = main([dsn, "--schemas", "public", "--format", "json"])

    said = capsys.readouterr().out
    with psycopg.connect(started.dsn(), autocommit=True) as connection:
        left = connection.execute("select count(*) from pg_database where datname like 'isolation%'").fetchone()
    body = json.loads(said)
    assert (code, body["verdict"], body["source"]["origin"], left) == (1, "leaking", "copy", (0,))
    assert "a customer wrote this" not in said


def test_plain_database__asks_for_the_login(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without an API's roles the prover asks, in one line, as which role the application logs in."""
    (folder / "1.sql").write_text(PLAIN)

    assert main([str(folder)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "[connection] login: there is no role authenticated" in said


def test_platform__declared(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`[platform] kind` beats what is inferred, and a kind that there is not is refused by name."""
    (folder / "1.sql").write_text("select auth.uid();\n")
    config = tmp_path / "isolation.toml"
    config.write_text('[platform]\nkind = "plain"\n')
    assert main([str(folder), "--config", str(config)]) == 2
    assert '1.sql:1: schema "auth" does not exist' in capsys.readouterr().err

    config.write_text('[platform]\nkind = "firebase"\n')
    assert main([str(folder), "--config", str(config)]) == 2
    assert "[platform] kind = 'firebase': choose" in capsys.readouterr().err


def test_helper_for_suites__fails_with_the_finding(leaking: Path, folder: Path) -> None:
    """`assert_isolated` fails a test with what was found, and passes where nothing was."""
    with pytest.raises(AssertionError, match=r"leaking, after .* s\n.*public\.notes"):
        assert_isolated(leaking)
    (folder / "1.sql").write_text(SOUND)

    assert_isolated(folder)


def test_sigterm__leaves_no_clone(started: Server) -> None:
    """A proof that is told to end drops its clones on the way out, and exits 130."""
    with psycopg.connect(started.dsn(), autocommit=True) as connection:
        connection.execute("create database ended")
        with psycopg.connect(started.dsn("ended"), autocommit=True) as inside:
            inside.execute("create schema auth; create table auth.users (id uuid primary key)")
            for number in range(40):
                inside.execute(f"create table t{number} (id int primary key, user_id uuid references auth.users)")
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        argv = [sys.executable, "-m", "isolation", started.dsn("ended")]
        clones = "select count(*) from pg_database where datname like 'isolation\\_%'"
        with subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as prover:  # noqa: S603
            deadline = time.monotonic() + 60
            while connection.execute(clones).fetchone() == (0,) and time.monotonic() < deadline:
                pass
            begun = connection.execute(clones).fetchone()
            prover.terminate()
            prover.wait(30)
        assert begun != (0,)
        assert connection.execute(clones).fetchone() == (0,)
        assert prover.returncode == 130
