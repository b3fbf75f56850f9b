"""Subscriptions as a merchant's server sets them up and charges them."""

from __future__ import annotations

from typing import Any

import httpx

from tests.phonepe.shop import Shop, new_id

DAY_S = 86_400


def setup(shop: Shop, name: str, vpa: str = "success@ybl", **changes: Any) -> httpx.Response:
    """Set a subscription up by a collect request."""
    flow = {
        "type": "SUBSCRIPTION_SETUP",
        "merchantSubscriptionId": name,
        "authWorkflowType": "TRANSACTION",
        "amountType": "FIXED",
        "maxAmount": 50_000,
        "frequency": "MONTHLY",
        "paymentMode": {"type": "UPI_COLLECT", "details": {"type": "VPA", "vpa": vpa}},
    }
    document = {"merchantOrderId": new_id(), "amount": 50_000, "paymentFlow": flow | changes}
    response = shop.call("POST", "/subscriptions/v2/setup", document)
    shop.advance(0.001)
    return response


def notify(shop: Shop, subscription: str, name: str, amount: int = 50_000, **changes: Any) -> httpx.Response:
    """Announce a debit."""
    flow = {"type": "SUBSCRIPTION_REDEMPTION", "merchantSubscriptionId": subscription} | changes
    meta = {f"udf{number}": "x" for number in range(1, 5)}
    document = {"merchantOrderId": name, "amount": amount, "paymentFlow": flow, "metaInfo": meta}
    response = shop.call("POST", "/subscriptions/v2/notify", document)
    shop.advance(0.001)
    return response


def redeem(shop: Shop, name: str) -> httpx.Response:
    """Execute a debit."""
    response = shop.call("POST", "/subscriptions/v2/redeem", {"merchantOrderId": name})
    shop.advance(0.001)
    return response


def state(shop: Shop, subscription: str) -> str:
    """The subscription's state."""
    return str(shop.call("GET", f"/subscriptions/v2/{subscription}/status").json()["state"])
