"""The hosted page: a payer chooses how to pay, pays, and is sent back to the merchant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mocks.phonepe.errors import PAYMENT_FAILURES, PaymentFailure, payment_failure
from mocks.phonepe.http import Answer, Request
from mocks.phonepe.ledger import Attempt, Challenge, Order
from mocks.phonepe.legacy_views import return_form
from mocks.phonepe.merchant import Merchant
from mocks.phonepe.methods import (
    BANKS,
    CARDS,
    OTP,
    VPA,
    Method,
    card,
    net_banking,
    outcome_for_vpa,
    upi,
)
from mocks.phonepe.money import rupees
from mocks.phonepe.payments import Outcome, begin, cancel, settle
from mocks.phonepe.templating import asset, render

METHODS = {"UPI": "UPI", "CARD": "Card", "NET_BANKING": "Net banking"}


def show(merchant: Merchant, request: Request) -> Answer:
    """GET the page: the payment form, or how the order ended."""
    order = order_of(merchant, request)
    return _page(order, "pay.html", _form(merchant, order)) if order.is_open else _over(merchant, order)


def submit(merchant: Merchant, request: Request) -> Answer:
    """POST the payment form: to the merchant, to the password page, or back to the form with what is wrong."""
    order = order_of(merchant, request)
    form = request.form()
    if not order.is_open:
        return back_to_merchant(merchant, order)
    if form.get("action") == "cancel":
        cancel(merchant, order)
        return back_to_merchant(merchant, order)
    outcome = _chosen_outcome(form.get("outcome", ""))
    errors = _mistakes(form, _methods(order), checked=outcome is None)
    if errors:
        return _page(order, "pay.html", _form(merchant, order, form, errors), status=422)
    method, automatic = _method(form)
    attempt = begin(merchant, order, method)
    if method.mode == "CARD":
        merchant.ledger.challenges[attempt.transaction_id] = Challenge(order, attempt, outcome or automatic)
        return _see_other(_otp_url(request, attempt))
    return _finish(merchant, order, attempt, outcome or automatic)


def show_otp(merchant: Merchant, request: Request) -> Answer:
    """GET the password page of a card payment."""
    order = order_of(merchant, request)
    challenge = _challenge(merchant, order, request)
    return _over(merchant, order) if challenge is None else _page(order, "otp.html", _otp_form(merchant, challenge))


def confirm(merchant: Merchant, request: Request) -> Answer:
    """POST the password: right, wrong, or wrong once too often."""
    order = order_of(merchant, request)
    challenge = _challenge(merchant, order, request)
    form = request.form()
    if challenge is None:
        return back_to_merchant(merchant, order)
    if form.get("action") == "cancel":
        del merchant.ledger.challenges[challenge.attempt.transaction_id]
        settle(merchant, order, challenge.attempt, payment_failure("TXN_NOT_COMPLETED"))
        return back_to_merchant(merchant, order)
    if form.get("otp", "").strip() == OTP:
        return _finish(merchant, order, challenge.attempt, challenge.outcome)
    challenge.tries_left -= 1
    if challenge.tries_left == 0:
        return _finish(merchant, order, challenge.attempt, payment_failure("AUTHORIZATION_ERROR"))
    left = challenge.tries_left
    error = f"That OTP is not right. {left} {'try' if left == 1 else 'tries'} left."
    return _page(order, "otp.html", _otp_form(merchant, challenge, error), status=422)


def style(_: Merchant | None, __: Request) -> Answer:
    """GET the pages' style sheet."""
    return Answer(200, asset("style.css"), "text/css; charset=utf-8", {"cache-control": "max-age=3600"})


def order_of(merchant: Merchant, request: Request) -> Order:
    """The order that a page's token names; the gateway found the merchant by it."""
    return merchant.ledger.pages[request.query("token") or ""]


def back_to_merchant(merchant: Merchant, order: Order) -> Answer:
    """303 to the merchant's redirectUrl as it was given; without one the page says how the order ended.

    A v1 order with redirectMode POST gets a form that the payer posts on.
    """
    if order.posts_back and order.redirect_url:
        fields = return_form(merchant, order)
        return _page(order, "return.html", _common(merchant, order) | {"target": order.redirect_url, "fields": fields})
    return _see_other(order.redirect_url) if order.redirect_url else _over(merchant, order)


def not_found() -> Answer:
    """The page for a token that names no order."""
    return _page(None, "unknown.html", {}, status=404)


def _finish(merchant: Merchant, order: Order, attempt: Attempt, outcome: Outcome) -> Answer:
    merchant.ledger.challenges.pop(attempt.transaction_id, None)
    failed = sum(each.state == "FAILED" for each in order.attempts)
    final = not order.retries_allowed or failed >= merchant.behaviour.page_retries
    settle(merchant, order, attempt, outcome, final=final)
    if attempt.state == "FAILED" and order.is_open:
        says = payment_failure(attempt.error_code or "").says
        notice = f"{says}. You have not been charged. You can try again."
        return _page(order, "pay.html", _form(merchant, order, notice=notice))
    return back_to_merchant(merchant, order)


