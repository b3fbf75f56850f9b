"""Who may open a payment's page: the token's kind and the browser's referrer decide, as at PhonePe."""

from __future__ import annotations

from starlette.requests import Request as StarletteRequest
from starlette.responses import Response

from ..state.ledger import Order
from ..state.merchant import Merchant
from ..wire.errors import GatewayError
from ..wire.messages import Request
from . import views


def turned_away(merchant: Merchant, order: Order, request: Request) -> Response | None:
    """The refusal of who may not open the page; None for everybody else.

    Raises GatewayError(wrong_token) when a web payment's token is used in the mobile SDK.
    """
    opens = "sdk" if request.path_params["page"].startswith("sdk") else "web"
    if opens != order.opened_by:
        problem = f"the token opens the {order.opened_by} page, not the {opens} page (PR004)"
        if not merchant.behaviour.strict:
            request.remarks.append(problem)
        elif opens == "sdk":
            raise GatewayError("wrong_token")
        else:
            return views.turned_away("PR004", "This token belongs to PhonePe's mobile SDK. It opens no web page.", 401)
    if not came_without_referrer(request):
        return None
    problem = "the browser sent no referrer"
    if merchant.behaviour.referrer == "required" or (merchant.behaviour.referrer is None and merchant.behaviour.strict):
        return views.turned_away(
            "INTERNAL_SECURITY_BLOCK_1",
            "The browser did not say which site it comes from. The merchant's page must not hide it: "
            "Referrer-Policy: strict-origin-when-cross-origin lets the origin through.",
            403,
        )
    request.remarks.append(problem)
    return None


def came_without_referrer(request: StarletteRequest) -> bool:
    """Whether a browser was led here from another site that hides where it was; other programs are not browsers.

    Browsers say by Sec-Fetch-Site where a navigation began, whatever the referrer policy.
    """
    return request.headers.get("sec-fetch-site") in ("cross-site", "same-site") and not request.headers.get("referer")
