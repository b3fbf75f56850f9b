"""Subscriptions: a mandate is set up, and debits are announced, waited for and executed."""

from __future__ import annotations

from typing import Final

from ..payments.lifecycle import announce, begin, decide_later, open_order, outcome_of
from ..payments.views import subscription_view
from ..state.instruments import upi
from ..state.ledger import Json, Order, Subscription
from ..state.merchant import Merchant
from ..webhooks.signing import Event
from ..wire.errors import GatewayError
from ..wire.fields import Fields, refuse
from ..wire.messages import Answer, Request, reply
from .custom import collect_address, start_collect, start_intent
from .orders import Terms, believable, created, find_order, read_order

DAY_S: Final = 86_400
REDEEM_AFTER_S: Final = DAY_S
REDEEM_WITHIN_S: Final = 3 * DAY_S
RETRY_GAP_S: Final = 5_400
MOST_ATTEMPTS: Final = 4
PENNY_DROP_PAISE: Final = 200
MOST_PAISE: Final = 1_500_000
FIVE_YEARS_S: Final = 5 * 365 * DAY_S
FREQUENCIES: Final = frozenset(
    ["DAILY", "WEEKLY", "FORTNIGHTLY", "MONTHLY", "BIMONTHLY", "QUARTERLY", "HALFYEARLY", "YEARLY", "ON_DEMAND"]
)
SETUP: Final = Terms("SUBSCRIPTION_SETUP", 300, 5_184_000, 600)
REDEMPTION: Final = Terms("SUBSCRIPTION_REDEMPTION", 300, 5_184_000, REDEEM_WITHIN_S)


def setup(merchant: Merchant, request: Request) -> Answer:
    """POST /subscriptions/v2/setup."""
    fields = Fields(request.json(), strict=merchant.behaviour.strict)
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
    merchant.clock.at(subscription.expire_ms / 1000, lambda: _expire(merchant, subscription))


def notify(merchant: Merchant, request: Request) -> Answer:
    """POST /subscriptions/v2/notify: announce a debit to the payer."""
    fields = Fields(request.json(), strict=merchant.behaviour.strict)
    wanted = fields.text("paymentFlow.merchantSubscriptionId", needed=True)
    order = read_order(merchant, fields, REDEMPTION)
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
    merchant.clock.after(merchant.behaviour.payer_delay_s, lambda: _notified(merchant, order))
    return reply(created(order))


def redeem(merchant: Merchant, request: Request) -> Answer:
    """POST /subscriptions/v2/redeem: execute an announced debit."""
    fields = Fields(request.json(), strict=merchant.behaviour.strict)
    order = find_order(merchant, fields.text("merchantOrderId", needed=True) or "")
    _check_redeemable(merchant, order)
    return reply({"transactionId": _debit(merchant, order), "state": "PENDING"})


def status(merchant: Merchant, request: Request) -> Answer:
    """GET /subscriptions/v2/{id}/status."""
    return reply(subscription_view(find_subscription(merchant, request.params["id"])))


def cancel(merchant: Merchant, request: Request) -> Answer:
    """POST /subscriptions/v2/{id}/cancel."""
    subscription = find_subscription(merchant, request.params["id"])
    change_state(merchant, subscription, "CANCELLED")
    return Answer(204) if merchant.behaviour.cancel_status == 204 else reply({})


def find_subscription(merchant: Merchant, merchant_subscription_id: str) -> Subscription:
    """The subscription, or GatewayError(unknown_subscription)."""
    found = merchant.ledger.subscriptions.get(merchant_subscription_id)
    if found is None:
        raise GatewayError("unknown_subscription", merchantSubscriptionId=merchant_subscription_id)
    return found


def change_state(merchant: Merchant, subscription: Subscription, state: str) -> None:
    """Pause, unpause, revoke or cancel, and tell the merchant; GatewayError(subscription_state) when it cannot be."""
    before = subscription.state
    ways = {
        "PAUSED": ("ACTIVE",),
        "ACTIVE": ("PAUSED",),
        "REVOKED": ("ACTIVE", "PAUSED"),
        "CANCELLED": ("ACTIVE", "PAUSED"),
    }
    if before not in ways[state]:
        raise GatewayError("subscription_state", state=before)
    if state == "PAUSED":
        subscription.pause_start_ms = merchant.now_ms()
        subscription.pause_end_ms = subscription.pause_start_ms + DAY_S * 1000
    merchant.ledger.move("subscription", subscription, state)
    name = "unpaused" if state == "ACTIVE" else state.lower()
    event = Event(
        f"subscription.{name}",
        subscription_view(subscription),
        subscription.merchant_subscription_id,
        subscription.setup.merchant_order_id,
    )
    merchant.tell(event)


