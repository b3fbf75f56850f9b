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
    Route("checkout.status", "GET", "/checkout/v2/order/{id}/status"),
    Route("page.show", "GET", "/transact/{page}", "page"),
    Route("page.submit", "POST", "/transact/{page}", "page"),
    Route("page.otp", "GET", "/transact/{page}/otp", "page"),
    Route("page.confirm", "POST", "/transact/{page}/otp", "page"),
    Route("page.style", "GET", "/transact/assets/style.css", "nobody"),
    Route("health", "GET", "/v3/health", "nobody"),
)

ROUTE_NAMES: Final = frozenset(route.name for route in ROUTES) | {"unmapped"}


def without_prefix(path: str) -> str:
    """The path as the table has it."""
    if path.startswith("/apis/"):
        parts = path.split("/", 3)
        if "/".join(parts[:3]) in PREFIXES:
            return "/" + (parts[3] if len(parts) > 3 else "")
    return path
