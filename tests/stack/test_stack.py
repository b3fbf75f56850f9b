"""The embedded stack: a whole RaptorFlow a slice, apart from every other, and nothing left of it afterwards."""

from __future__ import annotations

import gc
import itertools
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from mocks.phonepe.client import AdminClient
from stack import tools
from stack.application import Local
from stack.embedded import Stack
from stack.errors import ServiceFailedError, UnavailableError
from stack.processes import Processes
from stack.slice import Slice

DEADLINE_S = 30.0
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A run of its own, shared by this module's tests."""
    with Stack.start() as running:
        yield running


@pytest.fixture(scope="module")
def one(stack: Stack) -> Slice:
    """A slice that tests may look at and restart."""
    return stack.slice("one")


@pytest.fixture(scope="module")
def other(stack: Stack) -> Slice:
    """A second slice, which nothing done to the first may touch."""
    return stack.slice("other")


def anew(word: str) -> str:
    """A slice's name that this run has not had, however often a test is repeated."""
    return f"{word}-{next(NUMBERS)}"


def status(url: str, path: str = "/health/ready") -> int:
    """The status with which a server answers."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=DEADLINE_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_slice__application_and_gateway_answer(one: Slice) -> None:
    """A slice is ready when it is handed over: the application with all that it needs, and the gateway."""
    assert status(one.system.base_url) == 200
    with closing(AdminClient(str(one.system.gateway_admin_url))) as gateway:
        assert gateway.health() == {"status": "ready"}


def test_roles__each_logs_in_as_itself(one: Slice) -> None:
    """Each DSN of a slice leads to the slice's database as the role that it is named after."""
    system = one.system
    addresses = (system.owner_dsn, system.app_dsn, system.worker_dsn, system.database_dsn)
    query = "select current_user, current_database()"

    seen = []
    for address in addresses:
        with psycopg.connect(str(address)) as connection:
            seen.append(connection.execute(query).fetchone())

    roles = ("raptorflow_owner", "raptorflow_app", "raptorflow_worker", "postgres")
    assert [(role, system.name) for role in roles] == seen


def test_roles__nobody_gets_in_without_a_password(one: Slice) -> None:
    """The application's role cannot log in with a wrong password, though it reaches the socket."""
    address = str(one.system.app_dsn).replace("raptorflow_app:", "raptorflow_app:wrong")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address)


def test_database__every_migration_is_there(one: Slice) -> None:
    """A slice's database is migrated: the contract's tables are there, under forced row-level security."""
    query = "select relforcerowsecurity from pg_class where oid = 'public.payments'::regclass"

    with psycopg.connect(str(one.system.database_dsn)) as connection:
        assert connection.execute(query).fetchone() == (True,)


def test_two_slices__neither_sees_the_others_database(one: Slice, other: Slice) -> None:
    """What one slice writes to its database is not in the other's."""
    with psycopg.connect(str(one.system.database_dsn), autocommit=True) as connection:
        connection.execute("create table if not exists of_one_alone ()")

    with psycopg.connect(str(other.system.database_dsn)) as connection:
        assert connection.execute("select to_regclass('of_one_alone')").fetchone() == (None,)


def test_two_slices__neither_sees_the_others_redis(one: Slice, other: Slice) -> None:
    """What one slice writes to Redis is not in the other's, and a flush of one leaves the other whole."""
    with (
        redis.Redis.from_url(str(one.system.redis_url)) as mine,
        redis.Redis.from_url(str(other.system.redis_url)) as its,
    ):
        its.set("planted", "kept")
        assert mine.get("planted") is None

        mine.flushdb()

        assert its.get("planted") == b"kept"


def test_two_slices__each_has_a_merchant_of_its_own(one: Slice, other: Slice) -> None:
    """Each slice's merchant has credentials of its own, and its webhooks go to that slice alone."""
    with closing(AdminClient(str(one.system.gateway_admin_url))) as gateway:
        accounts = [gateway.merchant(str(each.system.merchant_id)) for each in (one, other)]

    assert accounts[0].client_id != accounts[1].client_id
    hooks = [account.document["webhook"]["url"] for account in accounts]
    assert hooks == [each.system.base_url + "/api/v1/webhooks/phonepe" for each in (one, other)]


def test_two_runs_on_the_same_services__apart_by_their_marks(stack: Stack, one: Slice) -> None:
    """Where runs share services, as compose's do, slices of one name are two databases and two merchants."""
    with Processes.start() as processes:
        around = replace(stack.services, prefix=f"{processes.folder.name}_", logs=processes.folder)
        with Slice.make("one", processes, around, {}) as its_own:
            systems = (one.system, its_own.system)
            with closing(AdminClient(str(one.system.gateway_admin_url))) as gateway:
                hooks = [gateway.merchant(str(each.merchant_id)).document["webhook"]["url"] for each in systems]

            assert [status(each.base_url) for each in systems] == [200, 200]
            assert hooks == [each.base_url + "/api/v1/webhooks/phonepe" for each in systems]
            assert systems[0].database_dsn != systems[1].database_dsn

    assert status(one.system.base_url) == 200


