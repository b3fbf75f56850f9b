"""Orders, refunds and subscriptions as they look on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocks.phonepe.ledger import Attempt, Json, Order

if TYPE_CHECKING:
    from mocks.phonepe.merchant import Merchant


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
    if attempt.state == "COMPLETED":
        split = {"instrument": attempt.instrument, "rail": attempt.rail, "amount": attempt.amount}
        view |= {"instrument": attempt.instrument, "rail": attempt.rail, "splitInstruments": [split]}
    return view


def order_view(merchant: Merchant, order: Order, *, all_attempts: bool, with_context: bool = False) -> Json:
    """An order's status; `all_attempts` false shows the latest one alone."""
    attempts = order.attempts if all_attempts else order.attempts[-1:]
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
