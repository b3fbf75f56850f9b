"""The session in a browser's cookies: what they look like, and how they live on when the access token has run out."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from drivers.httpx_transport import HttpxTransport
from drivers.transport import Request
from fixtures.customers import Customers
from fixtures.gateway import Clock
from stack.slice import Slice
from tests.support.problems import refused
from tests.support.sessions import NAMES, log_in, send, set_by
from tests.support.together import together

pytestmark = pytest.mark.requirement("AUTH-5")
THIRTY_DAYS_S = 30 * 24 * 3600


@pytest.mark.promise("AUTH-5.1")
def test_cookies__are_kept_from_scripts_and_other_sites(customers: Customers) -> None:
    """Both cookies are HttpOnly and SameSite=Lax, for the whole site and thirty days; over http they are not Secure."""
    cookies = set_by(log_in(customers.a_new_customer()))

    seen = {(name, each["httponly"], each["samesite"], each["path"], each["secure"]) for name, each in cookies.items()}

    assert seen == {(name, True, "Lax", "/", "") for name in NAMES}
    assert {each["max-age"] for each in cookies.values()} == {str(THIRTY_DAYS_S)}


@pytest.mark.promise("AUTH-5.2")
def test_over_https__cookies_are_secure(make_slice: Callable[..., Slice], transport: HttpxTransport) -> None:
    """A site that people reach over https sets cookies that no plain connection carries."""
    customers = Customers(make_slice(PUBLIC_URL="https://raptorflow.example").system, transport, "secure")
    identity = customers.a_new_customer().identity
    entry = urlencode({"email": identity.email, "password": identity.password}).encode()
    headers = {"origin": "https://raptorflow.example", "content-type": "application/x-www-form-urlencoded"}

    answer = transport.send(Request("POST", f"{customers.system.base_url}/login", headers, entry))

    assert {(name, each["secure"]) for name, each in set_by(answer).items()} == {(name, True) for name in NAMES}


@pytest.mark.promise("AUTH-5.4")
def test_access_token_run_out__fresh_cookies_are_on_the_answer(customers: Customers, clock: Clock) -> None:
    """An hour later a page opens with the old cookies, brings new ones, and those carry through the next hour, too."""
    customer = customers.a_new_customer()
    cookies = {name: each.value for name, each in set_by(log_in(customer)).items()}

    for _ in range(2):
        clock.advance(3601)
        answer = send(customer, "GET", "/billing", cookies)
        renewed = {name: each.value for name, each in set_by(answer).items()}

        assert (answer.status, set(renewed)) == (200, NAMES)
        assert all(renewed[name] != cookies[name] for name in NAMES)
        cookies = renewed


@pytest.mark.promise("AUTH-5.14")
def test_two_tabs_renew_at_once__both_stay(customers: Customers, clock: Clock) -> None:
    """Ten tabs that find the access token run out at the same moment all open, and the session lives on."""
    customer = customers.a_new_customer()
    cookies = {name: each.value for name, each in set_by(log_in(customer)).items()}
    clock.advance(3601)

    answers = together(10, lambda _: send(customer, "GET", "/billing", cookies))

    assert {answer.status for answer in answers} == {200}
    latest = [{name: each.value for name, each in set_by(answer).items()} for answer in answers]
    assert len({cookies["raptorflow_refresh"] for cookies in latest}) == 1, "the session was renewed once"
    assert {send(customer, "GET", "/billing", cookies).status for cookies in latest} == {200}


@pytest.mark.promise("AUTH-2.23")
def test_bearer_and_cookie__the_bearer_counts(customers: Customers) -> None:
    """A request with a cookie and a bearer token is the bearer's; a bad bearer is not made good by a cookie."""
    customer, other = customers.a_new_customer(), customers.a_new_customer()
    cookie = "; ".join(f"{name}={each.value}" for name, each in set_by(log_in(customer)).items())

    said = other.call("GET", "me", headers={"cookie": cookie}).json()

    assert said["user"]["id"] == other.user_id
    other.access_token = "x.y.z"
    refused(other.call("GET", "me", headers={"cookie": cookie}), 401, "UNAUTHENTICATED")
