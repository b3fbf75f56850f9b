"""What the caller's environment names is neither written to nor asked: the harness is with its own servers alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import psycopg
import pytest
import requests

from core import caller
from stack.embedded import Stack
from stack.errors import ServiceFailedError
from stack.processes import Processes
from stack.tools import ROOT, node_itself
from tests.stack.strangers import Own, Proxy, a_proxy, a_server

pytestmark = pytest.mark.timeout(300)
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
SERVICE = "[theirs]\nhost={folder}\nport={port}\nhostaddr=127.0.0.1\nuser=postgres\ndbname=postgres\n"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A run of its own."""
    with Stack.start() as running:
        yield running


@pytest.fixture(scope="module")
def own() -> Iterator[Own]:
    """Somebody's own PostgreSQL; whatever this module does, nobody but the tests' witness comes to it."""
    with Processes.start() as processes, a_server(processes) as server:
        before = server.state()
        yield server
        assert (server.state(), server.visitors()) == (before, [])


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy that nobody may come to."""
    with a_proxy() as recording:
        yield recording
        assert recording.seen == []


@pytest.fixture
def page() -> Iterator[int]:
    """The port of a server of this machine."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def leading_to(own: Own, folder: Path) -> dict[str, dict[str, str]]:
    """Each way of libpq's to be led to somebody's server, or away from ours, as variables."""
    service = folder / "pg_service.conf"
    service.write_text(SERVICE.format(folder=own.folder, port=own.port))
    passwords = folder / "pgpass"
    passwords.write_text("*:*:*:*:theirs\n")
    passwords.chmod(0o600)
    port = str(own.port)
    return {
        "another host's address": {"PGHOSTADDR": "127.0.0.1", "PGPORT": port, "PGPASSWORD": "theirs"},
        "another host": {"PGHOST": str(own.folder), "PGPORT": port},
        "another port": {"PGPORT": port},
        "another user and database": {"PGUSER": "nobody", "PGDATABASE": "theirs", "PGPASSWORD": "theirs"},
        "a service": {"PGSERVICE": "theirs", "PGSERVICEFILE": str(service)},
        "a service of the system's file": {"PGSERVICE": "theirs", "PGSYSCONFDIR": str(folder)},
        "a password file": {"PGPASSFILE": str(passwords)},
        "standby servers alone": {"PGTARGETSESSIONATTRS": "standby"},
        "certificates": {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/nowhere", "PGREQUIRESSL": "1"},
        "no channel but TLS": {"PGCHANNELBINDING": "require", "PGREQUIREAUTH": "gss", "PGGSSENCMODE": "require"},
        "options": {"PGOPTIONS": "-c default_transaction_read_only=on -c search_path=nowhere"},
        "a date style": {"PGDATESTYLE": "German", "PGTZ": "Asia/Kathmandu", "PGCLIENTENCODING": "LATIN1"},
        "no time": {"PGCONNECT_TIMEOUT": "nonsense", "PGLOADBALANCEHOSTS": "nonsense"},
    }


WAYS = (
    "another host's address",
    "another host",
    "another port",
    "another user and database",
    "a service",
    "a service of the system's file",
    "a password file",
    "standby servers alone",
    "certificates",
    "no channel but TLS",
    "options",
    "a date style",
    "no time",
)


@pytest.mark.parametrize("way", WAYS)
def test_variables_of_libpq__lead_nowhere(
    way: str, stack: Stack, own: Own, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever of libpq's variables a caller has set, databases are made, used and dropped on the run's own server."""
    for name, value in leading_to(own, tmp_path)[way].items():
        monkeypatch.setenv(name, value)
    caller.detach()
    name = f"led_{WAYS.index(way)}_{os.getpid()}"

    database = stack.services.postgres.create(name)
    with psycopg.connect(database.app) as connection:
        row = connection.execute("select current_setting('cluster_name'), current_user, '2026-11-30'::date::text")
        seen = row.fetchone()
    stack.services.postgres.set_passwords()
    stack.services.postgres.drop(name)

    assert seen == (stack.services.postgres.token, "raptorflow_app", "2026-11-30")


def test_every_way__is_tried(own: Own, tmp_path: Path) -> None:
    """The ways that are tried are all that there are."""
    assert tuple(leading_to(own, tmp_path)) == WAYS


def test_another_server_answers__nothing_is_written(stack: Stack, own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is not this run's is asked who it is, and nothing more: the error names it, exit code 4."""
    before, ours = own.state(), stack.services.postgres
    with monkeypatch.context() as led:
        led.setenv("PGHOSTADDR", "127.0.0.1")
        led.setenv("PGPORT", str(own.port))
        led.setenv("PGPASSWORD", "theirs")
        for write in (ours.set_passwords, lambda: ours.create("not_there"), lambda: ours.drop("raptorflow_template")):
            with pytest.raises(ServiceFailedError, match=f"port {own.port} another PostgreSQL answers") as refusal:
                write()

    assert (refusal.value.exit_code, own.state()) == (4, before)
    own.log.write_text("")  # those three were led there on purpose


def test_another_redis_answers__nothing_is_written(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Redis that does not know the run's token is not counted in: the error names it, exit code 4."""
    redis = stack.services.redis
    stranger = type(redis)(redis.address, "another's")

    with pytest.raises(ServiceFailedError, match="another Redis answers than this run's") as refusal:
        stranger.next_database()

    assert (refusal.value.exit_code, redis.next_database() + 1) == (4, redis.next_database())


COMMAND = """
import json, os, sys, urllib.request, psycopg
base, dsn = sys.argv[1:]
with psycopg.connect(dsn) as connection:
    (database,) = connection.execute("select current_database()").fetchone()
print(json.dumps([urllib.request.urlopen(base + "/health/ready").status, database,
    sorted(n for n in os.environ if n.startswith("PG") and os.environ[n] != "/dev/null/none")]))
"""


def test_whole_stack__with_all_of_it_set(own: Own, proxy: Proxy, tmp_path: Path) -> None:
    """A stack comes up, serves and goes though every variable and file of the caller's leads elsewhere."""
    ways = leading_to(own, tmp_path)
    (tmp_path / ".pg_service.conf").write_text((tmp_path / "pg_service.conf").read_text())
    (tmp_path / ".pgpass").write_text("*:*:*:*:theirs\n")
    (tmp_path / ".pgpass").chmod(0o600)
    (tmp_path / ".netrc").write_text("default login theirs password theirs\n")
    (tmp_path / ".netrc").chmod(0o600)
    environment = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
    for way in ways.values():
        environment |= way
    environment |= dict.fromkeys(PROXIES, proxy.url) | {
        "HOME": str(tmp_path),
        "PYTHONSAFEPATH": "1",
        "PYTHONSTARTUP": "/nowhere",
        "PYTHONPATH": str(tmp_path),
        "RAPTORFLOW_CACHE": os.environ.get("RAPTORFLOW_CACHE", ""),
    }
    argv = [sys.executable, "-m", "stack", "run", "--", sys.executable, "-c", COMMAND, "{base_url}", "{database_dsn}"]

    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [200, "slice_run", []]


def test_make__works_whatever_python_was_told() -> None:
    """`make` hands on nothing that changes which code Python runs."""
    told = {"PYTHONSAFEPATH": "1", "PYTHONHOME": "/nowhere", "PYTHONPATH": "/nowhere", "PYTHONOPTIMIZE": "2"}
    done = subprocess.run(["make", "doctor"], cwd=ROOT, env={**os.environ, **told}, capture_output=True, text=True)  # noqa: S607

    assert (done.returncode, "PostgreSQL" in done.stdout) == (0, True), done.stderr


def a_netrc(folder: Path) -> Path:
    """A file that has a password for every host."""
    file = folder / "netrc"
    file.write_text("default login theirs password theirs\n")
    return file


@pytest.mark.parametrize("variable", PROXIES)
def test_proxies__no_client_asks_one_for_this_machine(
    variable: str, proxy: Proxy, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """httpx, urllib, requests and Node reach this machine directly, whatever proxy the caller has set."""
    for name in (*PROXIES, "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, proxy.url)
    monkeypatch.setenv("NO_PROXY", "example.org")
    monkeypatch.setenv("no_proxy", "example.org")

    caller.detach()

    assert os.environ["no_proxy"] == os.environ["NO_PROXY"] == "example.org,localhost,127.0.0.1,::1"
    for host in ("127.0.0.1", "localhost"):
        url = f"http://{host}:{page}/"
        with urllib.request.urlopen(url, timeout=20) as answer:
            assert answer.status == 204
        assert httpx.get(url, timeout=20).status_code == 204
        assert requests.get(url, timeout=20).status_code == 204


def test_proxies__node_asks_none_for_this_machine(proxy: Proxy, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Node that heeds the caller's proxies, as newer ones do when told, reaches this machine directly."""
    for name in PROXIES:
        monkeypatch.setenv(name, proxy.url)
    caller.detach()
    script = f"fetch('http://127.0.0.1:{page}/').then(a => console.log(a.status))"
    told = {**os.environ, "NODE_USE_ENV_PROXY": "1"}

    done = subprocess.run([node_itself(), "-e", script], env=told, capture_output=True, text=True, check=False)  # noqa: S603

    assert done.stdout == "204\n", done.stderr


def test_netrc__gives_no_password_to_this_machine(page: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that reads `~/.netrc` finds none: a password for every host would replace a bearer token."""
    monkeypatch.setenv("NETRC", str(a_netrc(tmp_path)))
    caller.detach()
    prepared = requests.Session().prepare_request(requests.Request("GET", f"http://127.0.0.1:{page}/"))

    assert "Authorization" not in prepared.headers
