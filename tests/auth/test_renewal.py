"""A renewal whose answer got lost may be asked for again; what was stolen ends the session all the same."""

from __future__ import annotations

import psycopg
import pytest

from drivers.http import HttpCustomer
from drivers.transport import Response
from fixtures.customers import Customers
from fixtures.gateway import Clock
from fixtures.stack import need
from stack.system import System
from tests.support.problems import refused
from tests.support.sessions import NAMES, log_in, refresh, send, set_by
from tests.support.together import meeting

pytestmark = pytest.mark.requirement("AUTH-5")
THE_SESSION = "select from auth.sessions s join auth.users u on u.id = s.user_id where u.email = %s for update of s"
Cookies = dict[str, str]


def renewed(answer: Response) -> Cookies:
    """The cookies that an answer sets."""
    return {name: each.value for name, each in set_by(answer).items()}


def look(customer: HttpCustomer, cookies: Cookies) -> Response:
    """Open a page that needs a session."""
    return send(customer, "GET", "/billing", cookies)


def must_log_in(answer: Response) -> bool:
    """Whether a page leads to the login."""
    return answer.status == 303 and answer.headers["location"].startswith("/login")


@pytest.mark.promise("AUTH-5.7")
def test_lost_answer__asked_again_gives_the_same_successor(customers: Customers, clock: Clock) -> None:
    """However often and however late it is asked again, the token gives the same successor, which works."""
    customer = customers.a_new_customer()
    first = refresh(customer, customer.refresh_token).json()["refresh_token"]

    for _ in range(3):
        clock.advance(86_400)
        again = refresh(customer, customer.refresh_token).json()
        assert again["refresh_token"] == first

    customer.access_token = again["access_token"]
    assert customer.me().email == customer.identity.email
    assert refresh(customer, first).status == 200


@pytest.mark.promise("AUTH-5.7")
def test_lost_answers_in_a_row__each_is_asked_again(customers: Customers) -> None:
    """A client that loses every first answer renews ten times, and its session lives."""
    customer = customers.a_new_customer()
    token = customer.refresh_token

    for _ in range(10):
        lost, token = refresh(customer, token).json(), refresh(customer, token).json()["refresh_token"]
        assert lost["refresh_token"] == token

    customer.access_token = refresh(customer, token).json()["access_token"]
    assert customer.me().email == customer.identity.email


@pytest.mark.promise("AUTH-5.6", "AUTH-5.7")
@pytest.mark.parametrize("used", ["refresh token", "access token"])
def test_answer_that_was_used__is_not_given_again(customers: Customers, used: str) -> None:
    """Once either token of the answer was seen it was not lost: the old refresh token then ends the whole family."""
    customer = customers.a_new_customer()
    answer = refresh(customer, customer.refresh_token).json()
    newest = answer
    if used == "refresh token":
        newest = refresh(customer, answer["refresh_token"]).json()
    else:
        customer.access_token = answer["access_token"]
        customer.me()

    refused(refresh(customer, customer.refresh_token), 401, "UNAUTHENTICATED")

    refused(refresh(customer, newest["refresh_token"]), 401, "UNAUTHENTICATED")
    customer.access_token = newest["access_token"]
    refused(customer.call("GET", "me"), 401, "UNAUTHENTICATED")


@pytest.mark.promise("AUTH-5.7")
def test_access_token_from_before__does_not_use_the_answer(customers: Customers) -> None:
    """Requests that go on with the access token from before the renewal say nothing of its answer: it can be lost."""
    customer = customers.a_new_customer()
    first = refresh(customer, customer.refresh_token).json()["refresh_token"]

    customer.me()

    assert refresh(customer, customer.refresh_token).json()["refresh_token"] == first


@pytest.mark.promise("AUTH-5.6")
def test_older_than_the_last__ends_the_family(customers: Customers) -> None:
    """Two renewals ago is no lost answer, even when the last one was not used."""
    customer = customers.a_new_customer()
    first = refresh(customer, customer.refresh_token).json()["refresh_token"]
    second = refresh(customer, first).json()["refresh_token"]

    refused(refresh(customer, customer.refresh_token), 401, "UNAUTHENTICATED")

    refused(refresh(customer, second), 401, "UNAUTHENTICATED")


