"""The error catalogue: what each case answers, unless a merchant's behaviour says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class ErrorCase:
    """The HTTP status and the body's code and message."""

    status: int
    code: str
    message: str
    error_code: str | None = None


CATALOGUE: Final[Mapping[str, ErrorCase]] = {
    "invalid_client": ErrorCase(400, "INVALID_CLIENT", "Bad Request: Invalid Client", "OIM000"),
    "unauthorized": ErrorCase(
        401,
        "AUTHORIZATION_FAILED",
        "Authorization failed [message = Please check the authorization token and try again]",
    ),
    "validation": ErrorCase(400, "BAD_REQUEST", "Please check the inputs you have provided."),
    "unmapped": ErrorCase(404, "404", "Bad Request - Api Mapping Not Found"),
    "media_type": ErrorCase(415, "UNSUPPORTED_MEDIA_TYPE", "HTTP 415 Unsupported Media Type"),
    "wrong_token": ErrorCase(401, "PR004", "Unauthorized", "PR004"),
    "rate_limited": ErrorCase(429, "TOO_MANY_REQUESTS", "Too many requests. Please try again later."),
    "server": ErrorCase(
        500,
        "INTERNAL_SERVER_ERROR",
        "There is an error trying to process your transaction at the moment. Please try again in a while.",
    ),
    "unknown_order": ErrorCase(400, "INVALID_MERCHANT_ORDER_ID", "No entry found for given merchant order id"),
    "unknown_transaction": ErrorCase(400, "MAPPING_NOT_FOUND", "No mapping found for the given transaction id"),
    "duplicate_order": ErrorCase(417, "INVALID_TRANSACTION_ID", "Order ID has already been used"),
    "duplicate_refund": ErrorCase(400, "REFUND_ID_DUPLICATED", "Refund id has already been used"),
    "excess_refund": ErrorCase(400, "BAD_REQUEST", "Refund amount exceeds what is left of the order"),
    "unpaid_refund": ErrorCase(400, "BAD_REQUEST", "Only a completed order can be refunded"),
    "unknown_refund": ErrorCase(404, "REFUND_NOT_FOUND", "No refund found for the given merchant refund id"),
    "unknown_subscription": ErrorCase(
        400, "SUBSCRIPTION_NOT_FOUND", "No subscription found for the given merchant subscription id"
    ),
    "duplicate_subscription": ErrorCase(
        400, "DUPLICATE_REQUEST_ID", "The merchant subscription id has already been used"
    ),
    "subscription_state": ErrorCase(
        400, "INVALID_SUBSCRIPTION_STATE", "The subscription is not in a state that allows this"
    ),
    "redeemed_already": ErrorCase(400, "DUPLICATE_TXN_REQUEST", "The order has already been redeemed"),
    "redeem_too_early": ErrorCase(
        400,
        "SUBSCRIPTION_DEBIT_EXECUTE_INTERVAL_NOT_STARTED",
        "The debit may be executed 24 hours after the notification at the earliest",
    ),
    "redeem_running": ErrorCase(400, "BAD_REQUEST", "Previous transaction is not in terminal state"),
    "limit_exceeded": ErrorCase(
        417, "TRANSACTION_LIMIT_EXCEEDED", "The amount exceeds the subscription's maximum amount"
    ),
    "v1_unauthorized": ErrorCase(401, "AUTHORIZATION_FAILED", "X-VERIFY does not match the request"),
    "v1_no_key": ErrorCase(400, "KEY_NOT_CONFIGURED", "No key is configured for the merchant"),
    "v1_validation": ErrorCase(400, "BAD_REQUEST", "Please check the inputs you have provided."),
    "v1_transaction_id": ErrorCase(
        400, "INVALID_TRANSACTION_ID", "The transaction id you have entered seems to be invalid."
    ),
    "v1_duplicate": ErrorCase(417, "DUPLICATE_TXN_REQUEST", "The transaction id has already been used"),
    "v1_unknown_transaction": ErrorCase(
        404, "TRANSACTION_NOT_FOUND", "No transaction found with the given transaction id"
    ),
}


class GatewayError(Exception):
    """A request is refused: a case of the catalogue, its context, and a more exact message."""

    def __init__(self, case: str, message: str | None = None, **context: Any) -> None:
        super().__init__(case)
        self.case = case
        self.message = message
        self.context = context


@dataclass(frozen=True, slots=True)
class PaymentFailure:
    """Why a payment failed: an attempt's errorCode and detailedErrorCode, a sentence, and who failed at which stage."""

    code: str
    detailed: str
    says: str
    source: str = "CUSTOMER"
    stage: str = "AUTHORIZATION"


ABANDONED: Final = PaymentFailure(
    "TXN_NOT_COMPLETED", "TXN_AUTO_FAILED", "The payment was not completed in time", stage="PRE_AUTHENTICATION"
)
CANCELLED: Final = PaymentFailure(
    "TXN_CANCELLED", "REQUEST_CANCEL_BY_REQUESTER", "The payment was cancelled", stage="PRE_AUTHENTICATION"
)

PAYMENT_FAILURES: Final[Mapping[str, PaymentFailure]] = {
    failure.code: failure
    for failure in (
        PaymentFailure("PAYMENT_ERROR", "TXN_FAILED", "The payment failed", "ISSUING_BANK"),
        PaymentFailure("INSUFFICIENT_BALANCE", "Z9", "The account's balance is too low"),
        PaymentFailure("INSUFFICIENT_FUNDS", "Z9", "The account does not hold enough money"),
        PaymentFailure("INVALID_MPIN", "ZM", "The UPI PIN was wrong", stage="AUTHENTICATION"),
        PaymentFailure(
            "AUTHENTICATION_FAILED", "AUTHENTICATION_FAILED", "Who pays was not proved", stage="AUTHENTICATION"
        ),
        PaymentFailure("AUTHORIZATION_ERROR", "ZM", "The bank did not authorise the payment"),
        PaymentFailure("PAYMENT_DECLINED", "ZA", "The payer declined the payment"),
        PaymentFailure("TRANSACTION_LIMIT_EXCEEDED", "Z8", "The payment is above the account's limit"),
        PaymentFailure("BANK_TECHNICAL_ISSUE", "U90", "The bank has a technical problem", "ISSUING_BANK"),
        PaymentFailure("BANK_ERROR", "U30", "The bank could not debit the account", "ISSUING_BANK"),
        PaymentFailure("TRANSACTION_TIMEOUT", "UT", "The bank did not answer in time", "ISSUING_BANK"),
        PaymentFailure("UPI_BACKBONE_ERROR", "U28", "UPI has a technical problem", "NETWORK"),
        PaymentFailure("PG_BACKBONE_ERROR", "UPI_1231", "The gateway has a technical problem", "GATEWAY"),
        PaymentFailure("OTHERS", "500", "Something else went wrong", "GATEWAY"),
        CANCELLED,
        ABANDONED,
    )
}
"""The documented codes. Stage and source are the documentation's where it has them."""


def payment_failure(code: str, detailed: str | None = None) -> PaymentFailure:
    """The failure of that code; one that the table does not know is its own detail."""
    known = PAYMENT_FAILURES.get(code) or PaymentFailure(code, code, code)
    return known if detailed is None else replace(known, detailed=detailed)
