"""Reads orders from requests, finds them again, and answers for their status."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from ..payments.views import order_view
from ..state.ledger import Order
from ..state.merchant import Merchant
from ..wire.errors import GatewayError
from ..wire.fields import Fields, refuse
from ..wire.messages import Json, Request, reply

ORDER_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
LONG_META: Final = frozenset(f"udf{number}" for number in range(1, 11))
SHORT_META: Final = frozenset(f"udf{number}" for number in range(11, 16))
META_TEXT: Final = re.compile(r"[A-Za-z0-9_\- @.+]*")
YEAR_2200_MS: Final = 7_258_118_400_000
PAYMENT_MODES: Final = frozenset(
    {"UPI_INTENT", "PPE_INTENT", "UPI_COLLECT", "UPI_QR", "CARD", "TOKEN", "NET_BANKING", "WALLET", "CREDIT_LINE"}
)


def find_order(merchant: Merchant, merchant_order_id: str) -> Order:
    """The order, or GatewayError(unknown_order)."""
    order = merchant.ledger.orders.get(merchant_order_id)
    if order is None:
        raise GatewayError("unknown_order", merchantOrderId=merchant_order_id)
    return order


def find_by_transaction(merchant: Merchant, transaction_id: str) -> Order:
    """The order that an attempt belongs to, or GatewayError(unknown_transaction)."""
    order = merchant.ledger.transactions.get(transaction_id)
    if order is None:
        raise GatewayError("unknown_transaction", transactionId=transaction_id)
    return order


@dataclass(frozen=True, slots=True)
class Terms:
    """What kind of order is made, and how long it may wait: bounds and default in seconds.

    `called` are the names that requests give the flow, where these differ.
    """

    flow: str
    least_s: int
    most_s: int
    default_s: int
    called: frozenset[str] = frozenset()


def read_order(merchant: Merchant, fields: Fields, terms: Terms) -> Order:
    """An order as a request describes it, not yet in the ledger."""
    merchant_order_id = fields.text("merchantOrderId", needed=True, longest=63, pattern=ORDER_ID)
    amount = fields.integer("amount", needed=True, least=100)
    assert merchant_order_id is not None
    assert amount is not None
    if amount <= 0:
        refuse("amount", "must be positive")
    fields.text("paymentFlow.type", required=True, among=terms.called or frozenset({terms.flow}))
    modes, meta, now_ms = payment_modes(fields), meta_of(fields), merchant.now_ms()
    fields.mapping("settlementDetails")
    order = Order(
        merchant_order_id=merchant_order_id,
        order_id=merchant.new_id("OMO"),
        amount=amount,
        flow=terms.flow,
        created_ms=now_ms,
        expire_ms=expiry(fields, terms, now_ms),
        message=fields.text("paymentFlow.message"),
        meta=meta,
        retries_allowed=not fields.boolean("disablePaymentRetry"),
        modes=modes,
    )
    if merchant_order_id in merchant.ledger.orders:
        raise GatewayError("duplicate_order", merchantOrderId=merchant_order_id)
    return order


def expiry(fields: Fields, terms: Terms, now_ms: int) -> int:
    """When an order gives up, in epoch milliseconds: expireAt, or now and expireAfter."""
    seconds = fields.integer("expireAfter", least=terms.least_s, most=terms.most_s)
    at = fields.integer("expireAt")
    if at is not None and terms.least_s <= at <= terms.most_s:
        seconds, at = at, None  # checkout autopay's documents give seconds under this name
    at_ms = None if at is None else fields.integer("expireAt", least=now_ms)
    if at_ms is None:
        at_ms = now_ms + (seconds if seconds is not None and seconds > 0 else terms.default_s) * 1000
    return believable(at_ms, "expireAt")


def believable(at_ms: int, path: str) -> int:
    """A time that a calendar can hold; anything else is refused."""
    if not 0 <= at_ms < YEAR_2200_MS:
        refuse(path, "is out of range")
    return at_ms


def created(order: Order) -> Json:
    """What every answer to a new order begins with."""
    return {"orderId": order.order_id, "state": order.state, "expireAt": order.expire_ms}


def status(merchant: Merchant, request: Request) -> Response:
    """GET …/order/{id}/status."""
    return _status(merchant, request, find_order(merchant, request.path_params["id"]))


def transaction_status(merchant: Merchant, request: Request) -> Response:
    """GET …/transaction/{id}/status: the order of an attempt, with that attempt alone."""
    transaction_id = request.path_params["id"]
    order = find_by_transaction(merchant, transaction_id)
    attempts = [each for each in order.attempts if each.transaction_id == transaction_id]
    return reply(order_view(merchant, order, attempts))


def _status(merchant: Merchant, request: Request, order: Order) -> Response:
    attempts = order.attempts if request.flag("details") else order.attempts[-1:]
    return reply(order_view(merchant, order, attempts, with_context=request.flag("errorContext")))


def redirect_of(fields: Fields, *, required: bool = True, empty: bool = True, app: bool = False) -> str | None:
    """The merchant's redirectUrl, which the documents' samples leave empty; a lenient merchant may put it elsewhere.

    `app` takes a link of the merchant's app, too.
    """
    path = "paymentFlow.merchantUrls.redirectUrl"
    if not fields.strict and not fields.value(path):
        return fields.url("redirectUrl", app=app)
    url = fields.url(path, required=required, app=app)
    if url is None and not empty:
        fields.demand(path, "must not be blank")
    return url


def meta_of(fields: Fields) -> Json | None:
    """The metaInfo without nulls."""
    meta = fields.mapping("metaInfo")
    if meta is None:
        return None
    for name, value in meta.items():
        if name not in LONG_META | SHORT_META:
            fields.demand(f"metaInfo.{name}", "is none of udf1 to udf15")
        elif value is not None and not isinstance(value, str):
            fields.demand(f"metaInfo.{name}", "must be a string")
        elif name in LONG_META:
            fields.text(f"metaInfo.{name}", longest=256)
        else:
            fields.text(f"metaInfo.{name}", longest=50, pattern=META_TEXT)
    return {name: value for name, value in meta.items() if value is not None}


def payment_modes(fields: Fields) -> tuple[str, ...] | None:
    """The modes a payer may choose from; None for all."""
    config = "paymentFlow.paymentModeConfig"
    enabled = _mode_types(fields, f"{config}.enabledPaymentModes")
    disabled = _mode_types(fields, f"{config}.disabledPaymentModes")
    if enabled and disabled:
        fields.demand(config, "must not hold both enabledPaymentModes and disabledPaymentModes")
    if enabled:
        return tuple(sorted(enabled))
    return tuple(sorted(PAYMENT_MODES - disabled)) if disabled else None


def _mode_types(fields: Fields, path: str) -> set[str]:
    types: set[str] = set()
    for index, entry in enumerate(fields.items(path) or ()):
        kind = entry.get("type") if isinstance(entry, dict) else None
        problem = f"must be one of {', '.join(sorted(PAYMENT_MODES))}"
        if not isinstance(kind, str):
            refuse(f"{path}.{index}.type", problem)
        if kind not in PAYMENT_MODES:
            fields.demand(f"{path}.{index}.type", problem)
        types.add(kind)
    return types
