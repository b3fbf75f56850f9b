"""Orders, refunds and subscriptions as they look on the wire."""

from __future__ import annotations

from collections.abc import Iterable

from ..state.ledger import Attempt, Order, Refund, Split, Subscription
from ..state.merchant import Merchant
from ..wire.errors import payment_failure
from ..wire.messages import Json


def attempt_view(attempt: Attempt) -> Json:
    """An entry of paymentDetails."""
    view: Json = {
        "transactionId": attempt.transaction_id,
        "paymentMode": attempt.mode,
        "timestamp": attempt.at_ms,
        "amount": attempt.amount,
        "payableAmount": attempt.amount,
        "feeAmount": 0,
        "state": attempt.state,
    }
    if attempt.error_code is not None:
        view |= {"errorCode": attempt.error_code, "detailedErrorCode": attempt.detailed_error_code}
        if (attempt.rail or {}).get("type") == "UPI":
            view |= {"responseCode": attempt.detailed_error_code, "backendErrorCode": attempt.detailed_error_code}
    if attempt.state != "PENDING":
        view |= {"instrument": attempt.instrument, "rail": attempt.rail, "splitInstruments": split_views(attempt)}
    return view


def split_views(attempt: Attempt, amount: int | None = None) -> list[Json]:
    """What an attempt, or `amount` of it, was paid with: one entry for each instrument."""
    whole = attempt.amount if amount is None else amount
    parts = attempt.splits or (Split(attempt.instrument or {}, attempt.rail or {}, attempt.amount),)
    shown: list[Json] = []
    left = whole
    for each in parts:
        paid = min(left, each.amount)
        left -= paid
        if paid > 0:
            shown.append({"instrument": each.instrument, "rail": each.rail, "amount": paid})
    return shown


def order_view(
    merchant: Merchant, order: Order, attempts: Iterable[Attempt], *, with_context: bool = False, told: bool = False
) -> Json:
    """An order's status with the attempts given; `told` as webhooks have it, without the order's own fees."""
    view: Json = {
        "merchantId": merchant.merchant_id,
        "merchantOrderId": order.merchant_order_id,
        "orderId": order.order_id,
        "state": order.state,
        "amount": order.amount,
        "expireAt": order.expire_ms,
    }
    if not told:
        view |= {"payableAmount": order.amount, "feeAmount": 0}
    if order.meta is not None:
        view["metaInfo"] = order.meta
    if order.flow_details is not None:
        view["paymentFlow"] = order.flow_details
    if order.error_code is not None:
        view |= {"errorCode": order.error_code, "detailedErrorCode": order.detailed_error_code}
        if with_context:
            view["errorContext"] = _error_context(order)
    view["paymentDetails"] = [attempt_view(attempt) for attempt in attempts]
    return view


def _error_context(order: Order) -> Json:
    why = payment_failure(order.error_code or "", order.detailed_error_code)
    return {
        "errorCode": why.code,
        "detailedErrorCode": why.detailed,
        "source": why.source,
        "stage": why.stage,
        "description": f"{why.says}.",
    }


def refund_view(merchant: Merchant, refund: Refund) -> Json:
    """A refund's status: the union of what the SDKs read and what the documentation shows."""
    paid = next(each for each in refund.order.attempts if each.state == "COMPLETED")
    splits = split_views(paid, refund.amount)
    detail: Json = {
        "transactionId": refund.refund_id,
        "paymentMode": paid.mode,
        "timestamp": refund.at_ms,
        "amount": refund.amount,
        "state": refund.state,
        "instrument": paid.instrument,
        "rail": paid.rail,
        "splitInstruments": splits,
    }
    view: Json = {
        "merchantId": merchant.merchant_id,
        "merchantRefundId": refund.merchant_refund_id,
        "originalMerchantOrderId": refund.order.merchant_order_id,
        "refundId": refund.refund_id,
        "amount": refund.amount,
        "state": refund.state,
        "timestamp": refund.at_ms,
    }
    if refund.error_code is not None:
        error = {"errorCode": refund.error_code, "detailedErrorCode": refund.detailed_error_code}
        view |= error
        detail |= error
    return view | {"splitInstruments": splits, "paymentDetails": [detail]}


def subscription_view(subscription: Subscription) -> Json:
    """A subscription's status."""
    return {
        "merchantSubscriptionId": subscription.merchant_subscription_id,
        "subscriptionId": subscription.subscription_id,
        "state": subscription.state,
        "authWorkflowType": subscription.auth_workflow_type,
        "amountType": subscription.amount_type,
        "currency": "INR",
        "maxAmount": subscription.max_amount,
        "frequency": subscription.frequency,
        "expireAt": subscription.expire_ms,
        "pauseStartDate": subscription.pause_start_ms,
        "pauseEndDate": subscription.pause_end_ms,
    }
