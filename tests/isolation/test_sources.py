"""A schema is taken from files of SQL, or copied from a database by a role that may only read it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from isolation.errors import BadInput
from isolation.sources import copying, extensions, platform, scripts
from isolation.sources.load import Loaded, of_database, of_files
from isolation.sources.places import Place, place_of
from isolation.sources.server import DATABASE, PREFIX, SUPERUSER, Server, server

ROOT = Path(__file__).parents[2]
NOTES = """
create table public.notes (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id),
  body text
);
alter table public.notes enable row level security;
create policy own on public.notes using (user_id = (select auth.uid()));
"""


@pytest.fixture(scope="module")
def started() -> Iterator[Server]:
    """An empty server with a database to load into."""
    with server() as one:
        with psycopg.connect(one.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
        yield one


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Supabase project with two migrations, what takes one back, and a seed."""
    migrations = tmp_path / "supabase" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "2_notes.sql").write_text(NOTES)
    (migrations / "10_more.sql").write_text("alter table public.notes add column title text;\n")
    (migrations / "2_notes.down.sql").write_text("drop table public.notes;\n")
    (tmp_path / "supabase" / "seed.sql").write_text("insert into nowhere values (1);\n")
    return tmp_path


def one(dsn: str, query: str) -> object:
    """The first value that a query gives."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def test_folder_of_migrations__applied_by_number_after_its_platform(folder: Path) -> None:
    """Migrations are applied in the order of their numbers, on the platform that they take for granted."""
    with of_files(folder) as loaded:
        columns = one(loaded.dsn, "select count(*) from information_schema.columns where table_name = 'notes'")
        owner = one(loaded.dsn, "select tableowner from pg_tables where tablename = 'notes'")

    assert (loaded.platform, columns, owner, loaded.failed) == ("supabase", 4, "postgres", ())


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("create policy p on t using (auth . uid() = id)", "supabase"),
        ("insert into storage.buckets (id) values ('a')", "supabase"),
        ("grant select on t to authenticated", "postgrest"),
        ("create policy p on t using (tenant = current_setting('app.tenant'))", "plain"),
        ("create schema if not exists auth; create function auth.uid() returns uuid as $$ $$", "plain"),
        ("create role anon nologin; grant select on t to anon", "plain"),
    ],
)
def test_platform__is_what_the_schema_uses_without_making_it(text: str, kind: str) -> None:
    """A schema that makes `auth` or the API's roles by itself stands on no platform."""
    assert platform.inferred([text]) == kind


