"""What tests of the gateway do through PhonePe's SDKs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.phonepe.clients import Client, ClientError
from tests.phonepe.shop import REDIRECT, Order, Shop, new_id


def pay(sdk: Client, shop: Shop, name: str, amount: int = 5_000, **changes: Any) -> Any:
    """Pay by standard checkout."""
    return sdk.call(
        shop, "standard", "pay", "pay", merchant_order_id=name, amount=amount, redirect_url=REDIRECT, **changes
    )


def paid(sdk: Client, shop: Shop, **entries: str) -> str:
    """An order that the SDK made and a payer paid."""
    name = new_id()
    Order(shop, name, pay(sdk, shop, name)["redirect_url"]).submit(**(entries or {"upi_id": "success@ybl"}))
    return name


def refused(sdk: Client, shop: Shop, *call: Any, **arguments: Any) -> tuple[str, int, str]:
    """The error that a call raises."""
    with pytest.raises(ClientError) as caught:
        sdk.call(shop, *call, **arguments)
    return caught.value.name, caught.value.status, caught.value.code


CARD = {
    "auth_mode": "3DS",
    "encryption_key_id": 1,
    "encrypted_cvv": "x",
    "expiry_month": "12",
    "expiry_year": "2027",
    "redirect_url": REDIRECT,
}


MODES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "intent": ({"device_os": "IOS", "target_app": "PHONEPE"}, {"intent_url"}),
    "qr": ({}, {"intent_url", "qr_data"}),
    "collect": ({"vpa": "success@ybl", "message": "Hello"}, set()),
    "collect_phone": ({"phone_number": "9999999999", "message": "Hello"}, set()),
    "net_banking": ({"bank_id": "SBIN", "redirect_url": REDIRECT}, {"redirect_url"}),
    "card": (CARD | {"encrypted_card_number": "x", "card_holder_name": "A Payer"}, {"redirect_url"}),
    "token": (CARD | {"encrypted_token": "x", "cryptogram": "x", "pan_suffix": "1234"}, {"redirect_url"}),
}


TERMS = {
    "auth_workflow_type": "TRANSACTION",
    "amount_type": "FIXED",
    "frequency": "MONTHLY",
    "max_amount": 50_000,
    "amount": 50_000,
}
