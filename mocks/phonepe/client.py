"""The admin API for Python programs, with the standard library alone: works under gevent and in threads."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

Json = dict[str, Any]

ATTEMPTS = 2
"""A kept-alive connection may have been closed by the server: a second try uses a new one."""


class AdminError(Exception):
    """The admin API refused a call; `document` is its RFC 9457 problem."""

    def __init__(self, status: int, document: Json) -> None:
        super().__init__(f"{status} {document.get('title', '')}: {document.get('detail', '')}".rstrip(": "))
        self.status = status
        self.document = document


@dataclass(frozen=True, slots=True)
class MerchantAccount:
    """A merchant with the credentials that a client of the gateway needs."""

    merchant_id: str
    client_id: str
    client_secret: str
    client_version: int
    salt_key: str
    salt_index: int
    document: Json


class AdminClient:
    """Calls a gateway's admin API; one kept-alive connection a thread. Methods raise AdminError or OSError."""

    def __init__(self, admin_url: str, timeout_s: float = 30.0) -> None:
        parts = urlsplit(admin_url)
        if parts.scheme != "http" or parts.hostname is None:
            raise ValueError(f"admin_url must be http://HOST:PORT/_admin, not {admin_url!r}")
        self._host, self._port = parts.hostname, parts.port or 80
        self._base = parts.path.rstrip("/")
        self._timeout_s = timeout_s
        self._local = threading.local()

    def health(self) -> Json:
        """{"status": "ready"}."""
        return self._call("GET", "/health")

    def create_merchant(
        self,
        *,
        merchant_id: str | None = None,
        name: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        client_version: int | None = None,
        webhook: Mapping[str, str] | None = None,
        behaviour: Mapping[str, Any] | None = None,
        salt_key: str | None = None,
        salt_index: int | None = None,
    ) -> MerchantAccount:
        """A new merchant; `webhook` is {url, username, password}. What is left out is made up."""
        wanted = {
            "merchant_id": merchant_id,
            "name": name,
            "client_id": client_id,
            "client_secret": client_secret,
            "client_version": client_version,
            "webhook": webhook,
            "behaviour": behaviour,
            "salt_key": salt_key,
            "salt_index": salt_index,
        }
        return _account(
            self._call("POST", "/merchants", {key: value for key, value in wanted.items() if value is not None})
        )

    def merchants(self) -> list[Json]:
        """Every merchant's id and name."""
        found: list[Json] = self._call("GET", "/merchants")["merchants"]
        return found

    def unknown_requests(self) -> list[Json]:
        """The newest requests that named no client, token or merchant that is known."""
        found: list[Json] = self._call("GET", "/unknown")["requests"]
        return found

    def merchant(self, merchant_id: str) -> MerchantAccount:
        """A merchant as it is now."""
        return _account(self._call("GET", _path(merchant_id)))

    def change_merchant(self, merchant_id: str, **changes: Any) -> MerchantAccount:
        """Change `name`, `webhook` (None removes it) or `behaviour`."""
        return _account(self._call("PATCH", _path(merchant_id), changes))

    def delete_merchant(self, merchant_id: str) -> None:
        """Forget a merchant with all it has."""
        self._call("DELETE", _path(merchant_id))

    def set_behaviour(self, merchant_id: str, **behaviour: Any) -> Json:
        """Replace the behaviour; what is left out gets its default. Returns it in full."""
        return self._call("PUT", _path(merchant_id, "behaviour"), behaviour)

    def ledger(self, merchant_id: str, *only: str) -> Json:
        """Orders, refunds, subscriptions, transitions, requests, deliveries and events, or `only` some of these."""
        query = f"?only={','.join(only)}" if only else ""
        return self._call("GET", _path(merchant_id, "ledger") + query)

    def order(self, merchant_id: str, merchant_order_id: str) -> Json:
        """One order of the ledger."""
        return self._call("GET", _path(merchant_id, "orders", merchant_order_id))

    def pay(
        self,
        merchant_id: str,
        merchant_order_id: str,
        outcome: str | Json = "success",
        mode: str | None = None,
        instrument: str | None = None,
        rail: str | None = None,
        splits: Sequence[Mapping[str, Any]] = (),
    ) -> Json:
        """Act as a payer without a page: "success", "pending" or {"failure": CODE}. Returns the order.

        `mode`, `instrument` and `rail` go before those of an attempt that is open; `splits` are
        {instrument, rail?, amount} that add up to the order's amount.
        """
        wanted = {"outcome": outcome, "mode": mode, "instrument": instrument, "rail": rail, "splits": list(splits)}
        path = _path(merchant_id, "orders", merchant_order_id, "pay")
        return self._call("POST", path, {name: value for name, value in wanted.items() if value})

    def set_order_webhook(self, merchant_id: str, merchant_order_id: str, **webhook: Any) -> Json:
        """How this order's webhooks go out from now on; what is left out gets its default. Returns it in full."""
        return self._call("PUT", _path(merchant_id, "orders", merchant_order_id, "webhook"), webhook)

    def change_subscription(self, merchant_id: str, merchant_subscription_id: str, action: str) -> Json:
        """Act as a payer in the UPI app: pause, unpause, revoke or cancel. Returns the subscription."""
        return self._call("POST", _path(merchant_id, "subscriptions", merchant_subscription_id, action))

    def send_webhook(
        self,
        merchant_id: str,
        event: str,
        merchant_order_id: str,
        payload: Json | None = None,
        settings: Json | None = None,
    ) -> None:
        """Send a webhook that no transition caused; `settings` as in the behaviour's webhook part."""
        document = {"event": event, "merchant_order_id": merchant_order_id, "payload": payload}
        self._call("POST", _path(merchant_id, "webhooks"), document | ({"settings": settings} if settings else {}))

    def replay(self, merchant_id: str, delivery_id: str) -> Json:
        """Send a webhook again, as it was, and wait for what becomes of it. Returns the delivery."""
        return self._call("POST", _path(merchant_id, "deliveries", delivery_id, "replay"))

    def events(self) -> list[str]:
        """The names of the events that the gateway sends."""
        found: list[str] = self._call("GET", "/events")["events"]
        return found

    def listen(self, merchant_id: str) -> Iterator[Json]:
        """A merchant's webhooks as they are sent: {at, event, subject, headers, body}, after one {ready}.

        On a connection of its own, until the gateway ends it; OSError when it breaks.
        """
        connection = http.client.HTTPConnection(self._host, self._port)
        try:
            connection.request("GET", self._base + _path(merchant_id, "listen"))
            response = connection.getresponse()
            if response.status >= 400:
                raise AdminError(response.status, json.loads(response.read()))
            for line in response:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))
        finally:
            connection.close()

    def set_clock(self, merchant_id: str, offset_s: float) -> float:
        """Set the merchant's time to real time plus an offset."""
        return float(self._call("PUT", _path(merchant_id, "clock"), {"offset_s": offset_s})["offset_s"])

    def advance_clock(self, merchant_id: str, seconds: float) -> float:
        """Step the merchant's time on; what falls due happens before this returns. Returns the offset."""
        return float(self._call("POST", _path(merchant_id, "clock", "advance"), {"seconds": seconds})["offset_s"])

    def reset(self, merchant_id: str, *, ledger: bool = False) -> MerchantAccount:
        """Behaviour and clock back to the defaults; with `ledger` the ledger and the tokens too."""
        query = "?ledger=true" if ledger else ""
        return _account(self._call("POST", _path(merchant_id, "reset") + query))

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _call(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> Json:
        body = None if document is None else json.dumps(document).encode()
        status, content = self._exchange(method, self._base + path, body)
        answer: Json = json.loads(content) if content else {}
        if status >= 400:
            raise AdminError(status, answer)
        return answer

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        for attempt in range(1, ATTEMPTS + 1):
            connection = getattr(self._local, "connection", None)
            fresh = connection is None
            if connection is None:
                connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
                self._local.connection = connection
            try:
                connection.request(method, path, body, {"content-type": "application/json"})
                response = connection.getresponse()
                return response.status, response.read()
            except (ConnectionError, http.client.HTTPException):
                self.close()
                if fresh or attempt == ATTEMPTS:
                    raise
            except BaseException:
                self.close()
                raise
        raise AssertionError("unreachable")


def _path(*parts: str) -> str:
    return "/merchants/" + "/".join(quote(part, safe="") for part in parts)


def _account(document: Json) -> MerchantAccount:
    names = ("merchant_id", "client_id", "client_secret", "client_version", "salt_key", "salt_index")
    return MerchantAccount(**{name: document[name] for name in names}, document=document)
