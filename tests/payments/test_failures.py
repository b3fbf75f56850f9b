"""Why a payment failed, in a code for programs and a sentence for people."""

from __future__ import annotations

import pytest

from fixtures.customers import Customers
from fixtures.gateway import Gateway
from tests.support.buying import settled, shown

pytestmark = pytest.mark.requirement("PAY-10")
CODES = [
    ("INSUFFICIENT_BALANCE", "Z9", "INSUFFICIENT_FUNDS", "not enough money"),
    ("INSUFFICIENT_BALANCE", "U30", "INSUFFICIENT_FUNDS", "not enough money"),
    ("INVALID_MPIN", "ZM", "WRONG_PIN", "PIN"),
    ("AUTHORIZATION_ERROR", "U69", "NOT_AUTHORISED", "not authorised"),
    ("BANK_TECHNICAL_ISSUE", "U90", "BANK_UNAVAILABLE", "bank"),
    ("UPI_BACKBONE_ERROR", "U28", "BANK_UNAVAILABLE", "bank"),
    ("PG_BACKBONE_ERROR", "UPI_1231", "BANK_UNAVAILABLE", "bank"),
    ("TXN_NOT_COMPLETED", "TXN_AUTO_FAILED", "PAYMENT_ABANDONED", "not finished"),
    ("TXN_CANCELLED", "REQUEST_CANCEL_BY_REQUESTER", "PAYMENT_CANCELLED", "cancelled"),
    ("TRANSACTION_LIMIT_EXCEEDED", "U66", "LIMIT_EXCEEDED", "limit"),
    ("PAYMENT_ERROR", "TXN_FAILED", "PAYMENT_DECLINED", "declined"),
    ("PAYMENT_ERROR", "Z9", "INSUFFICIENT_FUNDS", "not enough money"),
    ("NOBODY_HAS_HEARD_OF_IT", "X_1", "PAYMENT_FAILED", "did not succeed"),
]
"""The gateway's pair, our code, and what the sentence must say."""


@pytest.mark.promise("PAY-10.9")
def test_every_error__has_a_code_and_a_sentence(customers: Customers, gateway: Gateway) -> None:
    """Each of the gateway's errors, a new one as well, becomes a code of ours and words without any code in them."""
    customer = customers.a_new_customer()
    told = {}

    for code, detailed, _, _ in CODES:
        gateway.behave(outcome={"failure": code, "detailed": detailed}, webhook={"mode": "lost"})
        customer.choose_plan("glide", "monthly")
        customer.pay("failure")
        assert settled(customer) == "failed"
        told[code, detailed] = shown(customer)["failure"]

    assert {pair: failure["code"] for pair, failure in told.items()} == {(c, d): ours for c, d, ours, _ in CODES}
    for code, detailed, _, words in CODES:
        message = told[code, detailed]["message"]
        assert words in message, message
        assert code not in message, message
        assert "_" not in message, message
