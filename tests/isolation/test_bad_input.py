"""What cannot be proved is refused in one line that names field, problem and remedy, and nothing is left behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from isolation.__main__ import main
from isolation.config.model import load
from isolation.database import clones
from isolation.database.clones import connect
from stack.system import System
from tests.isolation.corpus import CASES
from tests.isolation.databases import Foundations, databases, dump

EXAMPLE = """
[connection]
model = "api"
login = "app_backend"
[roles]
anonymous = "anon"
member = "authenticated"
service = "service_role"
[identity]
claims = { sub = "{user}", role = "{role}", email = "{email}", app_metadata = { workspace_id = "{tenant}" } }
settings = { "app.current_org_id" = "{tenant}" }
begin = ["select app.set_workspace('{tenant}')"]
[tenancy]
"public.payments" = "user_id"
"public.workspaces" = "id@member"
"public.subscriptions" = "workspace_id@app.workspace_id"
"public.support_tickets" = "requester_email@email"
"storage.objects" = "name@{tenant}/..."
"realtime.messages" = "topic@workspace:{tenant}"
[intent]
public = ["plans", "profiles(id, display_name)", "templates where is_public"]
public_identifiers = ["workspaces.slug"]
service_only = ["webhook_events", "profiles.is_admin", "admin_list_payments()"]
anonymous_insert = ["contact_messages"]
updatable = { workspace_members = ["email_notifications"] }
active_membership = "status = 'active'"
also_owner = { bcm_manifests = "created_by" }
shared_through = { documents = "document_shares.shared_with" }
"""
NOTES = "create table public.notes (id uuid primary key, user_id uuid references auth.users (id), n int)"


@pytest.fixture
def notes(database: Callable[..., str], tmp_path: Path) -> str:
    """A database with one tenant table."""
    schema = tmp_path / "notes.sql"
    schema.write_text(NOTES)
    return database(CASES / "base.sql", schema)


@pytest.fixture(scope="module")
def refused(system: System, common: Foundations, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A database with one tenant table for what is refused, and what it is like: each leaves it so."""
    assert system.database_dsn is not None
    schema = tmp_path_factory.mktemp("refused") / "notes.sql"
    schema.write_text(NOTES)
    with databases(system.database_dsn, found=common) as make:
        target = make(CASES / "base.sql", schema)
        yield target, dump(target)


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("postgresql://nobody@127.0.0.1:1/nothing", "DSN: cannot connect"),
        ("host=/nowhere/at/all dbname=x", "DSN: cannot connect"),
        ("no dsn", "no dsn: there is no such file or folder; name a folder of SQL, a file of it, or a DSN"),
        ("", "DSN: "),
        ("env:NO_SUCH_VARIABLE", "DSN: NO_SUCH_VARIABLE is not set"),
    ],
)
def test_dsn__unusable(dsn: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A server that is not there, and what is no DSN, are one line and exit code 2."""
    assert main([dsn]) == 2
    assert said in _line(capsys)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[target]\n[database]\ndsn_env = 'NO_SUCH_VARIABLE'", "target.disposable: a proof plants rows"),
        ("[target]\ndisposable = true", "database.dsn_env: name the variable"),
        ("[target]\ndisposable = true\n[database]\ndsn_env = 'NO_SUCH_VARIABLE'", "NO_SUCH_VARIABLE is not set"),
        ("[target", "not TOML"),
    ],
)
def test_target__unusable(text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A target whose database may not be written to, or that names none, is refused in one line."""
    file = tmp_path / "staging.toml"
    file.write_text(text)

    assert main(["--target", str(file)]) == 2
    assert said in _line(capsys)


def test_target__in_use(
    notes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A disposable target's database is proved, in place where somebody is connected to it."""
    file = tmp_path / "staging.toml"
    file.write_text("[target]\ndisposable = true\n[database]\ndsn_env = 'STAGING_DSN'")
    monkeypatch.setenv("STAGING_DSN", notes)
    with connect(notes), impatient(monkeypatch):
        in_use = main(["--target", str(file)])
    told = capsys.readouterr().err
    alone = main(["--target", str(file)])

    assert (in_use, alone) == (1, 1), "the table has no grants: its owner is locked out"
    assert "in place, since database" in told
    assert "in place" not in capsys.readouterr().err


def test_dsn__powerless(notes: str, capsys: pytest.CaptureFixture[str], worker_id: str) -> None:
    """A role that may not even read the schema is told what it lacks; nothing was made."""
    name = f"powerless_{worker_id}"
    with psycopg.connect(notes, autocommit=True) as admin:
        admin.execute(sql.SQL("create role {} login password 'of no use'").format(sql.Identifier(name)))
        before = admin.execute("select datname from pg_database where datname like 'isolation_%'").fetchall()
        try:
            code = main([make_conninfo(notes, user=name, password="of no use")])
        finally:
            admin.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))
        after = admin.execute("select datname from pg_database where datname like 'isolation_%'").fetchall()

    assert (code, set(after) <= set(before)) == (2, True)
    said = _line(capsys)
    assert "its schema cannot be copied" in said
    assert "permission denied for schema auth" in said
    assert said.rstrip().endswith("connect as the role that owns it")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tenancy]\n'public.gone' = 'user_id'", '[tenancy] "public.gone": no such relation'),
        ("[tenancy]\n'public.notes' = 'owner'", "public.notes has no column owner"),
        ("[tenancy]\n'public.notes' = 3", "[tenancy] public.notes: must be a text"),
        ("[tenancies]\n", "[tenancies]: no such section; use one of"),
        ("[intent]\npublik = []", "[intent] publik: no such key; use one of"),
        ("[intent]\npublic = 'notes'", "[intent] public: must be a list such as"),
        ("[intent]\npublic = [3]", "[intent] public: 3 is not"),
        ("[intent]\npublic = ['gone']", '[intent] public: "gone" names nothing in this database'),
        ("[intent]\nservice_only = ['gone']", '[intent] service_only: "gone" names nothing'),
        ("[intent]\nservice_only = ['gone()']", '[intent] service_only: "gone()" names nothing'),
        ("[intent]\nalso_owner = { gone = 'x' }", '[intent] also_owner: "gone" names nothing'),
        ("[intent]\nupdatable = { notes = ['gone'] }", '[intent] updatable: "notes.gone" names nothing'),
        ("[intent]\nshared_through = { notes = 'gone.x' }", '[intent] shared_through: "gone.x" names nothing'),
        ("[intent]\nupdatable = { notes = 3 }", "[intent] updatable: notes must be a list"),
        ("[connection]\nmodel = 'rpc'", "[connection] model = 'rpc': choose"),
        ("[connection]\nlogin = 'gone'", "[connection] login: there is no role gone"),
        ("[identity]\nbegin = [3]", "[identity] begin: every entry must be a text"),
        ("connection = 3", "connection: must be a table, written [connection]"),
        ("[intent\n", "not TOML"),
    ],
)
def test_config__wrong(
    text: str, said: str, refused: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each mistake is named by its field, in one line, with exit code 2; the database is as it was."""
    config = tmp_path / "isolation.toml"
    config.write_text(text)
    target, before = refused

    assert main([target, "--config", str(config)]) == 2
    assert said in _line(capsys)
    assert before == dump(target)


def test_config__example(tmp_path: Path) -> None:
    """Every key of the documented example is understood."""
    config = tmp_path / "isolation.toml"
    config.write_text(EXAMPLE)
    read = load(config)

    assert (read.model, read.login) == ("api", "app_backend")
    assert [p.columns for p in read.public] == [(), ("id", "display_name"), ()]
    assert read.public[2].condition == "is_public"
    assert read.updatable == {"workspace_members": ("email_notifications",)}
    assert read.shared_through == {"documents": "document_shares.shared_with"}
    assert read.settings == {"app.current_org_id": "{tenant}"}


def test_database__nothing_to_prove(database: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing belongs to a tenant, nothing was proved: the exit code is not 0, and the line says what to do."""
    assert main([database()]) == 2
    assert "no relation with a tenant was found: name each under [tenancy]" in _line(capsys)


def test_schemas__missing(notes: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A schema that is not there is named."""
    assert main([notes, "--schemas", "public,elsewhere"]) == 2
    assert "--schemas: there is no schema elsewhere" in _line(capsys)


def test_database__in_use(notes: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody is disconnected for a proof: it stops, and says so with exit code 3."""
    with psycopg.connect(notes) as other, impatient(monkeypatch):
        assert main([notes]) == 3
        assert other.execute("select 1").fetchone() == (1,)
    assert "has other connections, and nobody is disconnected" in _line(capsys)


def test_database__unchanged(notes: str, tmp_path: Path) -> None:
    """A proof that finds leaks leaves the database, its settings and the cluster as they were."""
    out = tmp_path / "isolation.json"
    with connect(notes) as connection:
        connection.execute("grant select on public.notes to authenticated")
    before = dump(notes)

    assert main([notes, "--json", str(out)]) == 1
    assert json.loads(out.read_text())["findings"]
    assert before == dump(notes)


def test_json__unwritable(notes: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A result that cannot be written is bad input, told before anything is tried."""
    assert main([notes, "--json", str(tmp_path / "no" / "such" / "folder.json")]) == 2
    assert "--json" in _line(capsys)


@contextmanager
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Meanwhile the prover looks twice whether others have left, not for a second: here they stay."""
    with monkeypatch.context() as patched:
        patched.setattr(clones, "_LOOKS", 2)
        yield


def _line(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that was said."""
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err
