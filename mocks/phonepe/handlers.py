"""Which function answers which route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from .page import handlers, views
from .v1 import api
from .v2 import checkout, custom, misc, oauth, orders, refunds, subscriptions
from .wire.messages import Answer, Request

HANDLERS: Final[Mapping[str, Callable[[Any, Request], Answer]]] = {
    "token": oauth.issue,
    "checkout.pay": checkout.pay,
    "checkout.sdk_order": checkout.create_sdk_order,
    "checkout.status": orders.status,
    "checkout.transaction": orders.transaction_status,
    "custom.pay": custom.pay,
    "custom.sdk_order": custom.create_sdk_order,
    "custom.status": orders.status,
    "custom.transaction": orders.transaction_status,
    "refund": refunds.refund,
    "refund.status": refunds.status,
    "subscription.setup": subscriptions.setup,
    "subscription.notify": subscriptions.notify,
    "subscription.redeem": subscriptions.redeem,
    "subscription.status": subscriptions.status,
    "subscription.cancel": subscriptions.cancel,
    "subscription.order": orders.status,
    "subscription.transaction": orders.transaction_status,
    "events": misc.events,
    "validate.upi": misc.validate_upi,
    "v1.pay": api.pay,
    "v1.status": api.status,
    "v1.refund": api.refund,
    "v1.validate": api.validate_vpa,
    "page.show": handlers.show,
    "page.submit": handlers.submit,
    "page.otp": handlers.show_otp,
    "page.confirm": handlers.confirm,
    "page.code": handlers.show_code,
    "page.style": views.style,
    "page.frame": views.frame_script,
    "page.checkout": views.checkout_script,
    "health": misc.health,
    "unmapped": misc.unmapped,
}
