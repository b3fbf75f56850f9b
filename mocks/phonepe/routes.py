"""Every route on the wire, as a table: its name, how it is reached, and what names its merchant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Identity = Literal["client", "bearer", "page", "v1", "nobody"]


@dataclass(frozen=True, slots=True)
class Route:
    """A route; `identity` is where a request says whose it is."""

    name: str
    method: str
    template: str
    identity: Identity = "bearer"


PREFIXES: Final = (
    "",
    "/apis/pg-sandbox",
    "/apis/pg",
    "/apis/identity-manager",
    "/apis/pg-ingestion",
    "/apis/hermes",
    "/apis/merchant-simulator",
)
"""Where PhonePe mounts its routes: each one answers under each of these."""

ROUTES: Final = (
    Route("token", "POST", "/v1/oauth/token", "client"),
    Route("checkout.pay", "POST", "/checkout/v2/pay"),
    Route("checkout.sdk_order", "POST", "/checkout/v2/sdk/order"),
    Route("checkout.status", "GET", "/checkout/v2/order/{id}/status"),
    Route("checkout.transaction", "GET", "/checkout/v2/transaction/{id}/status"),
    Route("custom.pay", "POST", "/payments/v2/pay"),
    Route("custom.sdk_order", "POST", "/payments/v2/sdk/order"),
    Route("custom.status", "GET", "/payments/v2/order/{id}/status"),
    Route("custom.transaction", "GET", "/payments/v2/transaction/{id}/status"),
    Route("refund", "POST", "/payments/v2/refund"),
    Route("refund", "POST", "/checkout/v2/refund"),
    Route("refund.status", "GET", "/payments/v2/refund/{id}/status"),
    Route("refund.status", "GET", "/checkout/v2/refund/{id}/status"),
    Route("subscription.setup", "POST", "/subscriptions/v2/setup"),
    Route("subscription.notify", "POST", "/subscriptions/v2/notify"),
    Route("subscription.redeem", "POST", "/subscriptions/v2/redeem"),
    Route("subscription.status", "GET", "/subscriptions/v2/{id}/status"),
    Route("subscription.cancel", "POST", "/subscriptions/v2/{id}/cancel"),
    Route("subscription.order", "GET", "/subscriptions/v2/order/{id}/status"),
    Route("subscription.transaction", "GET", "/subscriptions/v2/transaction/{id}/status"),
    Route("subscription.notify", "POST", "/checkout/v2/subscriptions/notify"),
    Route("subscription.redeem", "POST", "/checkout/v2/subscriptions/redeem"),
    Route("subscription.status", "GET", "/checkout/v2/subscriptions/{id}/status"),
    Route("subscription.cancel", "POST", "/checkout/v2/subscriptions/{id}/cancel"),
    Route("events", "POST", "/client/v1/backend/events/batch"),
    Route("validate.upi", "POST", "/v2/validate/upi"),
    Route("v1.pay", "POST", "/pg/v1/pay", "v1"),
    Route("v1.status", "GET", "/pg/v1/status/{merchant}/{id}", "v1"),
    Route("v1.refund", "POST", "/pg/v1/refund", "v1"),
    Route("v1.validate", "POST", "/pg/v1/vpa/validate", "v1"),
    Route("page.show", "GET", "/transact/{page}", "page"),
    Route("page.submit", "POST", "/transact/{page}", "page"),
    Route("page.otp", "GET", "/transact/{page}/otp", "page"),
    Route("page.confirm", "POST", "/transact/{page}/otp", "page"),
    Route("page.code", "GET", "/transact/{page}/code.svg", "page"),
    Route("page.style", "GET", "/transact/assets/style.css", "nobody"),
    Route("page.frame", "GET", "/transact/assets/frame.js", "nobody"),
    Route("page.checkout", "GET", "/web/bundle/checkout.js", "nobody"),
    Route("health", "GET", "/v3/health", "nobody"),
)
"""Some have two paths. Paylinks, webhook configuration, disputes and settlements are not built: unmapped."""

UNMAPPED: Final = Route("unmapped", "*", "*")

ROUTE_NAMES: Final = frozenset(route.name for route in (*ROUTES, UNMAPPED))


def without_prefix(path: str) -> str:
    """The path as the table has it."""
    if path.startswith("/apis/"):
        parts = path.split("/", 3)
        if "/".join(parts[:3]) in PREFIXES:
            return "/" + (parts[3] if len(parts) > 3 else "")
    return path
