"""What happens to an order: it is made, tried, paid, failed or given up."""

from __future__ import annotations

import secrets
from typing import Literal

from mocks.phonepe.behaviour import Failure
from mocks.phonepe.errors import ABANDONED, PaymentFailure, payment_failure
from mocks.phonepe.ledger import Attempt, Order
from mocks.phonepe.merchant import Merchant
from mocks.phonepe.methods import Method
from mocks.phonepe.views import order_view
from mocks.phonepe.webhooks import Event

Outcome = Literal["success", "pending"] | PaymentFailure

EVENT_FAMILIES = {
    "PG_CHECKOUT": "checkout.order",
    "PG": "pg.order",
    "SUBSCRIPTION_SETUP": "subscription.setup.order",
    "SUBSCRIPTION_CHECKOUT_SETUP": "subscription.setup.order",
    "SUBSCRIPTION_REDEMPTION": "subscription.redemption.order",
}
ATTEMPT_EVENTS = {
    "PG_CHECKOUT": "checkout.transaction.attempt.failed",
    "PG": "pg.transaction.attempt.failed",
}


def open_order(merchant: Merchant, order: Order) -> None:
    """Put a new order into the ledger; it gives up by itself when it expires."""
    order.page_token = f"{merchant.merchant_id}~{secrets.token_urlsafe(18)}"
    merchant.ledger.pages[order.page_token] = order
    merchant.ledger.add_order(order)
    merchant.clock.at(order.expire_ms / 1000, lambda: _expire(merchant, order))


def try_to_pay(merchant: Merchant, order: Order, method: Method, outcome: Outcome, *, final: bool = True) -> Attempt:
    """Add an attempt that ends as `outcome`; a failed one fails the order too when it is the final one."""
    attempt = begin(merchant, order, method)
    settle(merchant, order, attempt, outcome, final=final)
    return attempt


def begin(merchant: Merchant, order: Order, method: Method) -> Attempt:
    """Add an attempt that is not decided yet."""
    attempt = Attempt(
        transaction_id=merchant.new_id("OM"),
        mode=method.mode,
        amount=order.amount,
        at_ms=merchant.now_ms(),
        instrument=method.instrument,
        rail=method.rail,
    )
    merchant.ledger.add_attempt(order, attempt)
    return attempt


def settle(merchant: Merchant, order: Order, attempt: Attempt, outcome: Outcome, *, final: bool = True) -> None:
    """End an attempt, and with it the order unless the payer may try again; tell the merchant.

    The behaviour's outcome, where it has one, goes before `outcome`.
    """
    conclude(merchant, order, attempt, _decided(merchant, outcome), final=final)


def conclude(merchant: Merchant, order: Order, attempt: Attempt, outcome: Outcome, *, final: bool = True) -> None:
    """End an attempt as `outcome`, whatever the behaviour says."""
    match outcome:
        case "pending":
            _settle_later(merchant, order, attempt)
        case "success":
            merchant.ledger.move("attempt", attempt, "COMPLETED")
            _close(merchant, order, "COMPLETED")
        case PaymentFailure() as failure:
            attempt.error_code, attempt.detailed_error_code = failure.code, failure.detailed
            merchant.ledger.move("attempt", attempt, "FAILED")
            if final:
                fail(merchant, order, failure)
            elif (name := ATTEMPT_EVENTS.get(order.flow)) is not None:
                merchant.tell(_event(merchant, order, name, last=False))


def fail(merchant: Merchant, order: Order, failure: PaymentFailure) -> None:
    """Close an order as failed; attempts still pending fail with it."""
    for attempt in order.attempts:
        if attempt.state == "PENDING":
            attempt.error_code, attempt.detailed_error_code = failure.code, failure.detailed
            merchant.ledger.move("attempt", attempt, "FAILED")
    order.error_code, order.detailed_error_code = failure.code, failure.detailed
    _close(merchant, order, "FAILED")


def cancel(merchant: Merchant, order: Order) -> None:
    """The payer walks away on purpose."""
    if merchant.behaviour.cancel == "fails":
        fail(merchant, order, ABANDONED)


def outcome_of(failure: Failure) -> PaymentFailure:
    """A behaviour's failure as the catalogue knows it."""
    return payment_failure(failure.failure, failure.detailed)


def _decided(merchant: Merchant, outcome: Outcome) -> Outcome:
    match merchant.behaviour.outcome:
        case "by_payer":
            return outcome
        case "cancel":
            return ABANDONED
        case Failure() as failure:
            return outcome_of(failure)
        case "success" | "pending" as forced:
            return forced


def _settle_later(merchant: Merchant, order: Order, attempt: Attempt) -> None:
    behaviour = merchant.behaviour
    if behaviour.settle_pending_after_s is None:
        return
    verdict = behaviour.settle_pending_as
    outcome: Outcome = outcome_of(verdict) if isinstance(verdict, Failure) else verdict

    def settle_now() -> None:
        if attempt.state == "PENDING":
            conclude(merchant, order, attempt, outcome)

    merchant.clock.after(behaviour.settle_pending_after_s, settle_now)


def _expire(merchant: Merchant, order: Order) -> None:
    if order.state == "PENDING" and merchant.behaviour.expires:
        fail(merchant, order, ABANDONED)


def _close(merchant: Merchant, order: Order, state: Literal["COMPLETED", "FAILED"]) -> None:
    merchant.ledger.move("order", order, state)
    merchant.tell(_event(merchant, order, f"{EVENT_FAMILIES[order.flow]}.{state.lower()}"))


def _event(merchant: Merchant, order: Order, name: str, *, last: bool = True) -> Event:
    payload = order_view(merchant, order, all_attempts=True)
    return Event(name, payload, order.merchant_order_id, order.merchant_order_id, last)
