"""A merchant of a test's own: speaks PhonePe's wire, and its payers fill in the hosted page."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import urljoin

import httpx

from core import waiting
from core.waiting import TooLateError
from mocks.phonepe.client import AdminClient, MerchantAccount
from tests.phonepe.sink import Sink

Json = dict[str, Any]

USERNAME, PASSWORD = "harness", "correct4horse"
REDIRECT = "http://127.0.0.1:9/payment/return?order=1&a=%20b"


@dataclass
class Shop:
    """A merchant, its HTTP client and its webhook receiver."""

    admin: AdminClient
    account: MerchantAccount
    http: httpx.Client
    sink: Sink
    tokens: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, admin: AdminClient, gateway_url: str, sink: Sink, behaviour: Mapping[str, Any]) -> Self:
        """A new merchant whose webhooks go to the sink."""
        webhook = {"url": sink.url, "username": USERNAME, "password": PASSWORD}
        account = admin.create_merchant(name="A Shop", webhook=webhook, behaviour=behaviour)
        http = httpx.Client(base_url=gateway_url, trust_env=False, timeout=30, verify=False)  # noqa: S501 - no TLS here
        return cls(admin, account, http, sink)

    def close(self) -> None:
        """Remove the merchant."""
        self.http.close()
        self.admin.delete_merchant(self.account.merchant_id)

    def log_in(self, **changes: str) -> httpx.Response:
        """Ask for an access token."""
        form = {
            "client_id": self.account.client_id,
            "client_secret": self.account.client_secret,
            "client_version": str(self.account.client_version),
            "grant_type": "client_credentials",
        }
        response = self.http.post("/v1/oauth/token", data=form | changes)
        if response.status_code == 200:
            self.tokens.append(response.json()["access_token"])
        return response

    def call(self, method: str, path: str, document: Json | None = None, **query: str) -> httpx.Response:
        """A call with a token; the first one logs in."""
        if not self.tokens:
            self.log_in()
        headers = {"authorization": f"O-Bearer {self.tokens[-1]}", "content-type": "application/json"}
        content = None if document is None else json.dumps(document)
        return self.http.request(method, path, headers=headers, content=content, params=query or None)

    def pay(self, merchant_order_id: str | None = None, amount: Any = 700_000, **changes: Any) -> httpx.Response:
        """Ask for a payment; `changes` replace fields of the body."""
        document = checkout(merchant_order_id or new_id(), amount) | changes
        return self.call("POST", "/checkout/v2/pay", document)

    def order(self, amount: int = 700_000, **changes: Any) -> Order:
        """An order that waits for its payer."""
        merchant_order_id = new_id()
        response = self.pay(merchant_order_id, amount, **changes)
        assert response.status_code == 200, response.text
        return Order(self, merchant_order_id, response.json()["redirectUrl"])

    def ledger(self, *only: str) -> Json:
        """What the gateway saw, or `only` some sections of it."""
        return self.admin.ledger(self.account.merchant_id, *only)

    def behave(self, **behaviour: Any) -> None:
        """Change the gateway's behaviour towards this merchant."""
        self.admin.set_behaviour(self.account.merchant_id, **behaviour)

    def advance(self, seconds: float) -> None:
        """Step the merchant's clock."""
        self.admin.advance_clock(self.account.merchant_id, seconds)


@dataclass
class Order:
    """An order with its payer's hands on the hosted page."""

    shop: Shop
    id: str
    page_url: str

    def status(self, **query: Any) -> Json:
        """The order's status on the wire."""
        response = self.shop.call("GET", f"/checkout/v2/order/{self.id}/status", **query)
        assert response.status_code == 200, response.text
        answer: Json = response.json()
        return answer

    def ledger(self) -> Json:
        """The order in the ledger."""
        return self.shop.admin.order(self.shop.account.merchant_id, self.id)

    def page(self) -> httpx.Response:
        """The hosted page."""
        return self.shop.http.get(self.page_url)

    def submit(self, **entries: str) -> httpx.Response:
        """Fill in the form as rendered and send it."""
        return submit(self.shop.http, self.page(), **entries)


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.values: dict[str, str] = {}
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self.action = given.get("action") or ""
        elif tag == "input" and (given.get("type") != "radio" or "checked" in given):
            self.values[name] = given.get("value") or ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.values):
            self.values[self._select] = given.get("value") or ""


def submit(http: httpx.Client, page: httpx.Response, **entries: str) -> httpx.Response:
    """Submit a page's form with what it holds, save for `entries`."""
    form = _Form()
    form.feed(page.text)
    assert form.action is not None, page.text
    return http.post(urljoin(str(page.url), form.action), data=form.values | entries)


def until(seen: Callable[[], Any], within_s: float = 15.0) -> Any:
    """What `seen` gives once it gives anything; whatever it last gave when the time is over."""
    try:
        return waiting.until(seen, within_s=within_s)
    except TooLateError as late:
        return late.seen


def new_id() -> str:
    """A merchantOrderId that nobody else has."""
    return f"order-{uuid.uuid4().hex}"


def checkout(merchant_order_id: str, amount: Any) -> Json:
    """The body of a payment request."""
    return {
        "merchantOrderId": merchant_order_id,
        "amount": amount,
        "paymentFlow": {"type": "PG_CHECKOUT", "merchantUrls": {"redirectUrl": REDIRECT}},
    }
