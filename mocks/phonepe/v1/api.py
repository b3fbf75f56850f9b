"""The v1 protocol: base64 payloads signed with a salt, X-VERIFY = sha256(…) + "###" + index."""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from starlette.responses import Response

from ..payments.lifecycle import open_order
from ..payments.refunds import begin_refund
from ..payments.starting import start_collect, start_intent
from ..payments.v1_views import order_document, refund_document
from ..state.instruments import VPA
from ..state.ledger import Callback, Order
from ..state.merchant import Merchant
from ..webhooks.x_verify import sign
from ..wire.errors import GatewayError
from ..wire.fields import Fields, check_media_type
from ..wire.messages import Json, Request, reply

EXPIRY_S: Final = 1200
TRANSACTION_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
TRANSACTION_ID_BELOW: Final = 38
"""The documents want fewer characters; exactly as many were refused in production."""


def payload_of(request: Request) -> Json:
    """The object in a request's base64 field; GatewayError(v1_validation) when there is none."""
    try:
        envelope = json.loads(request.content)
        document = json.loads(base64.b64decode(envelope["request"], validate=True))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise GatewayError("v1_validation") from None
    if not isinstance(document, dict):
        raise GatewayError("v1_validation")
    return document


def merchant_id_of(request: Request) -> str | None:
    """Whose request it is, by path, header or payload."""
    if (named := request.path_params.get("merchant")) is not None:
        return str(named)
    try:
        found = payload_of(request).get("merchantId")
    except GatewayError:
        return request.headers.get("x-merchant-id")
    return found if isinstance(found, str) else None


def authenticate(merchant: Merchant, request: Request) -> None:
    """Raise GatewayError unless X-VERIFY fits the path, and the body if there is one."""
    given = request.headers.get("x-verify", "")
    if given.rpartition("###")[2] != str(merchant.salt_index):
        raise GatewayError("v1_no_key" if "###" in given else "v1_unauthorized")
    signed = request.path
    if request.method == "POST":
        signed = _envelope(request) + request.path
    expected = sign(signed, merchant.salt_key, merchant.salt_index)
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise GatewayError("v1_unauthorized")


def pay(merchant: Merchant, request: Request) -> Response:
    """POST /pg/v1/pay: an order, and the page, link or request to a UPI app by which it is paid."""
    fields = _fields(merchant, request)
    kind = fields.text("paymentInstrument.type", required=True, among=frozenset(INSTRUMENTS)) or "PAY_PAGE"
    order = _read_order(merchant, fields, kind)
    vpa = fields.text("paymentInstrument.vpa", required=kind == "UPI_COLLECT")
    if kind == "UPI_COLLECT" and not VPA.match(vpa or ""):
        fields.demand("paymentInstrument.vpa", "is not a valid VPA")
    open_order(merchant, order)
    shown = INSTRUMENTS.get(kind, _on_a_page)(merchant, order, kind, vpa)
    data = {
        "merchantId": merchant.merchant_id,
        "merchantTransactionId": order.merchant_order_id,
        "instrumentResponse": {"type": kind} | shown,
    }
    return _say("PAYMENT_INITIATED", "Payment Initiated", data)


def _read_order(merchant: Merchant, fields: Fields, kind: str) -> Order:
    transaction = _transaction_id(fields)
    amount = fields.integer("amount", needed=True, least=100, numeric=True)
    assert transaction is not None
    assert amount is not None
    if amount <= 0:
        raise GatewayError("v1_validation")
    now_ms = merchant.now_ms()
    order = Order(
        merchant_order_id=transaction,
        order_id=merchant.new_id("OMO"),
        amount=amount,
        flow="V1",
        created_ms=now_ms,
        expire_ms=now_ms + EXPIRY_S * 1000,
        redirect_url=fields.url("redirectUrl", required=kind == "PAY_PAGE"),
        modes=(kind,) if kind in ("CARD", "NET_BANKING") else None,
        posts_back=(fields.text("redirectMode") or "").upper() == "POST",
        callback=_callback(fields),
    )
    if transaction in merchant.ledger.orders:
        raise GatewayError("v1_duplicate", merchantTransactionId=transaction)
    return order


def _fields(merchant: Merchant, request: Request) -> Fields:
    payload = payload_of(request)
    check_media_type(request, strict=merchant.behaviour.strict)
    return Fields(payload, strict=merchant.behaviour.strict, remarks=request.remarks)


