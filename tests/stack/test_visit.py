"""Whoever enters a kept run sees a page as one of its customers, and no secret is printed."""

from __future__ import annotations

import stat
from dataclasses import replace
from http.cookiejar import Cookie, MozillaCookieJar
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fixtures.customers import Customers
from stack.errors import UnavailableError
from stack.system import System
from stack.visit import CUSTOMERS, name_hosts, remember, visit


def test_page__as_the_customer_sees_it(customers: Customers, system: System, tmp_path: Path) -> None:
    """The customer is logged in and the page told; the cookies are theirs, and passwords stay in 0600 files."""
    customer = customers.a_customer_at_step(2)
    kept = replace(system, clock_file=tmp_path / "clock")
    remember(kept, {customer.identity.email: customer.identity.password})

    said = visit(kept, None, "/dashboard")

    assert said[0] == f"{customer.identity.email} sees {system.base_url}/onboarding/session/step/2"
    jar = tmp_path / "cookies.txt"
    assert f"curl --cookie {jar} " in said[1]
    assert customer.identity.password not in "".join(said)
    assert [stat.S_IMODE(file.stat().st_mode) for file in (jar, tmp_path / CUSTOMERS)] == [0o600, 0o600]
    assert f"\n{urlsplit(system.base_url).hostname}\t" in jar.read_text()


@pytest.mark.parametrize(("known", "says"), [([], "this run has kept none"), (["a@x", "b@x"], "ADDRESS: a@x, b@x")])
def test_nobody_named__says_who_there_is(known: list[str], says: str, system: System, tmp_path: Path) -> None:
    """Without a name, or with several to choose from, the customers are listed."""
    kept = replace(system, clock_file=tmp_path / "clock")
    remember(kept, dict.fromkeys(known, "secret"))

    with pytest.raises(UnavailableError, match=says):
        visit(kept, None, "/dashboard")


@pytest.mark.parametrize(
    ("kept", "named"), [("app.local", "app"), ("127.0.0.1", "127.0.0.1"), ("a.b.local", "a.b.local")]
)
def test_cookies__are_of_the_host_as_curl_knows_it(kept: str, named: str) -> None:
    """What Python calls app.local is app to everybody else; names with dots and addresses are left alone."""
    jar = MozillaCookieJar()
    jar.set_cookie(Cookie(0, "n", "v", None, False, kept, False, False, "/", True, False, None, True, None, None, {}))

    name_hosts(jar)

    assert [cookie.domain for cookie in jar] == [named]
