"""Which function answers which route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from mocks.phonepe import checkout, custom, extras, legacy, oauth, orders, page, page_views, refunds, subscriptions
from mocks.phonepe.http import Answer, Request

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
    "events": extras.events,
    "validate.upi": extras.validate_upi,
    "v1.pay": legacy.pay,
    "v1.status": legacy.status,
    "v1.refund": legacy.refund,
    "v1.validate": legacy.validate_vpa,
    "page.show": page.show,
    "page.submit": page.submit,
    "page.otp": page.show_otp,
    "page.confirm": page.confirm,
    "page.code": page.show_code,
    "page.style": page_views.style,
    "page.frame": page_views.frame_script,
    "page.checkout": page_views.checkout_script,
    "health": extras.health,
    "unmapped": extras.unmapped,
}
