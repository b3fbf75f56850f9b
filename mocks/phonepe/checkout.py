"""Standard checkout: an order that is paid on the hosted page."""

from __future__ import annotations

import re
from typing import Final

from mocks.phonepe.errors import GatewayError
from mocks.phonepe.fields import Fields, refuse
from mocks.phonepe.http import Answer, Request, reply
from mocks.phonepe.ledger import Json, Order
from mocks.phonepe.merchant import Merchant
from mocks.phonepe.methods import upi
from mocks.phonepe.payments import open_order, try_to_pay
from mocks.phonepe.views import order_view

ORDER_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
LONG_META: Final = frozenset(f"udf{number}" for number in range(1, 11))
SHORT_META: Final = frozenset(f"udf{number}" for number in range(11, 16))
META_TEXT: Final = re.compile(r"[A-Za-z0-9_\- @.+]*")
DEFAULT_EXPIRY_S: Final = 600
PAYMENT_MODES: Final = frozenset(
    {"UPI_INTENT", "UPI_COLLECT", "UPI_QR", "CARD", "TOKEN", "NET_BANKING", "WALLET", "CREDIT_LINE"}
)


def pay(merchant: Merchant, request: Request) -> Answer:
    """POST /checkout/v2/pay."""
    order = new_order(merchant, Fields(request.json(), strict=merchant.behaviour.strict))
    open_order(merchant, order)
    pay_at_once(merchant, order)
    return reply(
        {
            "orderId": order.order_id,
            "state": "PENDING",
            "expireAt": order.expire_ms,
            "redirectUrl": merchant.page_url(order),
        }
    )


def status(merchant: Merchant, request: Request) -> Answer:
    """GET /checkout/v2/order/{id}/status."""
    order = find_order(merchant, request.params["id"])
    view = order_view(merchant, order, all_attempts=request.flag("details"), with_context=request.flag("errorContext"))
    return reply(view)


def find_order(merchant: Merchant, merchant_order_id: str) -> Order:
    """The order, or GatewayError(unknown_order)."""
    order = merchant.ledger.orders.get(merchant_order_id)
    if order is None:
        raise GatewayError("unknown_order", merchantOrderId=merchant_order_id)
    return order


def new_order(merchant: Merchant, fields: Fields) -> Order:
    """An order as the request describes it, not yet in the ledger."""
    merchant_order_id = fields.text("merchantOrderId", needed=True, longest=63, pattern=ORDER_ID)
    amount = fields.integer("amount", needed=True, least=100)
    assert merchant_order_id is not None
    assert amount is not None
    expire_s = fields.integer("expireAfter", least=300, most=3600) or DEFAULT_EXPIRY_S
    fields.text("paymentFlow.type", required=True, among=frozenset({"PG_CHECKOUT"}))
    redirect_url = redirect_of(fields)
    modes = payment_modes(fields)
    if merchant_order_id in merchant.ledger.orders:
        raise GatewayError("duplicate_order", merchantOrderId=merchant_order_id)
    now_ms = merchant.now_ms()
    return Order(
        merchant_order_id=merchant_order_id,
        order_id=merchant.new_id("OMO"),
        amount=amount,
        flow="PG_CHECKOUT",
        created_ms=now_ms,
        expire_ms=now_ms + expire_s * 1000,
        redirect_url=redirect_url,
        message=fields.text("paymentFlow.message"),
        meta=meta_of(fields),
        retries_allowed=not fields.boolean("disablePaymentRetry"),
        modes=modes,
    )


def redirect_of(fields: Fields, *, required: bool = True) -> str | None:
    """The merchant's redirectUrl: an absolute http(s) URL without white space."""
    path = "paymentFlow.merchantUrls.redirectUrl"
    url = fields.text(path, required=required)
    if url is not None and not re.fullmatch(r"https?://[^\s/?#]+[^\s]*", url):
        refuse(path, "must be an http or https URL")
    return url


def meta_of(fields: Fields) -> Json | None:
    """The metaInfo without nulls."""
    meta = fields.mapping("metaInfo")
    if meta is None:
        return None
    for name in meta:
        if name in LONG_META:
            fields.text(f"metaInfo.{name}", longest=256)
        elif name in SHORT_META:
            fields.text(f"metaInfo.{name}", longest=50, pattern=META_TEXT)
    return {name: value for name, value in meta.items() if value is not None}


def payment_modes(fields: Fields) -> tuple[str, ...] | None:
    """The modes a payer may choose from; None for all."""
    config = "paymentFlow.paymentModeConfig"
    enabled = _mode_types(fields, f"{config}.enabledPaymentModes")
    disabled = _mode_types(fields, f"{config}.disabledPaymentModes")
    if fields.strict and enabled and disabled:
        refuse(config, "must not hold both enabledPaymentModes and disabledPaymentModes")
    if enabled:
        return tuple(sorted(enabled))
    return tuple(sorted(PAYMENT_MODES - disabled)) if disabled else None


def pay_at_once(merchant: Merchant, order: Order) -> None:
    """When webhooks are to come before the response, the payer is done before the response too."""
    if merchant.behaviour.webhook.mode == "before_response":
        try_to_pay(merchant, order, upi("success@ybl"), "success")


def _mode_types(fields: Fields, path: str) -> set[str]:
    types: set[str] = set()
    for index, entry in enumerate(fields.items(path) or ()):
        kind = entry.get("type") if isinstance(entry, dict) else None
        if not isinstance(kind, str) or (fields.strict and kind not in PAYMENT_MODES):
            refuse(f"{path}.{index}.type", f"must be one of {', '.join(sorted(PAYMENT_MODES))}")
        types.add(kind)
    return types