def _transaction_id(fields: Fields) -> str:
    """The merchant's transaction id; GatewayError(v1_transaction_id) when it is too long or of other letters."""
    found = fields.text("merchantTransactionId", needed=True) or ""
    if len(found) >= TRANSACTION_ID_BELOW or not TRANSACTION_ID.fullmatch(found):
        if fields.strict:
            raise GatewayError("v1_transaction_id", field="merchantTransactionId")
        fields.demand("merchantTransactionId", f"must be shorter than {TRANSACTION_ID_BELOW} letters, digits, _ and -")
    return found


def _callback(fields: Fields) -> Callback | None:
    url = fields.url("callbackUrl")
    return None if url is None else Callback(url)


def _on_a_page(merchant: Merchant, order: Order, _: str, __: str | None) -> Json:
    return {"redirectInfo": {"url": merchant.page_url(order), "method": "GET"}}


INSTRUMENTS: Final[Mapping[str, Callable[[Merchant, Order, str, str | None], Json]]] = {
    "PAY_PAGE": _on_a_page,
    "UPI_INTENT": start_intent,
    "UPI_QR": start_intent,
    "UPI_COLLECT": start_collect,
    "CARD": _on_a_page,
    "TOKEN": _on_a_page,
    "NET_BANKING": _on_a_page,
}
"""How each instrument of v1 goes on."""


def ingest_event(merchant: Merchant, request: Request) -> Response:
    """POST /plugin/ingest-event: what PhonePe's plugins for shops tell of themselves goes into the ledger."""
    check_media_type(request, strict=merchant.behaviour.strict)
    merchant.ledger.add_event(payload_of(request))
    return _say("SUCCESS", "Event ingested", {})


def status(merchant: Merchant, request: Request) -> Response:
    """GET /pg/v1/status/{merchant}/{id}."""
    sender = request.headers.get("x-merchant-id")
    if sender != merchant.merchant_id:
        problem = "must be the merchant's id" if sender else "must be there"
        if merchant.behaviour.strict:
            raise GatewayError("v1_unauthorized" if sender else "v1_validation", f"X-MERCHANT-ID {problem}.")
        request.remarks.append(f"X-MERCHANT-ID {problem}")
    name = request.path_params["id"]
    ledger = merchant.ledger
    if (refund := ledger.refunds.get(name)) is not None:
        return reply(refund_document(merchant, refund))
    if (order := ledger.orders.get(name)) is None:
        raise GatewayError("v1_unknown_transaction", merchantTransactionId=name)
    return reply(order_document(merchant, order))


def refund(merchant: Merchant, request: Request) -> Response:
    """POST /pg/v1/refund: pending first, asking for too much included; of what was not paid it fails at once."""
    fields = _fields(merchant, request)
    original = fields.text("originalTransactionId", needed=True)
    name = fields.text("merchantTransactionId", needed=True, longest=63, pattern=TRANSACTION_ID)
    amount = fields.integer("amount", needed=True, least=1, numeric=True)
    callback = _callback(fields)
    assert name is not None
    assert amount is not None
    order = merchant.ledger.orders.get(original or "")
    if order is None:
        raise GatewayError("v1_unknown_transaction", originalTransactionId=original)
    if name in merchant.ledger.refunds:
        raise GatewayError("v1_duplicate", merchantTransactionId=name)
    try:
        made = begin_refund(merchant, name, order, amount)
    except GatewayError:
        data = {"merchantId": merchant.merchant_id, "merchantTransactionId": name, "amount": amount, "state": "FAILED"}
        return _say("PAYMENT_ERROR", "Refund failed", data | {"responseCode": "PAYMENT_ERROR"}, success=False)
    made.callback = callback
    return reply(refund_document(merchant, made))


def validate_vpa(merchant: Merchant, request: Request) -> Response:
    """POST /pg/v1/vpa/validate."""
    fields = _fields(merchant, request)
    vpa = fields.text("vpa", needed=True) or ""
    if not VPA.match(vpa):
        return _say("BAD_REQUEST", "The VPA is not valid", {"exists": False, "vpa": vpa}, success=False)
    return _say("SUCCESS", "VPA Validate Success", {"exists": True, "vpa": vpa, "name": "A Payer"})


def _envelope(request: Request) -> str:
    try:
        found = json.loads(request.content)["request"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise GatewayError("v1_validation") from None
    return str(found)


def _say(code: str, message: str, data: Json, *, success: bool = True) -> Response:
    return reply({"success": success, "code": code, "message": message, "data": data})
