"""A header that decides something is sent once: of two, one reader would take the first and another the last."""

from __future__ import annotations

from urllib.parse import urlencode

import httpx
import pytest

from drivers.http import HttpCustomer
from fixtures.customers import Customers
from fixtures.witnesses import Witnesses
from tests.support.buying import GLIDE
from tests.support.sessions import log_in, set_by

Lines = list[tuple[str, str]]


def bearer(customer: HttpCustomer) -> Lines:
    """The customer's own authorization."""
    return [("authorization", f"Bearer {customer.access_token}")]


def send(
    customer: HttpCustomer, method: str, path: str, lines: Lines, body: dict[str, str] | None = None
) -> httpx.Response:
    """A request with exactly these header lines; a body goes as JSON to the API and as a form to a page."""
    content = None
    if body is not None:
        api = path.startswith("/api")
        content = (httpx.Request("POST", "http://x", json=body).content) if api else urlencode(body).encode()
        if "content-type" not in {key.lower() for key, _ in lines}:
            lines = [*lines, ("content-type", "application/json" if api else "application/x-www-form-urlencoded")]
    with httpx.Client(trust_env=False) as client:
        return client.request(method, customer.routes.base_url + path, headers=lines, content=content)


def refused(answer: httpx.Response, *names: str) -> None:
    """The one refusal of repeated headers, which names them."""
    document = answer.json()

    assert (answer.status_code, document["code"]) == (400, "REPEATED_HEADER")
    assert [entry["field"] for entry in document["errors"]] == [f"header.{name}" for name in names]
    assert document["request_id"] == answer.headers["x-request-id"]


@pytest.mark.promise("E2E-20.20")
@pytest.mark.requirement("PAY-6")
@pytest.mark.parametrize("second", ["k1", "k2"], ids=["same", "other"])
def test_two_idempotency_keys__are_refused(customers: Customers, witnesses: Witnesses, second: str) -> None:
    """Two Idempotency-Key headers are 400, the same value twice as well, and buy nothing."""
    customer = customers.a_new_customer()
    keys = [("idempotency-key", "k1"), ("Idempotency-Key", second)]

    refused(send(customer, "POST", "/api/v1/payments", bearer(customer) + keys, GLIDE), "Idempotency-Key")

    assert customer.call("GET", "payments").json() == {"payments": []}


@pytest.mark.promise("E2E-20.20")
@pytest.mark.requirement("BCM-17")
@pytest.mark.parametrize("name", ["Authorization", "X-Workspace-ID", "Origin", "Last-Event-ID", "X-Request-ID"])
def test_header_that_decides__is_refused_twice(customers: Customers, name: str) -> None:
    """Who asks, for whom, from where: each is said once, or nobody can tell which counts."""
    customer, other = customers.a_new_customer(), customers.a_new_customer()
    mine = {
        "Authorization": bearer(customer)[0][1],
        "X-Workspace-ID": customer.workspace_id,
        "Origin": customer.routes.base_url,
        "Last-Event-ID": "1",
        "X-Request-ID": "one",
    }[name]
    theirs = {"Authorization": bearer(other)[0][1], "X-Workspace-ID": other.workspace_id}.get(name, "two")
    lines = [] if name == "Authorization" else bearer(customer)

    refused(send(customer, "GET", "/api/v1/auth/me", [*lines, (name, mine), (name, theirs)]), name)


@pytest.mark.promise("E2E-20.20")
@pytest.mark.requirement("PAY-7")
def test_webhook_with_two_signatures__is_refused(customers: Customers) -> None:
    """A webhook says once who it is from."""
    twice = [("authorization", "0" * 64), ("authorization", "1" * 64)]

    refused(send(customers.nobody(), "POST", "/api/v1/webhooks/phonepe", twice, {}), "Authorization")


@pytest.mark.promise("E2E-20.20")
@pytest.mark.requirement("AUTH-5")
@pytest.mark.parametrize("name", ["Origin", "Content-Type"])
def test_form_with_a_header_twice__is_refused_by_the_page(customers: Customers, name: str) -> None:
    """A form whose origin or kind is said twice changes nothing, and the answer is a page."""
    customer = customers.a_new_customer()
    cookies = {name: each.value for name, each in set_by(log_in(customer)).items()}
    own = {"Origin": customer.routes.base_url, "Content-Type": "application/x-www-form-urlencoded"}
    second = {"Origin": "https://elsewhere.example", "Content-Type": "text/plain"}[name]
    lines = [("cookie", "; ".join(f"{key}={value}" for key, value in cookies.items())), *own.items(), (name, second)]

    answer = send(customer, "POST", "/onboarding/plans", lines, {"attempt": "1", **GLIDE})

    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert f"Send {name} once." in answer.text
    assert customer.call("GET", "payments").json() == {"payments": []}
