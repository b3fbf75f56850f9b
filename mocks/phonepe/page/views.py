"""The hosted page as HTML: the form, the password, the end, and the scripts of checkout in a frame."""

from __future__ import annotations

import io
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.responses import Response

from ..payments.starting import intent_url
from ..state.instruments import BANKS
from ..state.ledger import Challenge, Order
from ..state.merchant import Merchant
from ..state.money import rupees
from ..wire.errors import PAYMENT_FAILURES
from ..wire.messages import Request, answer
from ..wire.templating import asset, render
from .form import APPS, choices

Context = dict[str, Any]

SHARED: Final = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
"""Scripts and styles are loaded by merchants' pages of any origin, with `crossorigin` too."""


def form(
    merchant: Merchant,
    order: Order,
    request: Request,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    notice: str | None = None,
) -> Response:
    """The payment form; with errors as 422, and with what was entered."""
    methods = choices(order)
    context = {
        "methods": methods,
        "banks": BANKS,
        "apps": APPS,
        "link": intent_url(merchant, order, order.order_id),
        "code": f"{request.path}/code.svg?{request.query_string}",
        "failures": list(PAYMENT_FAILURES.values()),
        "values": {"payment_method": next(iter(methods), "")} | (values or {}),
        "errors": errors or {},
        "notice": notice,
    }
    return _page(order, request, "pay.html", _common(merchant, order) | context, 422 if errors else 200)


def otp(merchant: Merchant, challenge: Challenge, request: Request, error: str | None = None) -> Response:
    """The password page of a card payment; with an error as 422."""
    context = _common(merchant, challenge.order) | {"error": error}
    return _page(challenge.order, request, "otp.html", context, 422 if error else 200)


def over(merchant: Merchant, order: Order, request: Request) -> Response:
    """How an order ended, and the way back."""
    context = _common(merchant, order) | {"state": order.state, "back": order.redirect_url}
    return _page(order, request, "over.html", context)


def done(merchant: Merchant, order: Order, request: Request, outcome: str) -> Response:
    """The end in a frame: a script tells the merchant's page of it."""
    context = _common(merchant, order) | {"state": order.state, "back": order.redirect_url, "outcome": outcome}
    return _page(order, request, "done.html", context)


def return_by_form(merchant: Merchant, order: Order, request: Request, fields: dict[str, str]) -> Response:
    """The form that a v1 payer posts on to the merchant."""
    context = _common(merchant, order) | {"target": order.redirect_url, "fields": fields}
    return _page(order, request, "return.html", context)


def not_found() -> Response:
    """The page for a token that names no order."""
    return _page(None, None, "unknown.html", {}, 404)


def turned_away(code: str, why: str, status: int) -> Response:
    """The page for whoever may not open a payment's page."""
    return _page(None, None, "away.html", {"code": code, "why": why}, status)


def see_other(location: str) -> Response:
    """303 to somewhere else."""
    return answer(303, b"", "text/plain", {"location": location, "cache-control": "no-store"})


def style(_: Merchant | None, __: Request) -> Response:
    """GET the pages' style sheet."""
    return _asset("style.css", "text/css")


def frame_script(_: Merchant | None, __: Request) -> Response:
    """GET the script that tells of the end in a frame."""
    return _asset("frame.js", "text/javascript")


def checkout_script(_: Merchant | None, __: Request) -> Response:
    """GET what merchants' pages load from PhonePe: it shows a payment in a frame, or leads to its page."""
    return _asset("checkout.js", "text/javascript")


def is_framed(request: Request | None) -> bool:
    """Whether checkout.js shows the page in a frame."""
    return request is not None and request.flag("frame")


def code(merchant: Merchant, order: Order) -> Response:
    """A QR code of the link that an order is paid by; drawn only when it is looked at, since that takes a while."""
    import segno

    drawn = segno.make(intent_url(merchant, order, order.order_id), error="m")
    svg = io.BytesIO()
    drawn.save(svg, kind="svg", scale=4, border=2, dark="#1d1633", light="#fff")
    return answer(200, svg.getvalue(), "image/svg+xml", {"cache-control": "max-age=3600", **SHARED})


def _common(merchant: Merchant, order: Order) -> Context:
    return {
        "merchant": merchant.name,
        "amount": rupees(order.amount),
        "reference": order.merchant_order_id,
        "message": order.message,
    }


def _page(order: Order | None, request: Request | None, template: str, context: Context, status: int = 200) -> Response:
    headers = {
        "content-security-policy": _policy(order, framed=is_framed(request)),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
    return answer(status, render(template, context), "text/html; charset=utf-8", headers)


def _policy(order: Order | None, *, framed: bool) -> str:
    """Browsers apply form-action to redirects after a submit, so the merchant's origin has to be in it.

    Any page that loads checkout.js may show the payment in a frame; otherwise the merchant's own origin alone.
    """
    origin = ""
    if order is not None and order.redirect_url:
        parts = urlsplit(order.redirect_url)
        origin = f" {parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    policy = f"default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'{origin}"
    return policy + ("; script-src 'self'" if framed else f"; frame-ancestors 'self'{origin}")


def _asset(name: str, kind: str) -> Response:
    return answer(200, asset(name), f"{kind}; charset=utf-8", {"cache-control": "max-age=3600", **SHARED})
