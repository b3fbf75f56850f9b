"""Standard checkout: an order that is paid on the hosted page."""

from __future__ import annotations

from starlette.responses import Response

from ..payments.lifecycle import CHECKOUT_SETUP_FLOW, open_order, try_to_pay
from ..state.instruments import upi
from ..state.ledger import Order
from ..state.merchant import Merchant
from ..wire.fields import Fields, fields_of
from ..wire.messages import Request, reply
from .orders import Terms, created, read_order, redirect_of
from .subscriptions import begin_subscription

PAGE = Terms("PG_CHECKOUT", 300, 3600, 600)
PAGE_SETUP = Terms(CHECKOUT_SETUP_FLOW, 300, 3600, 600, frozenset({CHECKOUT_SETUP_FLOW, "SUBSCRIPTION_CHECKOUT"}))
"""A subscription's first order; the documents' table has the second name, their samples the first."""


def pay(merchant: Merchant, request: Request) -> Response:
    """POST /checkout/v2/pay: an order for the hosted page, a subscription's first one included."""
    fields = fields_of(request, strict=merchant.behaviour.strict)
    order = _read(merchant, fields)
    open_order(merchant, order)
    _pay_at_once(merchant, order)
    return reply(created(order) | {"redirectUrl": merchant.page_url(order)})


def create_sdk_order(merchant: Merchant, request: Request) -> Response:
    """POST /checkout/v2/sdk/order: an order for PhonePe's mobile SDK, which is given the token."""
    fields = fields_of(request, strict=merchant.behaviour.strict)
    order = _read(merchant, fields, in_app=True)
    order.opened_by = "sdk"
    open_order(merchant, order)
    _pay_at_once(merchant, order)
    return reply(created(order) | {"token": order.page_token})


def _read(merchant: Merchant, fields: Fields, *, in_app: bool = False) -> Order:
    """The order; a subscription's first one with its subscription."""
    setup = fields.value("paymentFlow.type") in PAGE_SETUP.called
    order = read_order(merchant, fields, PAGE_SETUP if setup else PAGE)
    order.redirect_url = redirect_of(fields, required=not in_app, app=in_app)
    if setup:
        begin_subscription(merchant, order, fields, "paymentFlow.subscriptionDetails")
    return order


def _pay_at_once(merchant: Merchant, order: Order) -> None:
    """When webhooks are to come before the response, the payer is done before the response too."""
    if merchant.behaviour.webhook.mode == "before_response":
        try_to_pay(merchant, order, upi("success@ybl"), "success")
