"""With the session in a cookie, only pages of this site change anything."""

from __future__ import annotations

import pytest

from drivers.http import HttpCustomer
from drivers.transport import Request, Response
from fixtures.customers import Customers
from tests.support.problems import refused

pytestmark = pytest.mark.requirement("AUTH-5")
ORIGINS: tuple[dict[str, str], ...] = ({}, {"origin": "https://evil.example"}, {"origin": "null"})
FORMS = (
    "/signup",
    "/login",
    "/logout",
    "/onboarding/plans",
    "/onboarding/session/step/1",
    "/onboarding/session/step/1/draft",
    "/onboarding/complete",
    "/dashboard/workspace",
    "/dashboard/rebuild",
    "/dashboard/features/moves",
    "/dashboard/answers/1",
    "/billing/cancel",
)


def by_cookie(customer: HttpCustomer, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Response:
    """What a browser with the customer's cookies sends when some page makes it."""
    if not customer.site.cookies:
        customer.visit(customer.routes.url("billing_page"))
    cookie = "; ".join(f"{name}={value}" for name, value in customer.site.cookies.items())
    url = f"{customer.routes.base_url}{path}"
    return customer.transport.send(Request(method, url, {"cookie": cookie, **headers}, body))


@pytest.mark.promise("AUTH-5.10")
def test_form_of_another_site__changes_nothing(customers: Customers) -> None:
    """No form of the site takes a post without this site's origin: missing, foreign or none."""
    customer = customers.a_customer_at_step(1)
    form = {"content-type": "application/x-www-form-urlencoded"}
    body = b"company_name=Evil&industry=Evil&stage=Evil&version=0"

    for path in FORMS:
        for origin in ORIGINS:
            assert by_cookie(customer, "POST", path, form | origin, body).status == 403, (path, origin)
    assert customer.read_step(1)["version"] == 0
    assert by_cookie(customer, "GET", "/billing", {}).status == 200


@pytest.mark.promise("AUTH-5.9")
def test_script_of_another_site__is_refused_by_the_api(customers: Customers) -> None:
    """The API takes the cookie only with this site's origin, and then does what was asked."""
    customer = customers.a_paid_customer()
    path = "/api/v1/onboarding/session"

    for origin in ORIGINS:
        refused(by_cookie(customer, "POST", path, origin), 403, "CROSS_ORIGIN")

    own = {"origin": customer.routes.base_url}
    assert by_cookie(customer, "POST", path, own).status == 201


def test_no_form__takes_json_or_files(customers: Customers) -> None:
    """A form's address takes a form: what a script could send otherwise is refused."""
    customer = customers.a_customer_at_step(1)
    own = {"origin": customer.routes.base_url}

    for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
        answer = by_cookie(customer, "POST", "/onboarding/session/step/1", own | {"content-type": kind}, b"{}")
        assert answer.status == 415, kind
