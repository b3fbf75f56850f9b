"""Mandates that checkout sets up, and their debits, as a merchant's server asks for them."""

from __future__ import annotations

import time
from typing import Any

import httpx

from tests.phonepe.shop import REDIRECT, Json, Shop, new_id

YEAR_MS = 365 * 86_400_000
AUTOPAY = "SUBSCRIPTION_CHECKOUT_SETUP"


def details(name: str, **changes: Any) -> Json:
    """A subscription's terms as checkout is given them."""
    return {
        "subscriptionType": "RECURRING",
        "merchantSubscriptionId": name,
        "authWorkflowType": "TRANSACTION",
        "amountType": "FIXED",
        "maxAmount": 20_000,
        "frequency": "MONTHLY",
        "productType": "UPI_MANDATE",
        "expireAt": int(time.time() * 1000) + YEAR_MS,
    } | changes


def set_up(shop: Shop, path: str = "/checkout/v2/pay", kind: str = AUTOPAY) -> tuple[str, str, httpx.Response]:
    """Order id, subscription id and answer of a subscription's first order."""
    order, subscription = new_id(), f"S{new_id()[-12:]}"
    flow = {"type": kind, "merchantUrls": {"redirectUrl": REDIRECT}, "subscriptionDetails": details(subscription)}
    response = shop.call("POST", path, {"merchantOrderId": order, "amount": 20_000, "paymentFlow": flow})
    return order, subscription, response


def notify(shop: Shop, path: str, subscription: str, kind: str) -> tuple[str, httpx.Response]:
    """Order id and answer of a debit's announcement."""
    order = new_id()
    flow = {"type": kind, "merchantSubscriptionId": subscription, "redemptionRetryStrategy": "STANDARD"}
    document = {"merchantOrderId": order, "amount": 20_000, "paymentFlow": flow | {"autoDebit": False}}
    return order, shop.call("POST", path, document)
