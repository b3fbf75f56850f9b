"""The way to the gateway: what the payer's browser says there of where it comes from."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from drivers.browser import BrowserCustomer
from fixtures.customers import Customers
from fixtures.stack import need
from stack.system import System


@pytest.mark.requirement("PAY-6")
def test_way_to_the_gateway__says_which_site_sends_the_payer(
    at_browser: BrowserCustomer, customers: Customers, system: System
) -> None:
    """PhonePe looks at the referrer: the browser sends our origin along, and neither the address nor the order."""
    page, gateway = at_browser.page, urlsplit(need(system.gateway_url, "a gateway whose page may be looked at")).netloc
    heard: list[str | None] = []
    page.on(
        "request",
        lambda request: (
            heard.append(request.all_headers().get("referer"))
            if request.is_navigation_request() and urlsplit(request.url).netloc != urlsplit(system.base_url).netloc
            else None
        ),
    )
    at_browser.becomes(customers.a_new_customer().identity)
    at_browser.log_in()

    at_browser.choose_plan("glide", "monthly")

    assert gateway
    assert heard[:1] == [f"{system.base_url}/"]