@pytest.mark.promise("AUTH-5.14")
def test_asked_at_once__one_successor(customers: Customers, system: System) -> None:
    """Four renewals that meet at the session get one successor, and the session lives on."""
    customer = customers.a_new_customer()

    answers = meeting(
        4, lambda _: refresh(customer, customer.refresh_token), system, THE_SESSION, customer.identity.email
    )

    assert {answer.status for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert refresh(customer, answers[0].json()["refresh_token"]).status == 200


@pytest.mark.promise("AUTH-5.8")
def test_logged_out__a_lost_answer_is_not_given(customers: Customers) -> None:
    """After logout the token of a lost answer's renewal gives nothing."""
    customer = customers.a_new_customer()
    token = customer.refresh_token
    refresh(customer, token)

    customer.log_out()

    refused(refresh(customer, token), 401, "UNAUTHENTICATED")


@pytest.mark.promise("AUTH-5.7")
def test_expired__a_lost_answer_is_not_given(customers: Customers, clock: Clock) -> None:
    """The token that was renewed ends when it would have ended; its successor keeps its own month."""
    customer = customers.a_new_customer()
    clock.advance(2_591_000)
    successor = refresh(customer, customer.refresh_token).json()["refresh_token"]

    clock.advance(1_001)

    refused(refresh(customer, customer.refresh_token), 401, "UNAUTHENTICATED")
    assert refresh(customer, successor).status == 200


def test_successor__is_kept_nowhere(customers: Customers, system: System) -> None:
    """Whoever steals the database has no token: the successor is made anew from the key, not kept for asking again."""
    customer = customers.a_new_customer()
    answer = refresh(customer, customer.refresh_token).json()

    with psycopg.connect(need(system.database_dsn, "a database to look into")) as database:
        kept = str(database.execute("select s, u from auth.sessions s join auth.users u on true").fetchall())

    assert customer.user_id in kept
    assert not [token for token in answer.values() if isinstance(token, str) and token[-40:] in kept]


@pytest.mark.promise("AUTH-5.7")
@pytest.mark.parametrize("later", [0, 20, 3_601], ids=["at once", "after 20 s", "after an hour"])
def test_page_whose_answer_got_lost__opens_again(customers: Customers, clock: Clock, later: int) -> None:
    """A browser that never got its renewed cookies reloads the page, at once or an hour later, and stays logged in."""
    customer = customers.a_new_customer()
    cookies = renewed(log_in(customer))
    clock.advance(3_601)
    lost = renewed(look(customer, cookies))

    clock.advance(later)
    answer = look(customer, cookies)

    assert answer.status == 200
    assert renewed(answer)["raptorflow_refresh"] == lost["raptorflow_refresh"]
    assert look(customer, renewed(answer)).status == 200


@pytest.mark.promise("AUTH-5.6")
def test_page_with_cookies_that_were_renewed_and_used__ends_the_session(customers: Customers, clock: Clock) -> None:
    """Cookies from before a renewal that was used are stolen ones: both who has them and the session are out."""
    customer = customers.a_new_customer()
    stolen = renewed(log_in(customer))
    clock.advance(3_601)
    own = renewed(look(customer, stolen))
    assert look(customer, own).status == 200

    clock.advance(11)

    assert must_log_in(look(customer, stolen))
    assert must_log_in(look(customer, own))


@pytest.mark.promise("AUTH-5.14")
def test_tab_that_was_slower__opens_and_gets_nothing(customers: Customers, clock: Clock) -> None:
    """A request sent with the old cookies that arrives when another tab uses the new ones opens its page, without
    cookies of its own, and the session lives on.
    """
    customer = customers.a_new_customer()
    cookies = renewed(log_in(customer))
    clock.advance(3_601)
    own = renewed(look(customer, cookies))
    look(customer, own)

    slower = look(customer, cookies)

    assert (slower.status, renewed(slower)) == (200, {})
    assert look(customer, own).status == 200
    assert own.keys() == NAMES
