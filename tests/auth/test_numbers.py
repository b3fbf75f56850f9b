"""Identification numbers: one for each person, for good, however many there are."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from drivers.httpx_transport import HttpxTransport
from fixtures.customers import Customers
from fixtures.stack import need
from stack.slice import Slice
from stack.system import System
from tests.support.together import together

pytestmark = pytest.mark.requirement("AUTH-1")


@pytest.mark.promise("AUTH-1.5")
def test_past_999999__numbers_grow_longer(make_slice: Callable[..., Slice], transport: HttpxTransport) -> None:
    """The millionth number has a digit more, and is as unique as the ones before; the last possible one still fits."""
    system = make_slice().system
    customers, numbers = Customers(system, transport, "many"), list[str]()

    with psycopg.connect(str(system.database_dsn), autocommit=True) as database:
        for latest in (999_998, 9_999_999, 2**63 - 2):
            database.execute("select setval('public.user_id_seq', %s)", (latest,))
            numbers += [customers.a_new_customer().identification_number for _ in range(2 if latest < 2**62 else 1)]

    assert numbers == ["U999999", "U1000000", "U10000000", "U10000001", f"U{2**63 - 1}"]
    assert max(map(len, numbers)) <= 20


@pytest.mark.promise("AUTH-1.2")
def test_strangers_at_once__each_get_their_own(customers: Customers) -> None:
    """Of twenty people who sign up at the same moment each has an account, and a number that nobody else has."""
    identities = [customers.stranger().identity for _ in range(20)]

    def sign_up(number: int) -> str:
        customer = customers.nobody()
        customer.sign_up(identities[number])
        return customer.identification_number

    assert len(set(together(20, sign_up))) == 20


@pytest.mark.promise("AUTH-1.3")
def test_assigned_number__stays(customers: Customers, system: System) -> None:
    """Not even the database's superuser gives somebody another number by accident."""
    customer = customers.a_new_customer()

    with (
        psycopg.connect(need(system.database_dsn, "a database to try it in")) as database,
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="assigned once"),
    ):
        database.execute("update public.users set identification_number = 'U1' where id = %s", (customer.user_id,))

    assert customer.me().identification_number == customer.identification_number
