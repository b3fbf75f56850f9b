"""What happens to an order: it is opened, tried, paid, failed or given up, and the merchant is told."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Final, Literal

from ..state.behaviour import Failure
from ..state.events import Event
from ..state.instruments import Method
from ..state.ledger import Attempt, Order
from ..state.merchant import Merchant
from ..wire.errors import ABANDONED, CANCELLED, PaymentFailure, payment_failure
from .v1_views import order_document
from .views import order_view

Outcome = Literal["success", "pending"] | PaymentFailure

CHECKOUT_SETUP_FLOW: Final = "SUBSCRIPTION_CHECKOUT_SETUP"
CHECKOUT_REDEMPTION_FLOW: Final = "SUBSCRIPTION_CHECKOUT_REDEMPTION"

ORDER_EVENTS: Final[Mapping[str, str]] = {
    "PG_CHECKOUT": "checkout.order",
    "PG": "pg.order",
    "V1": "v1.order",
    "SUBSCRIPTION_SETUP": "subscription.setup.order",
    "SUBSCRIPTION_REDEMPTION": "subscription.redemption.order",
    CHECKOUT_SETUP_FLOW: "checkout.order",
    CHECKOUT_REDEMPTION_FLOW: "checkout.order",
}
"""An order's events: completed and failed."""

ATTEMPT_EVENTS: Final[Mapping[tuple[str, str], str]] = {
    ("PG_CHECKOUT", "FAILED"): "checkout.transaction.attempt.failed",
    (CHECKOUT_SETUP_FLOW, "FAILED"): "checkout.transaction.attempt.failed",
    (CHECKOUT_REDEMPTION_FLOW, "FAILED"): "checkout.transaction.attempt.failed",
    ("PG", "FAILED"): "pg.transaction.attempt.failed",
    ("SUBSCRIPTION_REDEMPTION", "FAILED"): "subscription.redemption.transaction.failed",
    ("SUBSCRIPTION_REDEMPTION", "COMPLETED"): "subscription.redemption.transaction.completed",
}
"""What is told of an attempt, by flow and state; the rest is not."""


def open_order(merchant: Merchant, order: Order, state: str = "PENDING") -> None:
    """Put a new order into the ledger; it gives up by itself when it expires."""
    order.page_token = f"{merchant.merchant_id}~{secrets.token_urlsafe(18)}"
    merchant.ledger.pages[order.page_token] = order
    merchant.ledger.add_order(order, state)
    expire_later(merchant, order)


def expire_later(merchant: Merchant, order: Order) -> None:
    """Let an order give up when it expires."""
    merchant.clock.at(order.expire_ms / 1000, lambda: _expire(merchant, order))


def try_to_pay(merchant: Merchant, order: Order, method: Method, outcome: Outcome) -> Attempt:
    """Add an attempt that ends as `outcome`, and the order with it."""
    attempt = begin(merchant, order, method)
    settle(merchant, order, attempt, outcome)
    return attempt


def begin(merchant: Merchant, order: Order, method: Method) -> Attempt:
    """Add an attempt that is not decided yet."""
    attempt = Attempt(
        transaction_id=merchant.new_id("OM"),
        mode=method.mode,
        amount=order.amount,
        at_ms=merchant.now_ms(),
    )
    take(merchant, order, attempt, method)
    merchant.ledger.add_attempt(order, attempt)
    return attempt


def take(merchant: Merchant, order: Order, attempt: Attempt, method: Method) -> None:
    """Let an attempt go by a method; a mandate's attempts show its UMN."""
    attempt.mode, attempt.instrument, attempt.rail = method.mode, method.instrument, method.rail
    attempt.splits = ()
    mandate = merchant.ledger.subscriptions.get(order.subscription_id or "")
    if mandate is not None and method.rail["type"] == "UPI":
        attempt.rail = method.rail | {"umn": mandate.umn}


