"""How a payment without the hosted page begins: a link to a UPI app, its QR code, a request to the payer's app."""

from __future__ import annotations

import base64
from urllib.parse import urlencode

from ..state.instruments import outcome_for_vpa, upi
from ..state.ledger import Order
from ..state.merchant import Merchant
from ..wire.messages import Json
from .lifecycle import begin, decide_later


def start_intent(merchant: Merchant, order: Order, mode: str, _: str | None = None) -> Json:
    """A link that opens a UPI app; as QR code data too."""
    attempt = begin(merchant, order, upi("payer@ybl", mode))
    decide_later(merchant, order, attempt, None)
    link = intent_url(merchant, order, attempt.transaction_id)
    return (
        {"intentUrl": link, "qrData": base64.b64encode(link.encode()).decode()}
        if mode == "UPI_QR"
        else {"intentUrl": link}
    )


def start_collect(merchant: Merchant, order: Order, mode: str, vpa: str | None) -> Json:
    """A request to the payer's UPI app, which a sandbox address answers by itself."""
    address = vpa or "payer@ybl"
    attempt = begin(merchant, order, upi(address, mode))
    decide_later(merchant, order, attempt, outcome_for_vpa(address))
    return {}


def intent_url(merchant: Merchant, order: Order, reference: str) -> str:
    """The upi:// link that an attempt or an order is paid by."""
    query = {
        "pa": f"{merchant.merchant_id}@ybl",
        "pn": merchant.name,
        "am": f"{order.amount / 100:.2f}",
        "cu": "INR",
        "tr": reference,
        "mode": "04",
    }
    return f"upi://pay?{urlencode(query)}"
