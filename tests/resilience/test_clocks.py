"""The clock of one process is off: what the database holds decides, not the reader's clock."""

from __future__ import annotations

import pytest

from fixtures.customers import Customers
from stack.slice import Slice
from tests.support.slices import clock_file


@pytest.mark.promise("PAY-9.19")
@pytest.mark.requirement("PAY-9")
@pytest.mark.parametrize("behind_s", [2, 55])
def test_reader_whose_clock_is_behind__gives_access_at_once(own: Slice, customers: Customers, behind_s: int) -> None:
    """Who was told that the payment is completed has access with the next request, at a process whose clock is up to a
    minute behind the one that settled it.
    """
    customer = customers.a_paid_customer()

    clock_file(own).write_text(str(-behind_s))

    assert customer.call("GET", "me").json()["needs_payment"] is False
    assert customer.call("GET", "subscription").json()["subscription"]["status"] == "active"
    assert customer.call("POST", "session").status == 201
