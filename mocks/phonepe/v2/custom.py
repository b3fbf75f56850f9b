"""Custom checkout: the merchant's own page collects the payment method, one order is one mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from starlette.responses import Response

from ..payments.lifecycle import Outcome, begin, open_order
from ..payments.starting import start_collect, start_intent
from ..state.instruments import VPA, card
from ..state.ledger import Challenge, Order
from ..state.merchant import Merchant
from ..wire.fields import Fields, fields_of, refuse
from ..wire.messages import Json, Request, reply
from .orders import Terms, created, read_order, redirect_of

MONTHS_2_S: Final = 5_184_000
TERMS: Final[Mapping[str, Terms]] = {
    mode: Terms("PG", 300, MONTHS_2_S, default_s)
    for mode, default_s in {
        "UPI_INTENT": 600,
        "UPI_QR": 480,
        "UPI_COLLECT": 480,
        "CARD": 720,
        "TOKEN": 720,
        "NET_BANKING": 480,
    }.items()
}
SDK_TERMS: Final = Terms("PG", 300, MONTHS_2_S, 600, frozenset({"PG", "PG_CHECKOUT"}))
"""The official SDKs' custom clients call it PG_CHECKOUT."""

WITH_PAGE: Final = frozenset({"CARD", "TOKEN", "NET_BANKING"})


def pay(merchant: Merchant, request: Request) -> Response:
    """POST /payments/v2/pay."""
    fields = fields_of(request, strict=merchant.behaviour.strict)
    mode = fields.text("paymentFlow.paymentMode.type", needed=True)
    if mode is None or mode not in TERMS:
        refuse("paymentFlow.paymentMode.type", f"must be one of {', '.join(TERMS)}")
    order = read_order(merchant, fields, TERMS[mode])
    order.redirect_url = redirect_of(fields, required=mode in WITH_PAGE, empty=mode not in WITH_PAGE, app=True)
    start = MODES[mode]
    vpa = collect_address(fields, "paymentFlow.paymentMode") if mode == "UPI_COLLECT" else None
    open_order(merchant, order)
    return reply(created(order) | start(merchant, order, mode, vpa))


def create_sdk_order(merchant: Merchant, request: Request) -> Response:
    """POST /payments/v2/sdk/order."""
    fields = fields_of(request, strict=merchant.behaviour.strict)
    order = read_order(merchant, fields, SDK_TERMS)
    order.redirect_url = redirect_of(fields, required=False, app=True)
    order.opened_by = "sdk"
    open_order(merchant, order)
    return reply(created(order) | {"token": order.page_token})


def collect_address(fields: Fields, path: str) -> str:
    """The payer's address in a collect request's details, by VPA or by phone number."""
    kind = fields.text(f"{path}.details.type", required=True)
    if kind in ("PHONE_NUMBER", "UPI_NUMBER"):
        number = fields.text(f"{path}.details.phoneNumber") or fields.text(f"{path}.details.upiNumber")
        if number is None or not number.lstrip("+").isdigit():
            fields.demand(f"{path}.details.phoneNumber", "must be a phone number")
        return f"{number or 'payer'}@ybl"
    vpa = fields.text(f"{path}.details.vpa", required=True) or "payer@ybl"
    if not VPA.match(vpa):
        fields.demand(f"{path}.details.vpa", "is not a valid VPA")
    return vpa


def _start_card(merchant: Merchant, order: Order, mode: str, _: str | None) -> Json:
    attempt = begin(merchant, order, card("CREDIT_CARD", mode))
    outcome: Outcome = "success"
    merchant.ledger.challenges[attempt.transaction_id] = Challenge(order, attempt, outcome)
    path, _, query = merchant.page_url(order).partition("?")
    return {"redirectUrl": f"{path}/otp?{query}&transaction={attempt.transaction_id}"}


def _start_bank(merchant: Merchant, order: Order, _: str, __: str | None) -> Json:
    order.modes = ("NET_BANKING",)
    return {"redirectUrl": merchant.page_url(order)}


MODES: Final[Mapping[str, Callable[[Merchant, Order, str, str | None], Json]]] = {
    "UPI_INTENT": start_intent,
    "UPI_QR": start_intent,
    "UPI_COLLECT": start_collect,
    "CARD": _start_card,
    "TOKEN": _start_card,
    "NET_BANKING": _start_bank,
}
