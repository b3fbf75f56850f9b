"""How v1 speaks of transactions and refunds, and signs what it says."""

from __future__ import annotations

from typing import Final

from ..state.ledger import Attempt, Order, Refund
from ..state.merchant import Merchant
from ..webhooks.x_verify import sign
from ..wire.messages import Json

SPOKEN: Final = {
    "COMPLETED": ("PAYMENT_SUCCESS", "Your payment is successful."),
    "FAILED": ("PAYMENT_ERROR", "Payment Failed"),
    "PENDING": ("PAYMENT_PENDING", "Your payment is pending."),
    "CONFIRMED": ("PAYMENT_PENDING", "Your payment is pending."),
}


def order_document(merchant: Merchant, order: Order) -> Json:
    """A transaction's status, as it is asked for and as it is called back."""
    code, message = SPOKEN[order.state]
    last = order.attempts[-1] if order.attempts else None
    data: Json = {
        "merchantId": merchant.merchant_id,
        "merchantTransactionId": order.merchant_order_id,
        "transactionId": order.order_id,
        "amount": order.amount,
        "state": order.state,
        "responseCode": _response_code(order, last),
        "paymentInstrument": _instrument(last),
    }
    return {"success": order.state != "FAILED", "code": code, "message": message, "data": data}


def refund_document(merchant: Merchant, made: Refund) -> Json:
    """A refund's status."""
    code, message = SPOKEN[made.state]
    data = {
        "merchantId": merchant.merchant_id,
        "merchantTransactionId": made.merchant_refund_id,
        "transactionId": made.refund_id,
        "amount": made.amount,
        "state": "PENDING" if made.state == "CONFIRMED" else made.state,
        "responseCode": "SUCCESS" if made.state == "COMPLETED" else made.error_code or code,
    }
    return {"success": made.state != "FAILED", "code": code, "message": message, "data": data}


def return_form(merchant: Merchant, order: Order) -> dict[str, str]:
    """The fields that redirectMode POST posts to the merchant."""
    form = {
        "code": SPOKEN[order.state][0],
        "merchantId": merchant.merchant_id,
        "transactionId": order.merchant_order_id,
        "amount": str(order.amount),
        "providerReferenceId": order.order_id,
    }
    text = "".join(form[name] for name in sorted(form))
    return form | {"checksum": sign(text, merchant.salt_key, merchant.salt_index)}


def _response_code(order: Order, last: Attempt | None) -> str:
    if order.state == "FAILED":
        return (last.detailed_error_code if last else None) or order.detailed_error_code or "PAYMENT_ERROR"
    return "SUCCESS" if order.state == "COMPLETED" else "PENDING"


def _instrument(last: Attempt | None) -> Json | None:
    if last is None or last.state != "COMPLETED":
        return None
    rail, instrument = last.rail or {}, last.instrument or {}
    match last.mode:
        case "CARD" | "TOKEN":
            return {
                "type": "CARD",
                "cardType": instrument.get("type"),
                "pgTransactionId": rail.get("transactionId"),
                "bankTransactionId": instrument.get("bankTransactionId"),
                "pgAuthorizationCode": rail.get("authorizationCode"),
                "arn": instrument.get("arn"),
                "bankId": instrument.get("bankId"),
            }
        case "NET_BANKING":
            return {
                "type": "NETBANKING",
                "pgTransactionId": rail.get("transactionId"),
                "pgServiceTransactionId": rail.get("serviceTransactionId"),
                "bankTransactionId": instrument.get("bankTransactionId"),
                "bankId": instrument.get("bankId"),
            }
        case _:
            return {"type": "UPI", "utr": rail.get("utr"), "upiTransactionId": rail.get("upiTransactionId")}
