"""Every way a payment fails, as a stable code and a sentence that a customer understands (PAY-10)."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "WRONG_PIN": "The UPI PIN was wrong. Please try again with the right PIN.",
    "INSUFFICIENT_FUNDS": "There was not enough money in the account. Please try another way to pay.",
    "PAYMENT_ABANDONED": "The payment was not finished, and no money was taken. Please try again.",
    "PAYMENT_DECLINED": "The bank declined the payment. Please try another way to pay.",
    "PAYMENT_CANCELLED": "The payment was cancelled, and no money was taken. You can try again at any time.",
    "BANK_UNAVAILABLE": "The bank could not be reached. Please try again in a few minutes, or pay another way.",
    "NOT_AUTHORISED": "The payment was not authorised. Please try again, or pay another way.",
    "LIMIT_EXCEEDED": "The payment is above the limit of this account. Please pay another way.",
    "ORDER_NEVER_PLACED": "The payment service never received the order, and no money was taken. Please try again.",
    "ORDER_REFUSED": "The payment service refused the order, and no money was taken. Please try again.",
    "GATEWAY_UNAVAILABLE": "The payment service cannot be reached just now. Please try again in a minute.",
    "PAYMENT_FAILED": "The payment did not succeed. Please try again, or pay another way.",
}

_CODES: dict[str, str] = {
    "ZM": "WRONG_PIN",
    "INVALID_MPIN": "WRONG_PIN",
    "Z9": "INSUFFICIENT_FUNDS",
    "INSUFFICIENT_BALANCE": "INSUFFICIENT_FUNDS",
    "INSUFFICIENT_FUNDS": "INSUFFICIENT_FUNDS",
    "TXN_AUTO_FAILED": "PAYMENT_ABANDONED",
    "TXN_NOT_COMPLETED": "PAYMENT_ABANDONED",
    "TIMED_OUT": "PAYMENT_ABANDONED",
    "TXN_CANCELLED": "PAYMENT_CANCELLED",
    "REQUEST_CANCEL_BY_REQUESTER": "PAYMENT_CANCELLED",
    "USER_CANCEL": "PAYMENT_CANCELLED",
    "TXN_FAILED": "PAYMENT_DECLINED",
    "PAYMENT_DECLINED": "PAYMENT_DECLINED",
    "BANK_TECHNICAL_ISSUE": "BANK_UNAVAILABLE",
    "UPI_BACKBONE_ERROR": "BANK_UNAVAILABLE",
    "PG_BACKBONE_ERROR": "BANK_UNAVAILABLE",
    "AUTHORIZATION_ERROR": "NOT_AUTHORISED",
    "TRANSACTION_LIMIT_EXCEEDED": "LIMIT_EXCEEDED",
}
EXPIRY_CODES = frozenset({"TXN_AUTO_FAILED", "TXN_NOT_COMPLETED", "ORDER_EXPIRED"})
"""What the gateway says of an order that nobody finished in time."""


def stable_code(error_code: str | None, detailed: str | None) -> str:
    """Our code for the gateway's pair; the outer code wins over the detail where both are known."""
    for code in (error_code, detailed):
        if code in _CODES:
            return _CODES[code]
    return "PAYMENT_FAILED"


def sentence(code: str) -> str:
    """What a customer is told."""
    return SENTENCES.get(code, SENTENCES["PAYMENT_FAILED"])
