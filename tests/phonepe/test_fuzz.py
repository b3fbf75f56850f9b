"""Whatever is sent, the gateway never answers 5xx unless it was told to."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mocks.phonepe.admin.api import VERBS
from mocks.phonepe.routes import CALLS
from tests.phonepe.shop import REDIRECT, Shop

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
ADMIN_NAMES = {name for verb in VERBS if verb.body is not None for name in verb.body.model_fields}
WIRE_NAMES = {"originalMerchantOrderId", "merchantRefundId", "request", "type", "vpa", "upiNumber", "events"}
NAMES = st.sampled_from(sorted(ADMIN_NAMES | WIRE_NAMES))
FLOWS = st.fixed_dictionaries(
    {"type": st.sampled_from(["PG", "PG_CHECKOUT", "SUBSCRIPTION_SETUP", "SUBSCRIPTION_REDEMPTION"])},
    optional={
        "merchantUrls": st.fixed_dictionaries({"redirectUrl": st.just(REDIRECT) | ANYTHING}),
        "paymentMode": st.fixed_dictionaries(
            {"type": st.sampled_from(["UPI_COLLECT", "CARD", "UPI_QR"]) | ANYTHING}, optional={"details": ANYTHING}
        ),
        "paymentModeConfig": ANYTHING,
        "merchantSubscriptionId": ANYTHING,
        "maxAmount": ANYTHING,
        "expireAt": ANYTHING,
        "subscriptionDetails": ANYTHING,
    },
)
BODIES = st.fixed_dictionaries(
    {"merchantOrderId": st.text(min_size=1, max_size=5) | ANYTHING, "amount": st.integers(-5, 10**6) | ANYTHING},
    optional={"paymentFlow": FLOWS | ANYTHING, "metaInfo": ANYTHING, "expireAfter": ANYTHING, "expireAt": ANYTHING},
) | st.dictionaries(NAMES, ANYTHING, max_size=6)
QUIET = settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def send(shop: Shop, method: str, path: str, document: Any, kind: str = "application/json") -> httpx.Response:
    """Send any document, half characters and infinities included."""
    content = json.dumps(document).encode()
    headers = {"authorization": f"O-Bearer {shop.tokens[-1]}", "content-type": kind}
    return shop.http.request(method, path, content=content, headers=headers)


@pytest.mark.parametrize("strict", [True, False])
def test_wire(open_shop: Any, strict: bool) -> None:
    """No document on any route of the wire makes an error of the gateway, and the ledger can be shown after all."""
    shop = open_shop(strict=strict)
    shop.log_in()

    @QUIET
    @given(route=st.sampled_from(CALLS), document=BODIES)
    def nothing_breaks(route: Any, document: Any) -> None:
        path = route.template.replace("{id}", "x").replace("{page}", "uat_v2")
        path = path.replace("{merchant}", shop.account.merchant_id)
        assert send(shop, route.method, path, document).status_code < 500

    nothing_breaks()
    assert isinstance(shop.ledger()["requests"], list)


def test_admin(shop: Shop) -> None:
    """No document given to the admin API makes an error of the gateway."""
    shop.log_in()
    verbs = [each for each in VERBS if each.method != "DELETE"]

    @QUIET
    @given(verb=st.sampled_from(verbs), document=st.dictionaries(NAMES, ANYTHING, max_size=4) | ANYTHING)
    def nothing_breaks(verb: Any, document: Any) -> None:
        path = verb.path.replace("{id}", shop.account.merchant_id).replace("{order}", "x")
        path = path.replace("{subscription}", "x").replace("{action}", "pause")
        response = send(shop, verb.method, path, document)
        assert response.status_code < 500
        if response.status_code == 201:
            shop.admin.delete_merchant(response.json()["merchant_id"])

    nothing_breaks()


def test_page(shop: Shop) -> None:
    """No form sent to the hosted page makes an error of the gateway."""
    fields = st.sampled_from(["payment_method", "upi_id", "card_number", "expiry", "cvv", "bank", "outcome", "action"])
    values = st.sampled_from(["UPI", "CARD", "NET_BANKING", "failure:", "failure:X", "pay", "06/27", "٣"]) | st.text(
        st.characters(exclude_categories=["Cs"]), max_size=20
    )

    @QUIET
    @given(form=st.dictionaries(fields, values))
    def nothing_breaks(form: dict[str, str]) -> None:
        order = shop.order()
        assert shop.http.post(order.page_url, data=form).status_code in (303, 422)
        assert order.page().status_code == 200

    nothing_breaks()
