"""The payment gateway as the second RaptorFlow speaks with it: three calls, by hand, without PhonePe's SDK."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen


class Gateway:
    """One merchant's account; a new token for every call."""

    def __init__(self, address: str, client_id: str, client_secret: str) -> None:
        self._address = address
        self._login = {"client_id": client_id, "client_secret": client_secret, "client_version": "1"}

    def begin(self, order: str, amount: int, back: str) -> str:
        """Opens an order; the address of the page where it is paid."""
        flow = {"type": "PG_CHECKOUT", "merchantUrls": {"redirectUrl": back}}
        said = self._call("/checkout/v2/pay", {"merchantOrderId": order, "amount": amount, "paymentFlow": flow})
        return str(said["redirectUrl"])

    def ask(self, order: str) -> tuple[str, int]:
        """What became of an order: its state, and how much it was."""
        said = self._call(f"/checkout/v2/order/{order}/status")
        return str(said["state"]), int(said["amount"])

    def _call(self, path: str, body: Any = None) -> Any:
        token = self._send("/v1/oauth/token", urlencode({**self._login, "grant_type": "client_credentials"}).encode())
        headers = {"authorization": f"O-Bearer {token['access_token']}", "content-type": "application/json"}
        return self._send(path, None if body is None else json.dumps(body).encode(), headers)

    def _send(self, path: str, body: bytes | None, headers: dict[str, str] | None = None) -> Any:
        with urlopen(Request(self._address + path, body, headers or {}), timeout=20) as answer:  # noqa: S310
            return json.load(answer)
