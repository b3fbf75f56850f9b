"""A PostgreSQL of the suite's own, and databases of one case each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from stack.system import System
from tests.isolation.corpus import Case
from tests.isolation.databases import Foundations, databases, foundations


@pytest.fixture(scope="session")
def common(system: System) -> Iterator[Foundations]:
    """Databases with what many cases stand on, to be cloned."""
    if system.database_dsn is None:
        pytest.skip("not verifiable on this target: needs a superuser's DSN")
    with foundations(system.database_dsn) as found:
        yield found


@pytest.fixture
def database(system: System, common: Foundations, request: pytest.FixtureRequest) -> Iterator[Callable[..., str]]:
    """Makes a database from a template or from SQL files; returns its DSN, as a superuser's."""
    assert system.database_dsn is not None
    case = getattr(getattr(request.node, "callspec", None), "params", {}).get("case")
    with databases(system.database_dsn, case.roles if isinstance(case, Case) else (), common) as make:
        yield make
