"""Traces cost a green run nothing, show a failure in full, and hold no secret."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from playwright.sync_api import BrowserContext

from drivers.browser import BrowserCustomer
from fixtures import traces
from fixtures.attempts import ATTEMPT
from fixtures.browser import WATCHED, Watched
from fixtures.customers import Customers
from fixtures.failures import gather
from stack.system import System
from tests.harness.inner import Inner, session

FAILED = 1
TESTS = """
def test_good(at_browser): at_browser.page.set_content("<h1>Good</h1>")

def test_bad(at_browser):
    at_browser.page.set_content("<h1>Bad</h1>")
    raise AssertionError
"""


@pytest.fixture(scope="module")
def inner(tmp_path_factory: pytest.TempPathFactory) -> Inner:
    """A session with a browser test that passes and one that fails."""
    return session(tmp_path_factory.mktemp("traces"), TESTS, using=["playwright"])


def files(inner: Inner) -> list[str]:
    """Everything that failures left, by its place."""
    root = inner.run.directory / "failures"
    return sorted(str(file.relative_to(root)).partition("/")[2] for file in root.rglob("*") if file.is_file())


def test_first_failure__kept_apart_from_the_second(inner: Inner) -> None:
    """The first run leaves a screenshot and no trace; the run again leaves both of its own; a good test none."""
    assert inner.code == FAILED, inner.said
    assert files(inner) == ["again/browser.json", "again/page-1.png", "again/trace-1.zip", "browser.json", "page-1.png"]


def test_trace__opens_and_says_how(inner: Inner) -> None:
    """The trace is whole, and the command that shows it is printed once."""
    (trace,) = inner.run.directory.rglob("trace-1.zip")

    with zipfile.ZipFile(trace) as told:
        assert told.testzip() is None
        assert {"trace.trace", "trace.network"} <= set(told.namelist())
    assert f"trace: .venv/bin/playwright show-trace --host 127.0.0.1 --port 0 {trace}" in inner.said


def test_trace__holds_no_secret(
    new_context: Callable[..., BrowserContext], customers: Customers, system: System, tmp_path: Path
) -> None:
    """Password, session cookies and signing key are in none of a second attempt's artifacts, the trace included."""
    item: Any = SimpleNamespace(nodeid="tests/x.py::test_x", stash=pytest.Stash(), config=SimpleNamespace())
    item.stash[ATTEMPT], item.config.stash = 2, pytest.Stash()
    item.funcargs = {"customers": customers, "system": system}
    context = new_context()
    traces.watch(item, context)
    browser = BrowserCustomer(context.new_page(), system.base_url, system.labels, system.routes)
    item.stash[WATCHED] = [Watched(browser.page)]
    browser.sign_up(customers.stranger().identity)
    secrets = [browser.identity.password, *(str(cookie["value"]) for cookie in context.cookies())]

    gathered = list(gather(cast(pytest.Item, item), tmp_path))

    assert len(secrets) > 1
    assert [file.name for file in gathered if file.suffix == ".zip"] == ["trace-1.zip"]
    texts = dict(_texts(tmp_path))
    assert browser.identity.email in texts["trace.trace"]
    assert [name for name, text in texts.items() for secret in secrets if secret in text] == []


def _texts(folder: Path) -> list[tuple[str, str]]:
    found = []
    for file in folder.iterdir():
        if file.suffix == ".zip":
            with zipfile.ZipFile(file) as told:
                found += [(name, told.read(name).decode(errors="replace")) for name in told.namelist()]
        else:
            found.append((file.name, file.read_text(errors="replace")))
    return found
