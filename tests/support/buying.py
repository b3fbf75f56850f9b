"""A buyer's moves that several tests make."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from drivers.http import HttpCustomer
from drivers.transport import Request, Response
from drivers.waiting import until
from fixtures.gateway import Gateway

GLIDE = {"plan": "glide", "billing_cycle": "monthly"}
Document = dict[str, Any]


def buy(customer: HttpCustomer, key: str = "", body: Mapping[str, object] = GLIDE) -> Response:
    """Ask for a payment, with a fresh key if none is given."""
    headers = {"idempotency-key": key or secrets.token_hex(16)}
    return customer.call("POST", "payments", dict(body), headers=headers)


def bought(customer: HttpCustomer, plan: Any = "glide", cycle: Any = "monthly") -> Document:
    """A completed payment, as the API shows it."""
    customer.choose_plan(plan, cycle)
    customer.pay()
    customer.wait_for_payment("completed")
    return shown(customer)


def shown(customer: HttpCustomer) -> Document:
    """The customer's present payment."""
    assert customer.payment is not None
    payment: Document = customer.call("GET", "payment", payment=customer.payment.id).json()["payment"]
    return payment


def subscription(customer: HttpCustomer) -> Document:
    """What `GET /subscription` says."""
    said: Document = customer.call("GET", "subscription").json()
    return said


def settled(customer: HttpCustomer) -> str:
    """The state in which the present payment comes to rest."""
    return until(customer.payment_state, lambda state: state not in ("created", "pending"), "payment settled")


def signature(gateway: Gateway) -> str:
    """What the gateway's webhooks carry in `Authorization`."""
    agreed = gateway.webhook()
    return hashlib.sha256(f"{agreed['username']}:{agreed['password']}".encode()).hexdigest()


def deliver(customer: HttpCustomer, signed: str, body: bytes) -> Response:
    """Post to the webhook what may or may not come from the gateway."""
    headers = {"authorization": signed, "content-type": "application/json"}
    return customer.transport.send(Request("POST", customer.routes.url("webhook"), headers, body, "webhook"))


def event(merchant_order_id: str, state: str = "COMPLETED", amount: int = 700_000, **more: object) -> bytes:
    """A webhook's body about an order."""
    payload = {"merchantOrderId": merchant_order_id, "state": state, "amount": amount, **more}
    return json.dumps({"event": f"checkout.order.{state.lower()}", "payload": payload}).encode()
