"""Sessions in a browser's cookies and in tokens: how a test logs in, sends cookies and renews."""

from __future__ import annotations

from http.cookies import Morsel, SimpleCookie
from urllib.parse import urlencode

from drivers.http import HttpCustomer
from drivers.transport import COOKIE_SEPARATOR, Request, Response

NAMES = {"raptorflow_access", "raptorflow_refresh"}


def set_by(answer: Response) -> dict[str, Morsel[str]]:
    """The cookies that an answer sets, with their attributes."""
    jar: SimpleCookie = SimpleCookie()
    for line in answer.headers.get("set-cookie", "").split(COOKIE_SEPARATOR):
        jar.load(line)
    return dict(jar)


def send(customer: HttpCustomer, method: str, path: str, cookies: dict[str, str], body: bytes = b"") -> Response:
    """A request with these cookies, as a form or a link of this site makes it."""
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
    if body:
        headers |= {"origin": customer.routes.base_url, "content-type": "application/x-www-form-urlencoded"}
    return customer.transport.send(Request(method, f"{customer.routes.base_url}{path}", headers, body or None))


def log_in(customer: HttpCustomer) -> Response:
    """Logs in by the form; the answer that sets the cookies."""
    entry = urlencode({"email": customer.identity.email, "password": customer.identity.password}).encode()
    return send(customer, "POST", "/login", {}, entry)


def refresh(customer: HttpCustomer, token: str) -> Response:
    """Trade a refresh token for new ones."""
    return customer.call("POST", "refresh", {"refresh_token": token})
