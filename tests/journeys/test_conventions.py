"""What every answer on the way has in common: its id, its problem document, its size, its policy."""

from __future__ import annotations

import pytest

from drivers.transport import Request, Response
from fixtures.customers import Customers

pytestmark = pytest.mark.requirement("E2E-20")
FIELDS = {"type", "title", "status", "detail", "code", "request_id"}
PAGES = (
    "/",
    "/signup",
    "/login",
    "/onboarding/plans",
    "/billing",
    "/dashboard",
    "/dashboard/answers/1",
    "/dashboard/answers/99",
)


@pytest.mark.promise("E2E-20.3")
def test_every_answer__carries_its_id(customers: Customers) -> None:
    """Answers of every kind say their request's id: each its own, or the one that the client chose."""
    customer = customers.a_new_customer()
    base = customer.routes.base_url
    asked = [
        customer.call("GET", "me"),
        customer.call("GET", "plans"),
        customer.call("POST", "session"),
        customers.nobody().call("GET", "me"),
        customer.call("POST", "signup", {"email": 7}),
        *(customer.transport.send(Request("GET", f"{base}{path}")) for path in ("/", "/billing", "/static/app.css")),
        *(customer.transport.send(Request("GET", f"{base}{path}")) for path in ("/nowhere", "/api/v1/nowhere")),
        customer.transport.send(Request("PATCH", f"{base}/api/v1/plans")),
    ]

    assert all(answer.headers["x-request-id"] for answer in asked)
    assert len({answer.headers["x-request-id"] for answer in asked}) == len(asked)
    assert customer.call("GET", "me", headers={"x-request-id": "mine-7"}).headers["x-request-id"] == "mine-7"


@pytest.mark.promise("E2E-20.2")
def test_every_refusal__is_a_problem_document(customers: Customers) -> None:
    """Refusals of the API are RFC 9457 documents with a stable code and the request's id, each with its own status."""
    customer, big = customers.a_new_customer(), "x" * (256 * 1024)
    refusals: dict[int, Response] = {
        400: customer.call("POST", "payments", {"plan": "glide", "billing_cycle": "monthly"}),
        401: customers.nobody().call("GET", "me"),
        402: customer.call("POST", "session"),
        404: customer.call("GET", "me", headers={"x-workspace-id": "nobodys"}),
        405: customer.transport.send(Request("PATCH", f"{customer.routes.base_url}/api/v1/plans")),
        409: customer.call("POST", "cancel_subscription"),
        413: customer.call("POST", "signup", {"email": big}),
        422: customer.call("POST", "signup", {"email": "a@example.com", "password": "long enough", "more": 1}),
    }

    for status, answer in refusals.items():
        said = answer.json()
        assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), said
        assert said.keys() >= FIELDS, status
        assert (said["status"], said["request_id"]) == (status, answer.headers["x-request-id"])
        assert said["code"].isupper(), said["code"]
    assert [error["field"] for error in refusals[422].json()["errors"]] == ["body.more"]


@pytest.mark.promise("E2E-20.6")
def test_largest_body__is_taken_and_one_more_byte_is_not(customers: Customers) -> None:
    """A body of 256 KiB is read (and refused for what it says), a larger one is 413."""
    customer = customers.nobody()
    url, kind = customer.routes.url("signup"), {"content-type": "application/json"}

    for size, status in ((256 * 1024, 422), (256 * 1024 + 1, 413)):
        body = b'{"email": "' + b"x" * (size - 13) + b'"}'
        assert customer.transport.send(Request("POST", url, kind, body)).status == status, size


@pytest.mark.promise("E2E-20.15")
def test_every_page__has_the_strict_policy(customers: Customers) -> None:
    """Every page, refusals included, forbids inline script and style, other origins, and frames."""
    customer = customers.a_customer_with_a_manifest()
    customer.visit(customer.routes.url("billing_page"))

    for path in PAGES:
        answer = customer.site.get(f"{customer.routes.base_url}{path}", "page").response
        policy = answer.headers["content-security-policy"]
        rules = {name: sources for name, _, sources in (rule.strip().partition(" ") for rule in policy.split(";"))}

        assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'", path
        assert rules["script-src"] == rules["style-src"] == rules["form-action"] == "'self'", path
        assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-store")


@pytest.mark.promise("AUTH-1.6", "BCM-18.11")
def test_dashboard__says_who_one_is(customers: Customers) -> None:
    """The dashboard shows the identification number, the plan, and the manifest's version."""
    customer = customers.a_customer_with_a_manifest()

    text = customer.visit(customer.routes.url("dashboard_page")).response.text

    assert f'<output aria-label="Identification number">{customer.identification_number}</output>' in text
    assert '<output aria-label="Manifest version">1</output>' in text