def _chosen_outcome(choice: str) -> Outcome | None:
    """What the payer picked under "Outcome"; None for automatic."""
    if choice in ("success", "pending"):
        return "success" if choice == "success" else "pending"
    kind, _, code = choice.partition(":")
    return payment_failure(code or "PAYMENT_ERROR") if kind == "failure" else None


def _methods(order: Order) -> dict[str, str]:
    """The methods that the merchant's enabled or disabled modes leave."""
    if order.modes is None:
        return METHODS
    families = {mode.partition("_")[0] for mode in order.modes}
    return {name: label for name, label in METHODS.items() if name.partition("_")[0] in families}


def _mistakes(form: dict[str, str], methods: Mapping[str, str], *, checked: bool) -> dict[str, str]:
    """What the payer has to correct, by field; an outcome picked by hand needs no details."""
    method = form.get("payment_method", "UPI")
    if method not in methods:
        return {"payment_method": "Choose how to pay."}
    if not checked:
        return {}
    if method == "UPI" and not VPA.match(form.get("upi_id", "").strip()):
        return {"upi_id": "Enter a UPI ID such as name@bank."}
    if method == "NET_BANKING" and form.get("bank") not in BANKS:
        return {"bank": "Choose your bank."}
    if method != "CARD":
        return {}
    checks = {
        "card_number": (_is_card_number(_card_number(form)), "Enter the number on the front of the card."),
        "expiry": (_is_expiry(form.get("expiry", "")), "Enter the expiry as MM/YY."),
        "cvv": (form.get("cvv", "").isdigit() and len(form["cvv"]) in (3, 4), "Enter the three or four digits."),
    }
    return {name: says for name, (fine, says) in checks.items() if not fine}


def _method(form: dict[str, str]) -> tuple[Method, Outcome]:
    """How the payer pays, and what that decides by itself."""
    match form.get("payment_method", "UPI"):
        case "CARD":
            known = CARDS.get(_card_number(form))
            details = (form.get("expiry", "").replace(" ", ""), form.get("cvv", ""))
            declined: Outcome = PAYMENT_FAILURES["AUTHORIZATION_ERROR"]
            fine: Outcome = "success" if known is None or details == (known.expiry, known.cvv) else declined
            return card(known.kind if known else "CREDIT_CARD"), fine
        case "NET_BANKING":
            return net_banking(form.get("bank") or "SBIN"), "success"
        case _:
            vpa = form.get("upi_id", "").strip() or "payer@ybl"
            return upi(vpa), outcome_for_vpa(vpa)


def _card_number(form: dict[str, str]) -> str:
    return form.get("card_number", "").replace(" ", "").replace("-", "")


def _is_card_number(number: str) -> bool:
    """Twelve to nineteen digits that keep Luhn's rule; the sandbox's own cards need not."""
    if number in CARDS:
        return True
    if not (number.isdigit() and 12 <= len(number) <= 19):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_expiry(text: str) -> bool:
    month, _, year = text.replace(" ", "").partition("/")
    return month.isdigit() and year.isdigit() and 1 <= int(month) <= 12 and len(year) in (2, 4)


def _challenge(merchant: Merchant, order: Order, request: Request) -> Challenge | None:
    found = merchant.ledger.challenges.get(request.query("transaction") or "")
    return found if found is not None and found.order is order and found.attempt.state == "PENDING" else None


def _otp_url(request: Request, attempt: Attempt) -> str:
    return f"{request.path}/otp?{request.query_string}&transaction={attempt.transaction_id}"


def _form(
    merchant: Merchant,
    order: Order,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    notice: str | None = None,
) -> dict[str, Any]:
    return _common(merchant, order) | {
        "methods": _methods(order),
        "banks": BANKS,
        "failures": [failure for failure in PAYMENT_FAILURES.values() if isinstance(failure, PaymentFailure)],
        "values": values or {"payment_method": next(iter(_methods(order)), "")},
        "errors": errors or {},
        "notice": notice,
    }


def _otp_form(merchant: Merchant, challenge: Challenge, error: str | None = None) -> dict[str, Any]:
    return _common(merchant, challenge.order) | {"error": error}


def _common(merchant: Merchant, order: Order) -> dict[str, Any]:
    return {
        "merchant": merchant.name,
        "amount": rupees(order.amount),
        "reference": order.merchant_order_id,
        "message": order.message,
    }


def _over(merchant: Merchant, order: Order) -> Answer:
    return _page(order, "over.html", _common(merchant, order) | {"state": order.state, "back": order.redirect_url})


def _page(order: Order | None, template: str, context: dict[str, Any], status: int = 200) -> Answer:
    html = render(template, context)
    headers = {
        "content-security-policy": _policy(order),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
    return Answer(status, html, "text/html; charset=utf-8", headers)


def _policy(order: Order | None) -> str:
    """Browsers apply form-action to redirects after a submit, so the merchant's origin has to be in it."""
    origin = ""
    if order is not None and order.redirect_url:
        parts = urlsplit(order.redirect_url)
        origin = f" {parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        f"form-action 'self'{origin}; frame-ancestors 'self'{origin}"
    )


def _see_other(location: str) -> Answer:
    return Answer(303, b"", "text/plain", {"location": location, "cache-control": "no-store"})