def _read_subscription(merchant: Merchant, order: Order, fields: Fields, at: str) -> Subscription:
    workflow = fields.text(f"{at}.authWorkflowType", required=True, among=frozenset({"PENNY_DROP", "TRANSACTION"}))
    if fields.strict and workflow == "PENNY_DROP" and order.amount != PENNY_DROP_PAISE:
        refuse("amount", f"must be {PENNY_DROP_PAISE} for PENNY_DROP")
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
    )


def _notified(merchant: Merchant, order: Order) -> None:
    if order.state != "NOTIFICATION_IN_PROGRESS":
        return
    failure = merchant.behaviour.notification
    if failure != "success":
        merchant.ledger.move("order", order, "FAILED")
        known = outcome_of(failure)
        order.error_code, order.detailed_error_code = known.code, known.detailed
        announce(merchant, order, "subscription.notification.failed")
        return
    now_ms = merchant.now_ms()
    merchant.ledger.move("order", order, "NOTIFIED")
    details = _details(order)
    details |= {
        "notifiedAt": now_ms,
        "validAfter": now_ms + REDEEM_AFTER_S * 1000,
        "validUpto": now_ms + REDEEM_WITHIN_S * 1000,
    }
    announce(merchant, order, "subscription.notification.completed", last=False)
    if details["autoDebit"]:
        merchant.clock.after(REDEEM_AFTER_S, lambda: _debit_by_itself(merchant, order))


def _check_redeemable(merchant: Merchant, order: Order) -> None:
    if order.flow != REDEMPTION.flow:
        raise GatewayError("unknown_order", merchantOrderId=order.merchant_order_id)
    details = _details(order)
    if details["autoDebit"]:
        raise GatewayError("subscription_state", "The order is debited automatically.", autoDebit=True)
    if order.attempts and order.attempts[-1].state == "PENDING":
        raise GatewayError("redeem_running")
    if order.state not in ("NOTIFIED", "PENDING"):
        case = "redeemed_already" if order.attempts else "subscription_state"
        raise GatewayError(case, state=order.state)
    if find_subscription(merchant, order.subscription_id or "").state != "ACTIVE":
        raise GatewayError("subscription_state")
    early = merchant.now_ms() < details["validAfter"]
    if early or (order.attempts and merchant.now_ms() < order.attempts[-1].at_ms + RETRY_GAP_S * 1000):
        raise GatewayError("redeem_too_early", validAfter=details["validAfter"])


def _debit(merchant: Merchant, order: Order) -> str:
    if order.state == "NOTIFIED":
        merchant.ledger.move("order", order, "PENDING")
    attempt = begin(merchant, order, upi("payer@ybl", "UPI_AUTO_PAY"))
    last = len(order.attempts) >= MOST_ATTEMPTS
    again = None if last else lambda: _retry(merchant, order)
    decide_later(merchant, order, attempt, "success", final=last, then=again)
    return attempt.transaction_id


def _debit_by_itself(merchant: Merchant, order: Order) -> None:
    subscription = find_subscription(merchant, order.subscription_id or "")
    if order.state == "NOTIFIED" and subscription.state == "ACTIVE":
        _debit(merchant, order)


def _retry(merchant: Merchant, order: Order) -> None:
    """After a failed debit the gateway tries again by itself, unless the merchant wants to."""
    if order.state == "PENDING" and _details(order)["redemptionRetryStrategy"] == "STANDARD":
        merchant.clock.after(RETRY_GAP_S, lambda: _debit_again(merchant, order))


def _debit_again(merchant: Merchant, order: Order) -> None:
    if order.state == "PENDING" and order.attempts[-1].state == "FAILED":
        _debit(merchant, order)


def _expire(merchant: Merchant, subscription: Subscription) -> None:
    if subscription.state in ("ACTIVE", "PAUSED"):
        merchant.ledger.move("subscription", subscription, "EXPIRED")


def _details(order: Order) -> Json:
    assert order.flow_details is not None
    return order.flow_details
