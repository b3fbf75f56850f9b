"""Logging in, and what a guesser meets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.transport import Response
from fixtures.customers import Customers
from fixtures.gateway import Clock
from fixtures.stack import a_redis, need_it_here
from stack.embedded import Stack
from stack.slice import Slice
from tests.support.door import Door
from tests.support.problems import refused
from tests.support.together import together

pytestmark = pytest.mark.requirement("AUTH-2")
WRONG = "not the password"


def guess(customer: HttpCustomer, email: str, password: str = WRONG) -> Response:
    """One attempt to log in."""
    return customer.call("POST", "login", {"email": email, "password": password})


@pytest.mark.promise("AUTH-2.8")
def test_login__by_any_spelling_of_the_address(customers: Customers) -> None:
    """An address counts whatever its case, and login answers with the same person as signup."""
    customer = customers.a_new_customer()

    said = guess(customers.nobody(), customer.identity.email.upper(), customer.identity.password).json()

    assert said["user"]["id"] == customer.user_id
    assert said["workspace"]["id"] == customer.workspace_id


@pytest.mark.promise("AUTH-2.9")
def test_wrong_password__same_words_as_unknown_address(customers: Customers) -> None:
    """Nobody learns from the answer whether an address has an account."""
    known = refused(guess(customers.nobody(), customers.a_new_customer().identity.email), 401, "INVALID_CREDENTIALS")
    unknown = refused(guess(customers.nobody(), customers.stranger().identity.email), 401, "INVALID_CREDENTIALS")

    assert {**known, "request_id": ""} == {**unknown, "request_id": ""}


@pytest.mark.promise("AUTH-2.10")
def test_unknown_address__costs_one_verification_too(
    make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """With a password that takes long to verify, an unknown address is answered no sooner than a known one."""
    customers = Customers(make_slice(ARGON2_MEMORY_KIB="32768", ARGON2_TIME_COST="2").system, transport, "slow")
    known, unknown = customers.a_new_customer().identity.email, customers.stranger().identity.email
    took: dict[str, list[float]] = {known: [], unknown: []}

    for _ in range(4):
        for email, times in took.items():
            times.append(guess(customers.nobody(), email).elapsed_s)

    assert min(took[unknown]) > 0.2 * min(took[known]), took


@pytest.mark.promise("AUTH-2.13", "AUTH-2.14")
def test_redis_down__failures_are_counted(
    stack: Stack, make_slice: Callable[..., Slice], transport: HttpxTransport, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Without Redis ten failures close the address all the same, and no other one."""
    need_it_here(stack)
    with Door(tmp_path_factory.mktemp("r") / "s") as door:
        customers = Customers(make_slice(REDIS_URL=door.open(a_redis(stack))).system, transport, "throttled")
        customer, other = customers.a_new_customer(), customers.a_new_customer()

    for _ in range(10):
        refused(guess(customer, customer.identity.email), 401, "INVALID_CREDENTIALS")

    refused(guess(customer, customer.identity.email, customer.identity.password), 429, "TOO_MANY_ATTEMPTS")
    other.log_in()


@pytest.mark.promise("AUTH-2.11", "AUTH-2.14")
def test_ten_failures__close_the_address_for_five_minutes(customers: Customers, clock: Clock) -> None:
    """After ten failures even the right password is refused, with Retry-After; five minutes later it opens."""
    customer, other = customers.a_new_customer(), customers.a_new_customer()
    for _ in range(10):
        refused(guess(customer, customer.identity.email), 401, "INVALID_CREDENTIALS")

    closed = guess(customer, customer.identity.email.upper(), customer.identity.password)

    refused(closed, 429, "TOO_MANY_ATTEMPTS")
    assert 0 < int(closed.headers["retry-after"]) <= 300
    other.log_in()
    clock.advance(301)
    customer.log_in()


@pytest.mark.promise("AUTH-2.11")
def test_guesses_at_once__are_counted(customers: Customers) -> None:
    """Forty guesses at the same moment do not get much further than ten one after another."""
    customer = customers.a_new_customer()

    answers = together(40, lambda _: guess(customer, customer.identity.email))

    assert sum(answer.status == 401 for answer in answers) <= 12
    assert {answer.status for answer in answers} <= {401, 429}


@pytest.mark.promise("AUTH-2.11")
def test_right_password__forgets_failures(customers: Customers) -> None:
    """Who remembers their password in time starts from nothing again."""
    customer = customers.a_new_customer()
    for _ in range(2):
        for _ in range(9):
            refused(guess(customer, customer.identity.email), 401, "INVALID_CREDENTIALS")
        customer.log_in()
