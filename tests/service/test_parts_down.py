"""A part that is down: every route and page says so as a problem, and what does not need the part goes on."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from drivers.httpx_transport import HttpxTransport
from drivers.transport import Request, Response
from fixtures.customers import Customers
from fixtures.gateway import Gateway
from fixtures.stack import a_redis, need_it_here
from stack.embedded import Stack
from stack.slice import Slice
from tests.service.bodies import BODIES
from tests.service.closing import close_the_database
from tests.support.buying import buy
from tests.support.cast import by_browser, session_cookies
from tests.support.door import Door
from tests.support.gates import PAGES
from tests.support.openapi import operations
from tests.support.problems import refused

NEED_NO_DATABASE = {"GET /health/live", "GET /health/ready", "GET /api/v1/bcm/schema"}
STATELESS = {"GET /", "GET /signup", "GET /login", "GET /static/{name}", "GET /health/metrics"}
PATIENCE_S = 5.0


def says_when(answer: Response) -> bool:
    """Whether an answer says when to come back."""
    return answer.headers.get("retry-after", "").isdigit()


@pytest.mark.promise("E2E-20.9", "E2E-20.8", "E2E-20.2")
def test_database_away__every_route_says_so(
    stack: Stack, make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """With PostgreSQL out of reach each route that needs it is a 503 problem with `Retry-After`, each page says so to
    people, and the rest is as it was.
    """
    need_it_here(stack)
    own = make_slice(DATABASE_TIMEOUT_SECONDS="0.5")
    customer, found = Customers(own.system, transport, "away").a_new_customer(), list[str]()
    cookies = session_cookies(customer)
    published, base = operations(transport, own.system.base_url), own.system.base_url
    parts: dict[str, object] = {"workspace_id": customer.workspace_id, "user_id": customer.user_id, "n": 1, "v": 1}
    parts["payment_id"] = customer.user_id
    close_the_database(own)

    for at in published:
        headers = {"authorization": f"Bearer {customer.access_token}", "content-type": "application/json"}
        headers |= {"idempotency-key": "k"}
        body = json.dumps(BODIES[at.name]).encode() if at.name in BODIES else None
        if "webhooks" in at.template or "refresh" in at.template:
            continue
        answer = transport.send(Request(at.method, base + at.path(parts), headers, body))
        needs = at.name not in NEED_NO_DATABASE
        if needs and (answer.status, says_when(answer), answer.elapsed_s < PATIENCE_S) != (503, True, True):
            found.append(f"{at.name}: {answer.status} {answer.text[:120]}")
        if not needs and at.name != "GET /health/ready" and answer.status != 200:
            found.append(f"{at.name}: {answer.status}")
    for page in PAGES:
        method, _, template = page.partition(" ")
        path = template.format(n=1, kind="json", feature="moves", name="app.css")
        answer = by_browser(customer, method, path, {} if page in STATELESS else cookies, {"email": "a@b.example"})
        html = answer.headers.get("content-type", "").startswith("text/")
        if page in STATELESS:
            found += [f"{page}: {answer.status}"] if answer.status != 200 else []
        elif answer.status not in (303, 422, 503) or (not html and answer.status == 503):
            found.append(f"{page}: {answer.status}")

    assert found == []
    assert refused(transport.send(Request("GET", f"{base}/health/ready")), 503, "NOT_READY")["down"][0] == "postgresql"


@pytest.mark.promise("E2E-20.9", "PAY-10.7")
def test_gateway_away__buying_alone_says_so(customers: Customers, gateway: Gateway) -> None:
    """With the gateway failing a purchase is a 502 that says when to come back, by page as well; all else goes on."""
    customer = customers.a_new_customer()
    cookies = session_cookies(customer)
    gateway.behave(faults=[{"route": "checkout.pay", "status": 503, "when": "before"}])

    answer = buy(customer)
    page = by_browser(customer, "POST", "/onboarding/plans", cookies, {"plan": "glide", "billing_cycle": "monthly"})

    refused(answer, 502, "GATEWAY_UNAVAILABLE")
    assert says_when(answer)
    assert (page.status, "try again" in page.text) == (502, True)
    for route in ("me", "payments", "subscription", "plans"):
        assert customer.call("GET", route).status == 200


@pytest.mark.promise("E2E-20.9", "ONB-12.5", "AUTH-2.13")
def test_redis_away__nothing_else_is(
    stack: Stack, make_slice: Callable[..., Slice], transport: HttpxTransport, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With Redis gone everything that was open opens as before: login, pages, steps, manifest and features."""
    need_it_here(stack)
    with Door(tmp_path_factory.mktemp("r") / "s") as door:
        customers = Customers(make_slice(REDIS_URL=door.open(a_redis(stack))).system, transport, "no redis")
        customer = customers.a_customer_with_a_manifest()
        cookies = session_cookies(customer)

    customer.log_in()
    for route in ("me", "session", "business_context", "bcm", "bcm_versions", "bcm_export", "subscription", "payments"):
        assert customer.call("GET", route).status == 200, route
    for feature in ("cohorts", "campaigns", "moves", "muse", "daily-wins"):
        assert customer.call("POST", feature).status == 201
    for path in ("/dashboard", "/billing", "/onboarding/plans", "/dashboard/answers/3"):
        assert by_browser(customer, "GET", path, cookies).status == 200, path
    customer.change_answer(22, {"goals": ["Without Redis"]})
    assert customer.rebuild().version == 2
    assert customer.bcm().manifest["plan"]["goals"] == ["Without Redis"]
