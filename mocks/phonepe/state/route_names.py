"""The names of the routes on the wire, by which faults and rate limits choose them."""

from __future__ import annotations

from typing import Final, Literal, get_args

RouteName = Literal[
    "token",
    "checkout.pay",
    "checkout.sdk_order",
    "checkout.status",
    "checkout.transaction",
    "custom.pay",
    "custom.sdk_order",
    "custom.status",
    "custom.transaction",
    "refund",
    "refund.status",
    "subscription.setup",
    "subscription.notify",
    "subscription.redeem",
    "subscription.status",
    "subscription.cancel",
    "subscription.order",
    "subscription.transaction",
    "events",
    "validate.upi",
    "v1.pay",
    "v1.status",
    "v1.refund",
    "v1.validate",
    "v1.event",
    "page.show",
    "page.submit",
    "page.otp",
    "page.confirm",
    "page.code",
    "page.style",
    "page.frame",
    "page.checkout",
    "health",
    "unmapped",
]

ROUTE_NAMES: Final[frozenset[str]] = frozenset(get_args(RouteName))
