"""Standard checkout: an order that is paid on the hosted page."""

from __future__ import annotations

from starlette.responses import Response

from ..payments.lifecycle import open_order, try_to_pay
from ..state.instruments import upi
from ..state.ledger import Order
from ..state.merchant import Merchant
from ..wire.fields import Fields
from ..wire.messages import Request, reply
from .orders import Terms, created, read_order, redirect_of
from .subscriptions import begin_subscription

PAGE = Terms("PG_CHECKOUT", 300, 3600, 600)
PAGE_SETUP = Terms("SUBSCRIPTION_CHECKOUT_SETUP", 300, 3600, 600)


def pay(merchant: Merchant, request: Request) -> Response:
    """POST /checkout/v2/pay: an order for the hosted page, a subscription's first one included."""
    fields = Fields(request.document(), strict=merchant.behaviour.strict)
    setup = fields.value("paymentFlow.type") == PAGE_SETUP.flow
    order = read_order(merchant, fields, PAGE_SETUP if setup else PAGE)
    order.redirect_url = redirect_of(fields)
    if setup:
        begin_subscription(merchant, order, fields, "paymentFlow.subscriptionDetails")
    open_order(merchant, order)
    _pay_at_once(merchant, order)
    return reply(created(order) | {"redirectUrl": merchant.page_url(order)})


def create_sdk_order(merchant: Merchant, request: Request) -> Response:
    """POST /checkout/v2/sdk/order: an order for PhonePe's mobile SDK, which is given the token."""
    fields = Fields(request.document(), strict=merchant.behaviour.strict)
    order = read_order(merchant, fields, PAGE)
    order.redirect_url = redirect_of(fields, required=False)
    open_order(merchant, order)
    _pay_at_once(merchant, order)
    return reply(created(order) | {"token": order.page_token})


def _pay_at_once(merchant: Merchant, order: Order) -> None:
    """When webhooks are to come before the response, the payer is done before the response too."""
    if merchant.behaviour.webhook.mode == "before_response":
        try_to_pay(merchant, order, upi("success@ybl"), "success")
