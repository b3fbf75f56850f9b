"""One server a version and session; one database a test."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import TupleRow

from stack.processes import Processes
from tests.migrations.servers import REMEDY, Server, programs, running


@pytest.fixture(scope="session", params=["postgresql-18", "postgresql-15"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server with RaptorFlow's roles, of each version that this machine has."""
    binaries = programs().get(request.param)
    if binaries is None:
        pytest.skip(f"no {request.param}, the oldest that a deployment may run: {REMEDY}")
    with Processes.start() as processes, running(processes, binaries) as started:
        yield started


@pytest.fixture
def database(server: Server) -> str:
    """A new, empty database."""
    return server.create()


@pytest.fixture
def superuser(server: Server, database: str) -> Iterator[psycopg.Connection[TupleRow]]:
    """A connection to `database` that sees and may do everything; each statement commits."""
    with psycopg.connect(server.dsn(database), autocommit=True) as connection:
        yield connection