def test_restart__keeps_the_address(stack: Stack) -> None:
    """A restarted application is another process at the same address, with its database and settings as before."""
    with stack.slice(anew("restarted")) as slice_:
        before = pid_of(slice_)

        slice_.restart_application(LOG_LEVEL="DEBUG")

        assert status(slice_.system.base_url) == 200
        assert pid_of(slice_) != before


def test_kill__callers_wait_at_the_address_until_it_is_back(stack: Stack) -> None:
    """While a killed application is away its address stays its own: a caller is answered once it has been restarted."""
    with stack.slice(anew("killed")) as slice_:
        slice_.kill_application()
        connection = HTTPConnection(urlsplit(slice_.system.base_url).netloc, timeout=DEADLINE_S)
        connection.request("GET", "/health/live")

        slice_.restart_application()

        assert connection.getresponse().status == 200
        connection.close()


def pid_of(slice_: Slice) -> int:
    """The process that serves a slice's application."""
    assert isinstance(slice_._application, Local)
    process = slice_._application.process
    assert process is not None
    return process.pid


def test_clock_file__moves_the_applications_clock(one: Slice) -> None:
    """The clock file that a slice names is the one that its application reads: offset nought to begin with."""
    assert one.system.clock_file is not None

    assert one.system.clock_file.read_text() == "0"


def test_attached__slices_end_with_the_joiner_and_services_go_on(stack: Stack, one: Slice) -> None:
    """Another process joins a run by a handle that JSON can carry; what it made ends with it, the run does not."""
    handle = json.loads(json.dumps(stack.handle()))
    with Stack.attach(handle) as joined:
        made = joined.slice(anew("joined"))
        assert status(made.system.base_url) == 200

    assert refused(made.system.base_url)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(str(made.system.database_dsn))
    assert status(one.system.base_url) == 200


def refused(url: str) -> bool:
    """Whether nobody listens at an address any more."""
    try:
        socket.create_connection((str(urlsplit(url).hostname), urlsplit(url).port or 80), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


def test_handle__carries_no_secret(stack: Stack) -> None:
    """The handle names a file that only this user can read; no password travels in it."""
    described = stack.processes.folder / "stack.json"

    assert not [secret for secret in stack.services.postgres.passwords.values() if secret in str(stack.handle())]
    assert described.stat().st_mode & 0o077 == 0


def test_application_that_does_not_start__named_with_its_log(stack: Stack) -> None:
    """A setting that the application refuses is told by its own words, and nothing of the slice is left."""
    bad = anew("bad")
    with pytest.raises(ServiceFailedError, match=rf"of slice_{bad} exited with \d+ before.*\n.*RECONCILE_SCHEDULE"):
        stack.slice(bad, environment={"RECONCILE_SCHEDULE": "never"})

    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(stack.services.postgres.admin_dsn(f"slice_{bad}"))


def test_taken_slice_name__refused_and_nothing_left_open(stack: Stack, one: Slice) -> None:
    """A name that this run has had is refused by name, before anything is opened for it."""
    with pytest.raises(UnavailableError, match="this run has had a slice of that name"):
        stack.slice("one")

    gc.collect()  # a socket that was left open would be warned of, and fail the test
    assert status(one.system.base_url) == 200


@pytest.mark.parametrize("name", ["", "../up", "UP", "a" * 41])
def test_bad_slice_name__refused_with_the_rule(stack: Stack, name: str) -> None:
    """A name that could not be a folder or a database is refused before anything is made."""
    with pytest.raises(UnavailableError, match="use 1 to 40 of a-z"):
        stack.slice(name)


def test_missing_redis__refused_before_anything_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a Redis server nothing is started, and one line names the command that fetches one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools, "_shipped_redis", lambda: None)

    with pytest.raises(
        UnavailableError, match=r"no Redis server, which the embedded stack needs: .*sudo apt-get install"
    ):
        Stack.start()


def test_closed__no_process_and_no_folder_left() -> None:
    """A run that ends leaves neither its processes nor its folder."""
    with Stack.start() as running:
        folder = running.processes.folder
        made = running.slice("last")
        url = made.system.base_url

    assert refused(url)
    assert not folder.exists()
    assert not list(processes_that_mention(folder))


def processes_that_mention(folder: Path) -> Iterator[str]:
    """The command lines and environments of living processes that name a run's folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in told:
            yield process.name
