"""Orders, refunds and subscriptions as they look on the wire."""

from __future__ import annotations

from collections.abc import Iterable

from ..state.ledger import Attempt, Order, Refund, Subscription
from ..state.merchant import Merchant
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
    if attempt.state == "COMPLETED" or (attempt.state == "FAILED" and (attempt.rail or {}).get("type") != "UPI"):
        split = {"instrument": attempt.instrument, "rail": attempt.rail, "amount": attempt.amount}
        view |= {"instrument": attempt.instrument, "rail": attempt.rail, "splitInstruments": [split]}
    return view


def order_view(merchant: Merchant, order: Order, attempts: Iterable[Attempt], *, with_context: bool = False) -> Json:
    """An order's status with the attempts given."""
    view: Json = {
        "merchantId": merchant.merchant_id,
        "merchantOrderId": order.merchant_order_id,
        "orderId": order.order_id,
        "state": order.state,
        "amount": order.amount,
        "payableAmount": order.amount,
        "feeAmount": 0,
        "expireAt": order.expire_ms,
    }
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
    return {
        "errorCode": order.error_code,
        "detailedErrorCode": order.detailed_error_code,
        "source": "CUSTOMER",
        "stage": "PAYMENT_AUTHORIZATION",
        "description": "The payment was not completed",
    }


def refund_view(merchant: Merchant, refund: Refund) -> Json:
    """A refund's status: the union of what the SDKs read and what the documentation shows."""
    paid = next(each for each in refund.order.attempts if each.state == "COMPLETED")
    split = {"instrument": paid.instrument, "rail": paid.rail, "amount": refund.amount}
    detail: Json = {
        "transactionId": refund.refund_id,
        "paymentMode": paid.mode,
        "timestamp": refund.at_ms,
        "amount": refund.amount,
        "state": refund.state,
        "instrument": paid.instrument,
        "rail": paid.rail,
        "splitInstruments": [split],
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
    return view | {"splitInstruments": [split], "paymentDetails": [detail]}


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