def test_order__numbers_are_numbers(tmp_path: Path) -> None:
    """V10 comes after V9, in folders too, and what undoes a migration is left out."""
    names = ["V9__a.sql", "V10__b.sql", "U10__b.sql", "20/migration.sql", "3/migration.sql", "20/down.sql", "x.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    found = [str(file.relative_to(tmp_path)) for file in scripts.files_of(tmp_path)]

    assert found == ["3/migration.sql", "20/migration.sql", "V9__a.sql", "V10__b.sql"]


@pytest.mark.parametrize("mark", ["-- migrate:down", "-- +goose Down", "-- +migrate Down"])
def test_text__ends_where_it_would_be_taken_back(tmp_path: Path, mark: str) -> None:
    """A file with both ways in it is applied up to the way back."""
    file = tmp_path / "1.sql"
    file.write_text(f"create table t ();\n{mark}\ndrop table t;\n")

    assert scripts.text_of(file) == "create table t ();\n"


def test_failing_statement__shown_with_file_and_line(folder: Path) -> None:
    """The first statement that fails is named by its file and line, with what to do."""
    (folder / "supabase" / "migrations" / "11_bad.sql").write_text("select 1;\n\nselect nothing_of_the_kind;\n")

    with (
        pytest.raises(BadInput, match=r"11_bad\.sql:3: column .* does not exist; correct it, or .*--skip-failing"),
        of_files(folder),
    ):
        pass


def test_failing_statements__skipped_are_unproven(folder: Path) -> None:
    """With `--skip-failing` the rest is loaded, and each statement left out is unproven by its place."""
    (folder / "supabase" / "migrations" / "11_bad.sql").write_text("select a;\ncreate table t (id int);\nselect b;\n")

    with of_files(folder, skip_failing=True) as loaded:
        there = one(loaded.dsn, "select count(*) from pg_tables where tablename = 't'")

    places = [entry["relation"].rpartition("/")[2] for entry in loaded.unproven()]
    assert (there, places) == (1, ["11_bad.sql:1", "11_bad.sql:3"])


@pytest.mark.parametrize("command", ["\\! touch {proof}", "\\o {proof}", "\\copy (select 1) to '{proof}'"])
def test_file__runs_no_program_and_writes_no_file(folder: Path, tmp_path: Path, command: str) -> None:
    """What psql would do on this machine is refused at its line: files of SQL are somebody else's."""
    proof = tmp_path / "proof"
    bad = folder / "supabase" / "migrations" / "12_bad.sql"
    bad.write_text(f"select 1;\n{command.format(proof=proof)}\n")

    with pytest.raises(BadInput, match=r"12_bad\.sql:2: backslash commands are restricted"), of_files(folder):
        pass

    assert not proof.exists()


def test_no_sql__said_in_one_line(tmp_path: Path) -> None:
    """A folder without SQL, files without a statement and a path that is not there are bad input."""
    with pytest.raises(BadInput, match=r"no file in it ends in \.sql; name the folder"):
        scripts.files_of(tmp_path)
    (tmp_path / "1.sql").write_text("\n")
    with pytest.raises(BadInput, match="its files hold no SQL"), of_files(tmp_path):
        pass
    with pytest.raises(BadInput, match="there is no such file or folder"):
        scripts.files_of(tmp_path / "nowhere")
    (tmp_path / "1.sql").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="not UTF-8"):
        scripts.text_of(tmp_path / "1.sql")


def test_unknown_extension__gets_a_stand_in_that_is_named(folder: Path) -> None:
    """An extension that the server lacks does not end the proof: a stand-in is there, and is named."""
    (folder / "supabase" / "migrations" / "1_first.sql").write_text(
        "create extension if not exists \"nobody_has_this\" with schema extensions version '9.9';\n"
        "create extension pg_cron; select cron.schedule('clean', '* * * * *', 'delete from public.notes');\n"
    )

    with of_files(folder) as loaded:
        jobs = one(loaded.dsn, "select count(*) from cron.job")

    assert {"nobody_has_this", "pg_cron"} <= set(loaded.stand_ins)
    assert jobs == 1


def test_every_stand_in__can_be_made(started: Server) -> None:
    """Each stand-in that is shipped can be created, and its functions answer."""
    shipped = sorted(p.stem for p in (ROOT / "isolation" / "platforms" / "extensions").glob("*.control"))
    made = extensions.provide(shipped, set(), started.extensions)
    with psycopg.connect(started.dsn(DATABASE), autocommit=True) as connection:
        connection.execute("create role postgres")
        for name in made:
            connection.execute(sql.SQL("create extension {}").format(sql.Identifier(name)))
        row = connection.execute(
            "select encode(hmac('what do ya want for nothing?', 'Jefe', 'sha256'), 'hex'),"
            " crypt('word', h) = h, length(gen_random_bytes(21)),"
            " pgp_sym_decrypt(pgp_sym_encrypt('plain', 'key'), 'key')"
            " from (select crypt('word', gen_salt('bf', 8)) h) hashed"
        ).fetchone()

    rfc_4231_case_2 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert row == (rfc_4231_case_2, True, 21, "plain")


@pytest.fixture
def hosted(folder: Path) -> Iterator[tuple[Loaded, str]]:
    """A database on a server where the customer's role is no superuser, as on a hosted platform."""
    with of_files(folder) as loaded:
        with psycopg.connect(loaded.dsn, autocommit=True) as connection:
            connection.execute("insert into auth.users (id, email) values (gen_random_uuid(), 'real@person.example')")
            connection.execute("create table public.closed (id int); alter table public.closed owner to supabase_admin")
            connection.execute("revoke all on public.closed from postgres, anon, authenticated, service_role")
            connection.execute("revoke pg_read_all_data from postgres")
        yield loaded, make_conninfo(loaded.dsn, user="postgres")


