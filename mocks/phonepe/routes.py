"""Every route on the wire, as a table: its name, how it is reached, who answers it, and what names its merchant."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from starlette.responses import Response

from .page import handlers, views
from .state.merchant import Merchant
from .state.route_names import ROUTE_NAMES, RouteName
from .v1 import api
from .v2 import checkout, custom, misc, oauth, orders, refunds, subscriptions
from .wire.messages import Request

Identity = Literal["client", "bearer", "page", "v1", "nobody"]
Handler = Callable[[Any, Request], Response]
"""Given the merchant, or None where a request names none and needs to name none."""


class RouteTableError(Exception):
    """The table does not fit what the rest of the gateway takes for granted."""


PREFIXES: Final = (
    "/apis/pg-sandbox",
    "/apis/pg",
    "/apis/identity-manager",
    "/apis/pg-ingestion",
    "/apis/hermes",
    "/apis/merchant-simulator",
)
"""Where PhonePe mounts its routes. Without a prefix the gateway serves all of them."""

PG: Final = frozenset({"", "/apis/pg-sandbox", "/apis/pg"})
OAUTH: Final = frozenset({"", "/apis/pg-sandbox", "/apis/identity-manager"})
EVENTS: Final = frozenset({"", "/apis/pg-ingestion"})
V1: Final = frozenset({"", "/apis/pg-sandbox", "/apis/hermes", "/apis/merchant-simulator"})
PLUGIN: Final = frozenset({"", "/apis/hermes"})
ANYWHERE: Final = frozenset({"", *PREFIXES})

HOSTS: Final = {
    "api-preprod.phonepe.com": frozenset({"/apis/pg-sandbox", "/apis/hermes", "/apis/merchant-simulator"}),
    "api.phonepe.com": frozenset({"/apis/pg", "/apis/identity-manager", "/apis/pg-ingestion", "/apis/hermes"}),
    "cards.phonepe.com": frozenset({"/apis/pg"}),
}
"""The prefixes of each of PhonePe's own hosts; any other name, as localhost, serves every prefix."""


@dataclass(frozen=True, slots=True)
class Call:
    """A route; `identity` is where a request says whose it is, `places` the prefixes that serve it.

    RouteTableError without a handler.
    """

    name: RouteName
    method: str
    template: str
    handler: Handler
    identity: Identity = "bearer"
    places: frozenset[str] = PG

    def __post_init__(self) -> None:
        if not callable(self.handler):
            raise RouteTableError(f"{self.method} {self.template} ({self.name}) has no handler")


