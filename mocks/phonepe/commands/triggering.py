"""phonepe-mock trigger EVENT: lets an event happen to an order, and so its webhook be sent."""

from __future__ import annotations

import http.client
import json
import secrets
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from ..client import AdminClient, Json, MerchantAccount
from .target import CommandError, merchant_of

OUTCOMES: Final[dict[str, Any]] = {"completed": "success", "failed": {"failure": "PAYMENT_ERROR"}}
MADE_FOR: Final = ("checkout.order.completed", "checkout.order.failed", "pg.order.completed", "pg.order.failed")
"""Events for which an order is made where none is named."""


def trigger(admin: AdminClient, base: str, merchant: str | None, event: str, about: str | None, amount: int) -> None:
    """Let an event happen, and print what it happened to. Raises CommandError, AdminError or OSError.

    An open order is paid, or fails, so that its status fits its webhook; else the webhook alone is sent.
    """
    known = admin.events()
    if event not in known:
        raise CommandError(f"there is no event {event}; there are {', '.join(known)}")
    name = merchant_of(admin, merchant)
    if about is None:
        about = _make(base, admin.merchant(name), event, amount)
    order = next((each for each in admin.ledger(name, "orders")["orders"] if each["merchant_order_id"] == about), None)
    outcome = OUTCOMES.get(event.rpartition(".")[2])
    if order is not None and order["state"] == "PENDING" and outcome is not None and _is_orders(event, order):
        shown = admin.pay(name, about, outcome)
        print(f"{event}: order {about} is {shown['state']}")
        return
    admin.send_webhook(name, event, about)
    print(f"{event}: a webhook about {about} is sent")


def _is_orders(event: str, order: Json) -> bool:
    """Whether an event is what happens to an order of this kind when it ends."""
    prefixes = {
        "PG_CHECKOUT": "checkout.order.",
        "SUBSCRIPTION_CHECKOUT_SETUP": "checkout.order.",
        "SUBSCRIPTION_CHECKOUT_REDEMPTION": "checkout.order.",
        "PG": "pg.order.",
        "V1": "v1.order.",
        "SUBSCRIPTION_SETUP": "subscription.setup.order.",
        "SUBSCRIPTION_REDEMPTION": "subscription.redemption.order.",
    }
    return event.startswith(prefixes[order["flow"]])


def _make(base: str, account: MerchantAccount, event: str, amount: int) -> str:
    """Place an order as the merchant would, and return its id."""
    if event not in MADE_FOR:
        raise CommandError(f"name what {event} is about by --order; an order is made for {', '.join(MADE_FOR)} alone")
    form = {
        "client_id": account.client_id,
        "client_secret": account.client_secret,
        "client_version": account.client_version,
        "grant_type": "client_credentials",
    }
    kind = "application/x-www-form-urlencoded"
    token = _post(base, "/v1/oauth/token", urlencode(form), {"content-type": kind})["access_token"]
    name = f"trigger-{secrets.token_hex(8)}"
    urls = {"redirectUrl": f"{base}/_admin/"}
    flow: Json = {"type": "PG_CHECKOUT", "merchantUrls": urls}
    path = "/checkout/v2/pay"
    if event.startswith("pg."):
        flow, path = {"type": "PG", "paymentMode": {"type": "UPI_INTENT"}, "merchantUrls": urls}, "/payments/v2/pay"
    document = {"merchantOrderId": name, "amount": amount, "paymentFlow": flow}
    headers = {"content-type": "application/json", "authorization": f"O-Bearer {token}"}
    _post(base, path, json.dumps(document), headers)
    return name


def _post(base: str, path: str, body: str, headers: dict[str, str]) -> Json:
    parts = urlsplit(base)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request("POST", parts.path + path, body.encode(), headers)
        response = connection.getresponse()
        answer: Json = json.loads(response.read())
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise CommandError(f"the gateway refused POST {path}: {response.status} {answer.get('message')}")
    return answer
