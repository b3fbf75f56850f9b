"""A page of a kept run as one of its customers sees it: logged in by the site's own form, with a cookie jar."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.cookiejar import MozillaCookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, ProxyHandler, Request, build_opener

from core import files
from stack.errors import UnavailableError
from stack.services import write_private
from stack.system import System

CUSTOMERS = "customers.json"
TIMEOUT_S = 20


def remember(system: System, passwords: Mapping[str, str]) -> None:
    """Keep customers' passwords by address, beside the slice's own secrets, where only this user can read them."""
    if system.clock_file is not None:
        file = system.clock_file.parent / CUSTOMERS
        write_private(file, {**_known(file), **passwords})


def visit(system: System, address: str | None, path: str) -> list[str]:
    """Log the customer in and open a page; say where it led, and how to go on from there with the same cookies.

    Raises UnavailableError.
    """
    folder = system.clock_file.parent if system.clock_file is not None else Path()
    known = _known(folder / CUSTOMERS)
    chosen = address or (next(iter(known)) if len(known) == 1 else None)
    if chosen not in known:
        raise UnavailableError(f"name a customer with --as ADDRESS: {', '.join(known) or 'this run has kept none'}")
    jar = _private_jar(folder / "cookies.txt")
    url = _page(system, jar, {"email": chosen, "password": known[chosen]}, path)
    name_hosts(jar)
    jar.save(ignore_discard=True)
    return [
        f"{chosen} sees {url}",
        f"curl --cookie {jar.filename} {system.base_url}{path}",
        f"or log in at {system.base_url}{_login(system)}; the password is in {folder / CUSTOMERS}",
    ]


def _page(system: System, jar: MozillaCookieJar, entry: Mapping[str, str], path: str) -> str:
    opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(jar))
    login = Request(  # noqa: S310 - the run's own address
        system.base_url + _login(system), urlencode(entry).encode(), {"Origin": system.base_url}
    )
    try:
        opener.open(login, timeout=TIMEOUT_S).close()
        with opener.open(system.base_url + path, timeout=TIMEOUT_S) as answer:
            return str(answer.url)
    except URLError as error:
        raise UnavailableError(f"{system.base_url}{path}: {error}") from error


def _login(system: System) -> str:
    return system.routes.get("login_page", "/login")


def _known(file: Path) -> dict[str, str]:
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    return known


def name_hosts(jar: MozillaCookieJar) -> None:
    """Python calls a host without a dot `host.local`; other programs call it by its name."""
    for cookie in jar:
        if cookie.domain.count(".") == 1:
            cookie.domain = cookie.domain.removesuffix(".local")


def _private_jar(file: Path) -> MozillaCookieJar:
    files.write_private(file, b"")
    return MozillaCookieJar(str(file))