CALLS: Final = (
    Call("checkout.pay", "POST", "/checkout/v2/pay", checkout.pay),
    Call("checkout.status", "GET", "/checkout/v2/order/{id}/status", orders.status),
    Call("token", "POST", "/v1/oauth/token", oauth.issue, "client", OAUTH),
    Call("checkout.sdk_order", "POST", "/checkout/v2/sdk/order", checkout.create_sdk_order),
    Call("checkout.transaction", "GET", "/checkout/v2/transaction/{id}/status", orders.transaction_status),
    Call("custom.pay", "POST", "/payments/v2/pay", custom.pay),
    Call("custom.sdk_order", "POST", "/payments/v2/sdk/order", custom.create_sdk_order),
    Call("custom.status", "GET", "/payments/v2/order/{id}/status", orders.status),
    Call("custom.transaction", "GET", "/payments/v2/transaction/{id}/status", orders.transaction_status),
    Call("refund", "POST", "/payments/v2/refund", refunds.refund),
    Call("refund", "POST", "/checkout/v2/refund", refunds.refund),
    Call("refund.status", "GET", "/payments/v2/refund/{id}/status", refunds.status),
    Call("refund.status", "GET", "/checkout/v2/refund/{id}/status", refunds.status),
    Call("subscription.setup", "POST", "/subscriptions/v2/setup", subscriptions.setup),
    Call("subscription.notify", "POST", "/subscriptions/v2/notify", subscriptions.notify),
    Call("subscription.redeem", "POST", "/subscriptions/v2/redeem", subscriptions.redeem),
    Call("subscription.status", "GET", "/subscriptions/v2/{id}/status", subscriptions.status),
    Call("subscription.cancel", "POST", "/subscriptions/v2/{id}/cancel", subscriptions.cancel),
    Call("subscription.order", "GET", "/subscriptions/v2/order/{id}/status", orders.status),
    Call("subscription.transaction", "GET", "/subscriptions/v2/transaction/{id}/status", orders.transaction_status),
    Call("subscription.notify", "POST", "/checkout/v2/subscriptions/notify", subscriptions.notify_by_checkout),
    Call("subscription.redeem", "POST", "/checkout/v2/subscriptions/redeem", subscriptions.redeem),
    Call("subscription.status", "GET", "/checkout/v2/subscriptions/{id}/status", subscriptions.status),
    Call("subscription.cancel", "POST", "/checkout/v2/subscriptions/{id}/cancel", subscriptions.cancel),
    Call("events", "POST", "/client/v1/backend/events/batch", misc.events, places=EVENTS),
    Call("validate.upi", "POST", "/v2/validate/upi", misc.validate_upi),
    Call("v1.pay", "POST", "/pg/v1/pay", api.pay, "v1", V1),
    Call("v1.status", "GET", "/pg/v1/status/{merchant}/{id}", api.status, "v1", V1),
    Call("v1.refund", "POST", "/pg/v1/refund", api.refund, "v1", V1),
    Call("v1.validate", "POST", "/pg/v1/vpa/validate", api.validate_vpa, "v1", V1),
    Call("v1.event", "POST", "/plugin/ingest-event", api.ingest_event, "v1", PLUGIN),
    Call("page.style", "GET", "/transact/assets/style.css", views.style, "nobody", ANYWHERE),
    Call("page.frame", "GET", "/transact/assets/frame.js", views.frame_script, "nobody", ANYWHERE),
    Call("page.show", "GET", "/transact/{page}", handlers.show, "page", ANYWHERE),
    Call("page.submit", "POST", "/transact/{page}", handlers.submit, "page", ANYWHERE),
    Call("page.otp", "GET", "/transact/{page}/otp", handlers.show_otp, "page", ANYWHERE),
    Call("page.confirm", "POST", "/transact/{page}/otp", handlers.confirm, "page", ANYWHERE),
    Call("page.code", "GET", "/transact/{page}/code.svg", handlers.show_code, "page", ANYWHERE),
    Call("page.checkout", "GET", "/web/bundle/checkout.js", views.checkout_script, "nobody", ANYWHERE),
    Call("health", "GET", "/v3/health", misc.health, "nobody", ANYWHERE),
)
"""The first that fits is taken. Some have two paths. Paylinks, webhook configuration, disputes and settlements are not
built: unmapped."""

UNMAPPED: Final = Call("unmapped", "*", "*", misc.unmapped, places=ANYWHERE)


def is_served(call: Call, prefix: str, host: str) -> bool:
    """Whether PhonePe serves a route under this prefix, on this host."""
    return prefix in call.places and prefix in HOSTS.get(host, ANYWHERE)


AUTHENTICATION: Final[dict[Identity, Callable[[Merchant, Request], None]]] = {
    "bearer": oauth.authenticate,
    "v1": api.authenticate,
}
"""How a request proves whose it is, where naming its merchant does not do."""


def check_table(calls: Iterable[Call]) -> None:
    """Raise RouteTableError when a name that faults may choose has no route, so that such a gateway does not start."""
    if missing := sorted(ROUTE_NAMES - {each.name for each in calls}):
        raise RouteTableError(f"the route table has no route named {', '.join(missing)}")


check_table((*CALLS, UNMAPPED))
