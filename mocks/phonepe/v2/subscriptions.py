"""Subscription calls: a mandate is set up, debits are announced and executed, the mandate is cancelled."""

from __future__ import annotations

import secrets
from typing import Final

from starlette.responses import Response

from ..payments.lifecycle import CHECKOUT_REDEMPTION_FLOW, open_order
from ..payments.mandates import (
    DAY_S,
    REDEEM_WITHIN_S,
    REDEMPTION_FLOW,
    announce_later,
    change_state,
    check_redeemable,
    debit,
    expire_later,
    find_subscription,
)
from ..payments.starting import start_collect, start_intent
from ..payments.views import subscription_view
from ..state.ledger import Order, Subscription
from ..state.merchant import Merchant
from ..wire.errors import GatewayError
from ..wire.fields import Fields, fields_of
from ..wire.messages import Request, answer, reply
from .custom import collect_address
from .orders import Terms, believable, created, find_order, read_order

PENNY_DROP_PAISE: Final = 200
MOST_PAISE: Final = 1_500_000
FIVE_YEARS_S: Final = 5 * 365 * DAY_S
FREQUENCIES: Final = frozenset(
    ["DAILY", "WEEKLY", "FORTNIGHTLY", "MONTHLY", "BIMONTHLY", "QUARTERLY", "HALFYEARLY", "YEARLY", "ON_DEMAND"]
)
SETUP: Final = Terms("SUBSCRIPTION_SETUP", 300, 5_184_000, 600)
REDEMPTION: Final = Terms(REDEMPTION_FLOW, 300, 5_184_000, REDEEM_WITHIN_S)
CHECKOUT_REDEMPTION: Final = Terms(
    CHECKOUT_REDEMPTION_FLOW, 300, 5_184_000, REDEEM_WITHIN_S, frozenset({CHECKOUT_REDEMPTION_FLOW, REDEMPTION_FLOW})
)


def setup(merchant: Merchant, request: Request) -> Response:
    """POST /subscriptions/v2/setup."""
    fields = fields_of(request, strict=merchant.behaviour.strict)
    order = read_order(merchant, fields, SETUP)
    mode = fields.text("paymentFlow.paymentMode.type", required=True, among=frozenset({"UPI_INTENT", "UPI_COLLECT"}))
    address = collect_address(fields, "paymentFlow.paymentMode") if mode == "UPI_COLLECT" else None
    begin_subscription(merchant, order, fields, "paymentFlow")
    open_order(merchant, order)
    start = start_intent if address is None else start_collect
    return reply(created(order) | start(merchant, order, mode or "UPI_INTENT", address))


def begin_subscription(merchant: Merchant, order: Order, fields: Fields, at: str) -> None:
    """Read a subscription's terms from the request, and tie it to the order that sets it up."""
    subscription = _read_subscription(merchant, order, fields, at)
    if subscription.merchant_subscription_id in merchant.ledger.subscriptions:
        raise GatewayError("duplicate_subscription", merchantSubscriptionId=subscription.merchant_subscription_id)
    order.subscription_id = subscription.merchant_subscription_id
    view = subscription_view(subscription)
    names = ("merchantSubscriptionId", "authWorkflowType", "amountType", "maxAmount", "frequency", "expireAt")
    order.flow_details = {"type": order.flow} | {name: view[name] for name in (*names, "subscriptionId")}
    merchant.ledger.subscriptions[subscription.merchant_subscription_id] = subscription
    merchant.ledger.move("subscription", subscription, "ACTIVATION_IN_PROGRESS")
    expire_later(merchant, subscription)


def notify(merchant: Merchant, request: Request) -> Response:
    """POST /subscriptions/v2/notify: announce a debit to the payer; fixtures answer that it is pending."""
    return reply(created(_notify(merchant, request, REDEMPTION)) | {"state": "PENDING"})


def notify_by_checkout(merchant: Merchant, request: Request) -> Response:
    """POST /checkout/v2/subscriptions/notify: announce a debit of a mandate that checkout has set up."""
    return reply(created(_notify(merchant, request, CHECKOUT_REDEMPTION)))


def _notify(merchant: Merchant, request: Request, terms: Terms) -> Order:
    fields = fields_of(request, strict=merchant.behaviour.strict)
    wanted = fields.text("paymentFlow.merchantSubscriptionId", needed=True)
    order = read_order(merchant, fields, terms)
    subscription = find_subscription(merchant, wanted or "")
    if subscription.state != "ACTIVE":
        raise GatewayError("subscription_state", state=subscription.state)
    if order.amount > subscription.max_amount:
        raise GatewayError("limit_exceeded", maxAmount=subscription.max_amount)
    strategy = fields.text("paymentFlow.redemptionRetryStrategy", among=frozenset({"STANDARD", "CUSTOM"}))
    order.subscription_id = subscription.merchant_subscription_id
    order.flow_details = {
        "type": order.flow,
        "merchantSubscriptionId": subscription.merchant_subscription_id,
        "redemptionRetryStrategy": strategy or "STANDARD",
        "autoDebit": bool(fields.boolean("paymentFlow.autoDebit")),
    }
    open_order(merchant, order, "NOTIFICATION_IN_PROGRESS")
    announce_later(merchant, order)
    return order


def redeem(merchant: Merchant, request: Request) -> Response:
    """POST /subscriptions/v2/redeem: execute an announced debit."""
    fields = fields_of(request, strict=merchant.behaviour.strict)
    order = find_order(merchant, fields.text("merchantOrderId", needed=True) or "")
    check_redeemable(merchant, order)
    return reply({"transactionId": debit(merchant, order), "state": "PENDING"})


def status(merchant: Merchant, request: Request) -> Response:
    """GET /subscriptions/v2/{id}/status."""
    return reply(subscription_view(find_subscription(merchant, request.path_params["id"])))


def cancel(merchant: Merchant, request: Request) -> Response:
    """POST /subscriptions/v2/{id}/cancel."""
    subscription = find_subscription(merchant, request.path_params["id"])
    change_state(merchant, subscription, "CANCELLED")
    return answer(204) if merchant.behaviour.cancel_status == 204 else reply({})


def _read_subscription(merchant: Merchant, order: Order, fields: Fields, at: str) -> Subscription:
    workflow = fields.text(f"{at}.authWorkflowType", required=True, among=frozenset({"PENNY_DROP", "TRANSACTION"}))
    if workflow == "PENNY_DROP" and order.amount != PENNY_DROP_PAISE:
        fields.demand("amount", f"must be {PENNY_DROP_PAISE} for PENNY_DROP")
    name = fields.text(f"{at}.merchantSubscriptionId", needed=True, longest=63)
    amount_type = fields.text(f"{at}.amountType", required=True, among=frozenset({"FIXED", "VARIABLE"}))
    most = fields.integer(f"{at}.maxAmount", required=True, least=100, most=MOST_PAISE)
    frequency = fields.text(f"{at}.frequency", required=True, among=FREQUENCIES)
    expire_ms = fields.integer(f"{at}.expireAt", least=merchant.now_ms())
    return Subscription(
        merchant_subscription_id=name or "",
        subscription_id=merchant.new_id("OMS"),
        auth_workflow_type=workflow or "TRANSACTION",
        amount_type=amount_type or "FIXED",
        max_amount=order.amount if most is None else most,
        frequency=frequency or "ON_DEMAND",
        expire_ms=believable(expire_ms or merchant.now_ms() + FIVE_YEARS_S * 1000, f"{at}.expireAt"),
        setup=order,
        umn=f"{secrets.token_hex(16)}@ybl",
    )