def decide_later(
    merchant: Merchant,
    order: Order,
    attempt: Attempt,
    automatic: Outcome | None,
    *,
    final: bool = True,
    then: Callable[[], None] | None = None,
) -> None:
    """Let a payer without a page decide after the behaviour's `payer_delay_s`.

    `automatic` None waits for a payer's action unless the behaviour has an outcome.
    """
    if automatic is None and merchant.behaviour.outcome == "by_payer":
        return

    def decide() -> None:
        if attempt.state == "PENDING":
            settle(merchant, order, attempt, automatic or "pending", final=final)
            if then is not None:
                then()

    if merchant.behaviour.webhook.mode == "before_response":
        decide()
    else:
        merchant.clock.after(merchant.behaviour.payer_delay_s, decide)


def settle(merchant: Merchant, order: Order, attempt: Attempt, outcome: Outcome, *, final: bool = True) -> None:
    """End an attempt as `outcome`, unless the behaviour has an outcome of its own."""
    conclude(merchant, order, attempt, _decided(merchant, outcome), final=final)


def conclude(merchant: Merchant, order: Order, attempt: Attempt, outcome: Outcome, *, final: bool = True) -> None:
    """End an attempt, and with it the order unless it failed and is not the `final` one."""
    match outcome:
        case "pending":
            _settle_later(merchant, order, attempt)
        case "success":
            merchant.ledger.move("attempt", attempt, "COMPLETED")
            _announce_attempt(merchant, order, attempt)
            _close(merchant, order, "COMPLETED")
        case PaymentFailure():
            attempt.error_code, attempt.detailed_error_code = outcome.code, outcome.detailed
            merchant.ledger.move("attempt", attempt, "FAILED")
            if not final:
                _announce_attempt(merchant, order, attempt)
            else:
                fail(merchant, order, outcome)


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
        fail(merchant, order, CANCELLED)


def announce(merchant: Merchant, order: Order, name: str, *, last: bool = True) -> None:
    """Tell the merchant how an order is now."""
    v1 = order.flow == "V1"
    payload = order_document(merchant, order) if v1 else order_view(merchant, order, order.attempts, told=True)
    if name.endswith("transaction.attempt.failed"):
        failed = order.attempts[-1]
        payload |= {"errorCode": failed.error_code, "detailedErrorCode": failed.detailed_error_code}
    event = Event(name, payload, order.merchant_order_id, order.merchant_order_id, last, order.callback)
    merchant.tell(event, order.webhook)


def outcome_of(failure: Failure) -> PaymentFailure:
    """A behaviour's failure as the catalogue knows it."""
    return payment_failure(failure.failure, failure.detailed)


def _decided(merchant: Merchant, outcome: Outcome) -> Outcome:
    match merchant.behaviour.outcome:
        case "by_payer":
            return outcome
        case "cancel":
            return CANCELLED
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
    if not merchant.behaviour.expires:
        return
    if order.state == "NOTIFIED":
        merchant.ledger.move("order", order, "EXPIRED")
        announce(merchant, order, f"{ORDER_EVENTS[order.flow]}.failed")
    elif order.is_open:
        fail(merchant, order, ABANDONED)


def _close(merchant: Merchant, order: Order, state: Literal["COMPLETED", "FAILED"]) -> None:
    merchant.ledger.move("order", order, state)
    subscription = merchant.ledger.subscriptions.get(order.subscription_id or "")
    if subscription is not None and subscription.setup is order:
        merchant.ledger.move("subscription", subscription, "ACTIVE" if state == "COMPLETED" else "FAILED")
    announce(merchant, order, f"{ORDER_EVENTS[order.flow]}.{state.lower()}")


def _announce_attempt(merchant: Merchant, order: Order, attempt: Attempt) -> None:
    name = ATTEMPT_EVENTS.get((order.flow, attempt.state))
    if name is not None:
        announce(merchant, order, name, last=False)
