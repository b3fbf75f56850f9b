"""Signing up gives a person everything at once, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import psycopg
import pytest

from drivers.httpx_transport import HttpxTransport
from fixtures.customers import Customers
from fixtures.witnesses import Witnesses
from stack.slice import Slice
from tests.support.problems import refused
from tests.support.together import together

pytestmark = pytest.mark.requirement("AUTH-2")


@pytest.mark.promise("AUTH-4.1", "AUTH-3.1")
@pytest.mark.requirement("AUTH-1", "AUTH-3", "AUTH-4")
def test_signup__makes_the_whole_account(customers: Customers, witnesses: Witnesses) -> None:
    """A signup leaves one user with a number, one profile, one workspace and its owner; the answer says the same."""
    customer = customers.a_new_customer()

    sight = witnesses.of(customer)

    assert sight.account() == []
    assert sight.rows.identification_number == customer.identification_number
    assert sight.rows.workspace_id == customer.workspace_id


@pytest.mark.promise("AUTH-1.6", "AUTH-4.2")
@pytest.mark.requirement("AUTH-1", "AUTH-4")
def test_identification_number__is_in_every_answer(customers: Customers) -> None:
    """The number that signup gave is the one that me says, and the workspace's slug ends in it."""
    customer = customers.a_new_customer()

    said = customer.call("GET", "me").json()

    assert said["user"]["identification_number"] == said["identification_number"] == customer.identification_number
    assert said["workspace"]["owner_identification_number"] == customer.identification_number
    assert said["workspace"]["slug"].endswith(customer.identification_number)


@pytest.mark.promise("AUTH-1.1")
@pytest.mark.requirement("AUTH-1")
def test_identification_numbers__grow(customers: Customers) -> None:
    """Who comes later has a higher number, from U100000 on."""
    numbers = [int(customers.a_new_customer().identification_number.removeprefix("U")) for _ in range(3)]

    assert numbers == sorted(set(numbers))
    assert numbers[0] >= 100_000


@pytest.mark.promise("AUTH-2.3", "AUTH-2.4")
def test_one_address_at_once__makes_one_account(customers: Customers, witnesses: Witnesses) -> None:
    """Of fifty signups for one address at the same moment, in mixed case, one succeeds and leaves one account."""
    stranger = customers.stranger()
    body = {"email": stranger.identity.email, "password": stranger.identity.password}
    shouted = body | {"email": stranger.identity.email.upper()}

    answers = together(50, lambda n: customers.nobody().call("POST", "signup", shouted if n % 2 else body))

    assert Counter(answer.status for answer in answers) == {201: 1, 409: 49}
    assert {answer.json()["code"] for answer in answers if answer.status == 409} == {"EMAIL_TAKEN"}
    customer = customers.nobody()
    customer._identity = stranger.identity
    assert witnesses.of(customer).account() == []


SABOTAGE = """
create function private.fail() returns trigger language plpgsql as $$
    begin raise exception 'a secret of the schema, in %', tg_relid::regclass; end $$;
grant execute on function private.fail() to public;
"""


@pytest.mark.promise("AUTH-2.2", "BCM-17.18")
@pytest.mark.requirement("AUTH-3", "AUTH-4", "BCM-17")
def test_failure_half_way__leaves_nothing_and_tells_nothing(
    make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """Whichever row of a new account cannot be written, there is none of the others, and nothing of the database
    is in the answer; afterwards the address is still free.
    """
    own = make_slice()
    customers = Customers(own.system, transport, "half-way")
    identity = customers.stranger().identity
    body = {"email": identity.email, "password": identity.password}
    rows = "select (select count(*) from auth.users), (select count(*) from public.users), "
    rows += "(select count(*) from profiles), (select count(*) from workspaces), (select count(*) from auth.sessions)"

    with psycopg.connect(str(own.system.database_dsn), autocommit=True) as database:
        database.execute(SABOTAGE.encode())
        for table in ("public.profiles", "public.workspaces", "public.workspace_members", "auth.sessions"):
            database.execute(
                f"create trigger fail before insert on {table} for each row execute function private.fail()"
            )
            answer = customers.nobody().call("POST", "signup", body, headers={"connection": "close"})
            database.execute(f"drop trigger fail on {table}")

            refused(answer, 500, "INTERNAL_ERROR")
            assert not any(
                word in answer.text for word in ("secret", table.partition(".")[2], "Exception", "Traceback")
            )
            assert database.execute(rows.encode()).fetchone() == (0, 0, 0, 0, 0), table

    customers.nobody().sign_up(identity)


@pytest.mark.promise("AUTH-2.21")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "body.email"),
        ({"email": "a@b"}, "body.email"),
        ({"email": 7}, "body.email"),
        ({"password": "seven77"}, "body.password"),
        ({"password": "p" * 129}, "body.password"),
        ({"password": "with\x00nul-byte"}, "body.password"),
        ({"full_name": "n" * 201}, "body.full_name"),
        ({"identification_number": "U1"}, "body.identification_number"),
    ],
)
def test_bad_field__is_named(customers: Customers, witnesses: Witnesses, change: dict[str, object], field: str) -> None:
    """A bad field is answered by a 422 that names it, and nobody has been signed up."""
    identity = customers.stranger().identity
    body = {"email": identity.email, "password": identity.password} | change

    document = refused(customers.nobody().call("POST", "signup", body), 422, "INVALID_INPUT")

    assert [error["field"] for error in document["errors"]] == [field]
    assert witnesses.database.customer(identity.email) is None


@pytest.mark.promise("AUTH-3.2")
@pytest.mark.requirement("AUTH-3")
def test_profile__changes_only_what_is_given(customers: Customers) -> None:
    """A changed field is changed, the others stay, and null empties one."""
    customer = customers.a_new_customer()

    customer.call("PATCH", "profile", {"company": "Acme", "phone": "+91 98765 43210"})
    said = customer.call("PATCH", "profile", {"phone": None}).json()

    assert said == {"full_name": customer.identity.full_name, "company": "Acme", "phone": None}
    assert customer.call("GET", "me").json()["profile"] == said


@pytest.mark.promise("AUTH-3.3")
@pytest.mark.requirement("AUTH-3")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"full_name": "n" * 201}, "full_name"),
        ({"company": "c" * 201}, "company"),
        ({"company": "nul\x00byte"}, "company"),
        ({"phone": "+" * 33}, "phone"),
        ({"phone": "call me"}, "phone"),
        ({"email": "other@example.com"}, "email"),
        ({"identification_number": "U1"}, "identification_number"),
    ],
)
def test_bad_change_of_profile__is_named(customers: Customers, change: dict[str, object], field: str) -> None:
    """A bad field of the profile is answered by a 422 that names it, and nothing has changed."""
    customer = customers.a_new_customer()
    before = customer.call("GET", "me").json()

    document = refused(customer.call("PATCH", "profile", {"company": "Acme"} | change), 422, "INVALID_INPUT")

    assert [error["field"] for error in document["errors"]] == [f"body.{field}"]
    assert customer.call("GET", "me").json() == before