def test_copy__as_a_role_that_is_no_superuser(hosted: tuple[Loaded, str]) -> None:
    """The schema is copied with its owners, policies and grants, never a row, and what may not be read is named."""
    _, dsn = hosted

    with of_database(dsn) as copy:
        policy = one(copy.dsn, "select polname from pg_policy where polrelid = 'public.notes'::regclass")
        owner = one(copy.dsn, "select tableowner from pg_tables where tablename = 'notes'")
        grant = one(copy.dsn, "select has_table_privilege('anon', 'public.notes', 'select')")
        rows = one(copy.dsn, "select count(*) from auth.users")
        bypasses = one(copy.dsn, "select rolbypassrls from pg_roles where rolname = 'service_role'")

    assert (policy, owner, grant, rows, bypasses, copy.failed) == ("own", "postgres", True, 0, True, ())
    assert copy.unread == ("public.closed",)
    assert [entry["relation"] for entry in copy.unproven()] == ["public.closed"]


def test_copy__of_nothing_that_can_be_reached() -> None:
    """A DSN that leads nowhere is one line."""
    with pytest.raises(BadInput, match="DSN: its roles cannot be read"), of_database("host=/nowhere dbname=x user=y"):
        pass


def test_copy__no_password_in_the_list_of_processes(monkeypatch: pytest.MonkeyPatch, started: Server) -> None:
    """A DSN's password reaches the programs by their environment alone."""
    asked: list[tuple[list[str], dict[str, str]]] = []

    def run(argv: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        environment = options["env"]
        assert isinstance(environment, dict)
        asked.append((argv, environment))
        return subprocess.CompletedProcess(argv, 1, "", "no")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(BadInput):
        copying.copy_of(started, "postgresql://me:hunter2@db.example/app")

    assert [("hunter2" in " ".join(argv), env.get("PGPASSWORD")) for argv, env in asked] == [(False, "hunter2")]


def test_server__not_led_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables by which libpq is led to another server lead nobody there."""
    for name, value in {
        "PGHOSTADDR": "192.0.2.1",
        "PGPORT": "1",
        "PGUSER": "nobody",
        "PGOPTIONS": "-c nothing=1",
    }.items():
        monkeypatch.setenv(name, value)

    with server() as other:
        assert one(other.dsn(), "select current_user") == SUPERUSER


KILLED = """
import sys, time
from isolation.sources.server import server
with server() as one:
    print(one.folder, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_killed_prover__leaves_no_server(end: signal.Signals) -> None:
    """The kernel ends the server of a killed prover, and the next start removes its folder."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", KILLED], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as prover:
        assert prover.stdout is not None
        left = Path(prover.stdout.readline().strip())
        pid = int((left / "data" / "postmaster.pid").read_text().splitlines()[0])
        prover.send_signal(end)

    with server():
        gone = not left.exists()
    while Path(f"/proc/{pid}").exists() and "postgres" in Path(f"/proc/{pid}/cmdline").read_text():
        pass  # the suite's own time limit ends this
    assert left.parent == Path(tempfile.gettempdir()) or left.parent == Path("/tmp")  # noqa: S108
    assert (left.name.startswith(PREFIX), gone) == (True, True)


def test_place__the_last_word_on_an_object() -> None:
    """A finding is shown at the last statement that made its object, or a policy on it."""
    pieces = [
        ("1.sql", "create table public.notes (id int);\ncreate policy a on notes using (true);\n"),
        ("2.sql", '\ncreate or replace function public.share("x" uuid) returns void as $$ $$;\n'),
        ("3.sql", "\n\nalter policy a on public.notes using (false);\n"),
    ]

    assert place_of("public.notes", pieces) == Place("3.sql", 3)
    assert place_of("public.share(uuid)", pieces) == Place("2.sql", 2)
    assert place_of("public.note", pieces) is None
