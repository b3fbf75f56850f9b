"""The hosted page: a payer chooses how to pay, pays, and is sent back to the merchant."""

from __future__ import annotations

from starlette.responses import Response

from ..payments.lifecycle import Outcome, begin, cancel, settle
from ..payments.v1_views import return_form
from ..state.instruments import OTP
from ..state.ledger import Attempt, Challenge, Order
from ..state.merchant import Merchant
from ..wire.errors import CANCELLED, payment_failure
from ..wire.messages import Request
from . import views
from .entrance import turned_away
from .form import Entry


def show(merchant: Merchant, request: Request) -> Response:
    """GET the page: the payment form, or how the order ended."""
    order = order_of(merchant, request)
    if (refusal := turned_away(merchant, order, request)) is not None:
        return refusal
    return views.form(merchant, order, request) if order.is_open else views.over(merchant, order, request)


def submit(merchant: Merchant, request: Request) -> Response:
    """POST the payment form: to the merchant, to the password page, or back to the form with what is wrong."""
    order = order_of(merchant, request)
    if (refusal := turned_away(merchant, order, request)) is not None:
        return refusal
    entry = Entry(order, dict(request.entries))
    if not order.is_open:
        return back_to_merchant(merchant, order, request)
    if entry.cancels:
        cancel(merchant, order)
        return back_to_merchant(merchant, order, request, cancelled=True)
    if mistakes := entry.mistakes():
        return views.form(merchant, order, request, entry.values, mistakes)
    method, outcome = entry.method()
    attempt = begin(merchant, order, method)
    if method.mode == "CARD":
        merchant.ledger.challenges[attempt.transaction_id] = Challenge(order, attempt, outcome)
        return views.see_other(_otp_url(request, attempt))
    return _finish(merchant, order, attempt, outcome, request)


def show_otp(merchant: Merchant, request: Request) -> Response:
    """GET the password page of a card payment."""
    order = order_of(merchant, request)
    challenge = _challenge(merchant, order, request)
    return views.over(merchant, order, request) if challenge is None else views.otp(merchant, challenge, request)


def confirm(merchant: Merchant, request: Request) -> Response:
    """POST the password: right, wrong, or wrong once too often."""
    order = order_of(merchant, request)
    challenge = _challenge(merchant, order, request)
    form = request.entries
    if challenge is None:
        return back_to_merchant(merchant, order, request)
    if form.get("action") == "cancel":
        del merchant.ledger.challenges[challenge.attempt.transaction_id]
        settle(merchant, order, challenge.attempt, CANCELLED)
        return back_to_merchant(merchant, order, request, cancelled=True)
    if form.get("otp", "").strip() == OTP:
        return _finish(merchant, order, challenge.attempt, challenge.outcome, request)
    challenge.tries_left -= 1
    if challenge.tries_left == 0:
        return _finish(merchant, order, challenge.attempt, payment_failure("AUTHORIZATION_ERROR"), request)
    left = challenge.tries_left
    return views.otp(
        merchant, challenge, request, f"That OTP is not right. {left} {'try' if left == 1 else 'tries'} left."
    )


def show_code(merchant: Merchant, request: Request) -> Response:
    """GET the QR code that an order is paid by."""
    return views.code(merchant, order_of(merchant, request))


def order_of(merchant: Merchant, request: Request) -> Order:
    """The order that a page's token names; the gateway found the merchant by it."""
    return merchant.ledger.pages[request.query("token") or ""]


def back_to_merchant(merchant: Merchant, order: Order, request: Request, *, cancelled: bool = False) -> Response:
    """303 to the merchant's redirectUrl as it was given; without one the page says how the order ended.

    A v1 order with redirectMode POST gets a form that the payer posts on. In a frame the merchant's page is there
    already: it is told, and takes the frame away.
    """
    if views.is_framed(request):
        return views.done(merchant, order, request, "USER_CANCEL" if cancelled else "CONCLUDED")
    if order.posts_back and order.redirect_url:
        return views.return_by_form(merchant, order, request, return_form(merchant, order))
    return views.see_other(order.redirect_url) if order.redirect_url else views.over(merchant, order, request)


def _finish(merchant: Merchant, order: Order, attempt: Attempt, outcome: Outcome, request: Request) -> Response:
    merchant.ledger.challenges.pop(attempt.transaction_id, None)
    failed = sum(each.state == "FAILED" for each in order.attempts)
    final = not order.retries_allowed or failed >= merchant.behaviour.page_retries
    settle(merchant, order, attempt, outcome, final=final)
    if attempt.state == "FAILED" and order.is_open:
        says = payment_failure(attempt.error_code or "").says
        notice = f"{says}. You have not been charged. You can try again."
        return views.form(merchant, order, request, notice=notice)
    return back_to_merchant(merchant, order, request)


def _challenge(merchant: Merchant, order: Order, request: Request) -> Challenge | None:
    found = merchant.ledger.challenges.get(request.query("transaction") or "")
    return found if found is not None and found.order is order and found.attempt.state == "PENDING" else None


def _otp_url(request: Request, attempt: Attempt) -> str:
    return f"{request.path}/otp?{request.query_string}&transaction={attempt.transaction_id}"
