"""Two customers of one database, each with rows in every table."""

from __future__ import annotations

import secrets

from core.contract import FEATURES
from drivers.errors import require
from drivers.http import HttpCustomer
from fixtures.customers import Customers


def leave_rows_everywhere(customers: Customers) -> HttpCustomer:
    """A customer who paid, finished onboarding, used every feature, invited somebody and was refunded a rupee."""
    customer = customers.a_customer_with_a_manifest()
    for feature in FEATURES:
        customer.generate(feature)
    wish = {"email": customers.stranger().identity.email, "role": "member"}
    require(customer.call("POST", "members", wish, workspace=customer.workspace_id), "invite", 202)
    payment = customer.payment.id if customer.payment else None
    key = {"idempotency-key": secrets.token_hex(8)}
    require(customer.call("POST", "refunds", {"amount": 100}, payment=payment, headers=key), "refund", 200, 201, 202)
    customer.wait_for_payment("partially_refunded")
    return customer
