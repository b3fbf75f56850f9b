"""Sessions rotate, end at once, and are not fooled by tokens."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from fixtures.customers import Customers
from fixtures.gateway import Clock
from fixtures.stack import need
from stack.system import System
from tests.support.problems import refused
from tests.support.sessions import refresh

pytestmark = pytest.mark.requirement("AUTH-5")


@pytest.mark.promise("AUTH-5.5")
def test_refresh__gives_tokens_that_work(customers: Customers) -> None:
    """A refresh token gives a new pair, and both work."""
    customer = customers.a_new_customer()

    token = customer.refresh_token
    for _ in range(2):
        answer = refresh(customer, token).json()
        customer.access_token, token = answer["access_token"], answer["refresh_token"]

        assert customer.me().email == customer.identity.email


@pytest.mark.promise("AUTH-5.6")
def test_old_refresh_token__ends_the_family(customers: Customers) -> None:
    """A refresh token from before the last ends the session: the newest tokens of it are refused as well."""
    customer = customers.a_new_customer()
    newest = refresh(customer, refresh(customer, customer.refresh_token).json()["refresh_token"]).json()

    refused(refresh(customer, customer.refresh_token), 401, "UNAUTHENTICATED")

    refused(refresh(customer, newest["refresh_token"]), 401, "UNAUTHENTICATED")
    customer.access_token = newest["access_token"]
    refused(customer.call("GET", "me"), 401, "UNAUTHENTICATED")


@pytest.mark.promise("AUTH-5.8", "AUTH-2.19")
def test_logout__ends_this_session_only(customers: Customers) -> None:
    """After logout none of the session's tokens counts; the same person's other device stays logged in."""
    customer = customers.a_new_customer()
    other = customer.at_another_device()
    other.log_in()
    access, token = customer.access_token, customer.refresh_token

    customer.log_out()

    customer.access_token = access
    refused(customer.call("GET", "me"), 401, "UNAUTHENTICATED")
    refused(refresh(customer, token), 401, "UNAUTHENTICATED")
    assert other.me().email == customer.identity.email


def test_access_token__expires(customers: Customers, clock: Clock) -> None:
    """An hour later the access token is refused and the refresh token still works; a month later neither does."""
    customer = customers.a_new_customer()

    clock.advance(3601)
    refused(customer.call("GET", "me"), 401, "UNAUTHENTICATED")
    newest = refresh(customer, customer.refresh_token).json()["refresh_token"]
    clock.advance(2_592_001)
    refused(refresh(customer, newest), 401, "UNAUTHENTICATED")


FORGERIES: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "anon"},
    "another issuer": {"iss": "elsewhere"},
    "expired": {"exp": 1},
    "no expiry": {"exp": None},
    "another role": {"role": "service_role"},
    "no subject": {"sub": None},
    "a subject that is no uuid": {"sub": "admin"},
    "no session": {"session_id": None},
    "a session that never was": {"session_id": "00000000-0000-4000-8000-000000000000"},
}


@pytest.mark.promise("AUTH-2.16")
@pytest.mark.requirement("AUTH-2")
@pytest.mark.parametrize("forgery", FORGERIES)
def test_token_with_other_claims__is_refused(customers: Customers, system: System, forgery: str) -> None:
    """Even with the right key a token whose claims are not the session's own is refused."""
    customer = customers.a_new_customer()
    secret = need(system.jwt_secret, "the key of its tokens")
    claims = jwt.decode(customer.access_token, options={"verify_signature": False})
    forged = {name: value for name, value in (claims | FORGERIES[forgery]).items() if value is not None}

    customer.access_token = jwt.encode(forged, secret, algorithm="HS256")

    refused(customer.call("GET", "me"), 401, "UNAUTHENTICATED")


@pytest.mark.promise("AUTH-2.15", "AUTH-2.17")
@pytest.mark.requirement("AUTH-2")
@pytest.mark.parametrize("way", ["unsigned", "another key", "HS512", "refresh token", "nonsense"])
def test_token_signed_otherwise__is_refused(customers: Customers, system: System, way: str) -> None:
    """No signature, another key, another algorithm or the wrong kind of token: 401."""
    customer = customers.a_new_customer()
    claims = jwt.decode(customer.access_token, options={"verify_signature": False})
    secret = need(system.jwt_secret, "the key of its tokens")
    customer.access_token = {
        "unsigned": jwt.encode(claims, "", algorithm="none"),
        "another key": jwt.encode(claims, "k" * 64, algorithm="HS256"),
        "HS512": jwt.encode(claims, secret.ljust(64, "x"), algorithm="HS512"),
        "refresh token": customer.refresh_token,
        "nonsense": "x.y.z",
    }[way]

    refused(customer.call("GET", "me"), 401, "UNAUTHENTICATED")


@pytest.mark.promise("AUTH-2.20")
@pytest.mark.requirement("AUTH-2")
def test_own_token__is_shaped_as_supabase_does(customers: Customers) -> None:
    """The claims that other services read are there."""
    customer = customers.a_new_customer()

    claims = jwt.decode(customer.access_token, options={"verify_signature": False})

    assert (claims["aud"], claims["role"], claims["email"]) == (
        "authenticated",
        "authenticated",
        customer.identity.email,
    )
    assert claims["sub"] == customer.user_id
    assert claims["exp"] - claims["iat"] == 3600
    assert {"iss", "session_id"} <= claims.keys()
