"""What every answer has: its media type, its headers, its cookies, its amounts and its moments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from drivers.httpx_transport import HttpxTransport
from drivers.transport import Request, Response
from fixtures.customers import Customers
from fixtures.gateway import Gateway
from fixtures.witnesses import Witnesses
from stack.system import System
from tests.support.buying import buy, deliver, event, signature
from tests.support.cast import Cast, by_browser, session_cookies
from tests.support.gates import PAGES, ROUTES
from tests.support.openapi import operations
from tests.support.sessions import set_by

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
MOMENTS = ("_at", "_start", "_end", "_until")
AMOUNTS = ("amount", "monthly", "annual", "tam", "sam", "som", "tokens", "version", "bcm_version", "context_version")
JSON, PROBLEM = "application/json", "application/problem+json"
POLICY = {
    "default-src": "'none'",
    **dict.fromkeys(("script-src", "style-src", "img-src", "connect-src", "form-action"), "'self'"),
    **dict.fromkeys(("base-uri", "frame-ancestors"), "'none'"),
}
PAGE = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
IN_SHORT = {"n": 1, "kind": "json", "feature": "moves", "name": "app.css"}


def members(value: Any, within: str = "") -> Iterator[tuple[str, Any]]:
    """Every member of a JSON value, by its name."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            yield from members(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner, within)


def oddities(document: Any) -> list[str]:
    """Amounts that are no whole numbers, currencies that are not ours, moments that are not told as RFC 3339 in UTC."""
    found = []
    for name, value in members(document):
        if value is None or isinstance(value, dict | list):
            continue
        if name.endswith(MOMENTS) and not MOMENT.fullmatch(str(value)):
            found.append(f"{name}: {value}")
        if name in AMOUNTS and type(value) is not int:
            found.append(f"{name}: {value!r}")
        if name == "currency" and value != "INR":
            found.append(f"{name}: {value!r}")
    return found


def policy_of(answer: Response) -> dict[str, str]:
    """The rules of a page's policy."""
    rules = (rule.strip().partition(" ") for rule in answer.headers.get("content-security-policy", "").split(";"))
    return {name: sources for name, _, sources in rules}


@pytest.mark.promise("E2E-20.11", "E2E-20.2", "E2E-20.3", "E2E-20.7", "E2E-20.15")
def test_every_route__answers_in_its_own_form(customers: Customers, system: System, transport: HttpxTransport) -> None:
    """Each operation, let through and refused, answers with its media type, an id and a documented status; amounts are
    whole, moments are UTC's; nothing of it says what server it is.
    """
    cast, found = Cast.of(customers), list[str]()
    owner = cast.owner
    parts: dict[str, object] = {"workspace_id": owner.workspace_id, "user_id": owner.user_id, "n": 1, "v": 1}
    parts["payment_id"] = cast.payments["manifest"]["id"]
    bearer = {"authorization": f"Bearer {owner.access_token}"}

    as_markdown = owner.call("GET", "bcm_export", query="format=markdown")
    for file, media, ending in (
        (owner.call("GET", "bcm_export"), JSON, "json"),
        (as_markdown, "text/markdown; charset=utf-8", "md"),
    ):
        assert [file.headers[name] for name in ("content-type", "cache-control")] == [media, "no-store"]
        assert file.headers["content-disposition"] == f'attachment; filename="bcm-v1.{ending}"'

    for at in operations(transport, system.base_url):
        if "logout" in at.template or "webhooks" in at.template:
            continue
        for headers in (bearer, {}, {**bearer, "x-workspace-id": "nonsense"}):
            body = b"{}" if at.body is not None else None
            typed = {"content-type": JSON} if body else {}
            answer = transport.send(Request(at.method, system.base_url + at.path(parts), {**typed, **headers}, body))
            media = answer.headers.get("content-type", "")
            right = PROBLEM if answer.status >= 400 else JSON
            if (
                answer.status != 204
                and media != right
                and not (at.template.endswith("/events") and "event-stream" in media)
            ):
                found.append(f"{at.name}: {answer.status} {media}")
            if answer.status not in at.statuses or not answer.request_id or "server" in answer.headers:
                found.append(f"{at.name}: {answer.status} {sorted(answer.headers)}")
            if media in (JSON, PROBLEM):
                found += [f"{at.name}: {each}" for each in oddities(answer.json())]
                said = answer.json()
                if media == PROBLEM and (said["status"], said["request_id"]) != (answer.status, answer.request_id):
                    found.append(f"{at.name}: {said}")

    assert found == []
    assert set(ROUTES) >= {at.name for at in operations(transport, system.base_url)}


@pytest.mark.promise("E2E-20.15", "E2E-20.3", "AUTH-5.1", "AUTH-5.8", "E2E-20.12")
def test_every_page__has_its_headers_and_cookies(customers: Customers) -> None:
    """Each page, for who may see it and for who may not, is HTML that nobody keeps, frames or scripts; every cookie
    is HttpOnly, Lax and for the whole site; logging out takes both away; the static files are kept for good.
    """
    cast, found = Cast.of(customers), list[str]()
    cookies = cast.cookies_of("owner", "manifest")
    for page in PAGES:
        method, _, template = page.partition(" ")
        if method != "GET" or template.startswith(("/static", "/health")) or "manifest" in template:
            continue
        for theirs in (cookies, {}):
            answer = by_browser(cast.owner, "GET", template.format_map(IN_SHORT), theirs)
            if answer.status in (303, 307):
                found += [page] if answer.headers.get("cache-control") != "no-store" else []
            elif (policy_of(answer), {name: answer.headers.get(name) for name in PAGE}) != (POLICY, PAGE):
                found.append(f"{page}: {answer.headers}")
    for name, media in (("app.css", "text/css"), ("app.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
        file = by_browser(cast.owner, "GET", f"/static/{name}", {})
        assert file.headers["content-type"].partition(";")[0] in (media, "application/javascript"), name
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert file.headers["x-content-type-options"] == "nosniff"
    assert by_browser(cast.owner, "GET", "/static/..%2fapp.py", {}).status == 404

    chosen = by_browser(cast.owner, "POST", "/dashboard/workspace", cookies, {"workspace": cast.workspaces["paid"]})
    entry = {"email": cast.owner.identity.email, "password": cast.owner.identity.password}
    for answer in (chosen, by_browser(cast.owner, "POST", "/login", {}, entry)):
        for name, morsel in set_by(answer).items():
            assert (morsel["httponly"], morsel["samesite"].lower(), morsel["path"]) == (True, "lax", "/"), name
    assert set_by(chosen)["raptorflow_workspace"].value == cast.workspaces["paid"]
    foreign = {"workspace": cast.actors["stranger"].workspace_id}
    assert set_by(by_browser(cast.owner, "POST", "/dashboard/workspace", cookies, foreign)) == {}
    gone = set_by(by_browser(cast.owner, "POST", "/logout", cookies))
    assert {name: (each.value, each["max-age"]) for name, each in gone.items()} == dict.fromkeys(
        ("raptorflow_access", "raptorflow_refresh"), ("", "0")
    )
    assert by_browser(cast.owner, "GET", "/billing", cookies).status == 303
    assert found == []


@pytest.mark.promise("PAY-10.1", "PAY-9.14", "PAY-10.16", "PAY-9.15", "PAY-6.1")
def test_prices__are_the_contracts_wherever_they_are_said(customers: Customers) -> None:
    """The list of plans, the plans' page, a purchase, its billing and its success page say the same plan, price and
    end; a purchase has the contract's fields; a form that is sent twice makes one order.
    """
    prices = {"ascent": (500_000, 5_000_000), "glide": (700_000, 7_000_000), "soar": (1_000_000, 10_000_000)}
    customer = customers.a_new_customer()
    said = customer.call("GET", "plans").json()["plans"]
    cookies = session_cookies(customer)
    page = by_browser(customer, "GET", "/onboarding/plans", cookies).text
    attempt = re.search(r'name="attempt" value="([^"]+)"', page)
    assert attempt is not None
    assert {each["id"]: (each["monthly"], each["annual"]) for each in said} == prices
    for name, amounts in prices.items():
        part = page.partition(f'aria-labelledby="plan-{name}"')[2].partition("</section>")[0]
        assert all(f"<b>{rupees(amount)}</b>" in part for amount in amounts), name
        for cycle, amount in zip(("monthly", "annual"), amounts, strict=True):
            made = buy(customer, body={"plan": name, "billing_cycle": cycle})
            payment = made.json()["payment"]
            assert payment.keys() >= {"id", "merchant_order_id", "version", "expires_at"}
            told = {each: payment[each] for each in ("plan", "billing_cycle", "amount", "currency", "state")}
            wanted = {"plan": name, "billing_cycle": cycle, "amount": amount, "currency": "INR", "state": "pending"}
            assert (made.status, told) == (201, wanted)
            assert made.json()["redirect_url"].startswith("http")
    form = {"plan": "soar", "billing_cycle": "annual", "attempt": attempt[1]}
    twice = [by_browser(customer, "POST", "/onboarding/plans", cookies, form) for _ in range(2)]
    assert [answer.status for answer in twice] == [200, 200]
    listed = customer.call("GET", "payments").json()["payments"]
    assert len(listed) == 2 * len(prices) + 1
    assert [each["created_at"] for each in listed] == sorted((each["created_at"] for each in listed), reverse=True)
    billing = by_browser(customer, "GET", "/billing", cookies).text
    for payment in listed:
        row = billing.partition(payment["merchant_order_id"])[0].rpartition("<tr>")[2]
        assert f">{rupees(payment['amount'])}<" in row, payment
    bought = customers.a_paid_customer("soar", "annual")
    theirs = session_cookies(bought)
    end = bought.call("GET", "subscription").json()["subscription"]["period_end"]
    year, month, day = end[:10].split("-")
    shown = f"{int(day)} {MONTHS[int(month) - 1]} {year}"
    success = by_browser(bought, "GET", "/onboarding/success", theirs).text
    assert f"Soar is yours until {shown}." in success
    assert f"<dd>{shown}</dd>" in by_browser(bought, "GET", "/billing", theirs).text


MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)


def rupees(paise: int) -> str:
    """An amount as people in India write it."""
    whole = str(paise // 100)
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)][::-1]
    return "₹" + ",".join([*pairs, tail])


@pytest.mark.promise("PAY-7.2", "PAY-7.4", "PAY-7.3")
def test_events__are_kept_byte_for_byte(customers: Customers, gateway: Gateway, witnesses: Witnesses) -> None:
    """The body of every event is kept as it came, white space, order and escapes included, once for each body however
    often it comes; an event that nobody knows as well.
    """
    nobody, signed = customers.nobody(), signature(gateway)
    mark = customers.stranger().identity.canary
    bodies = [
        event(mark),
        b'{ "payload" : {"merchantOrderId":"%s"},\r\n\t"event": "a.b" }  ' % mark.encode(),
        b'{"event":"\\u00e9\\/","b":1.0e2,"a":[1,1],"payload":{"x":"%s"},"payload":{}}' % mark.encode(),
        '{"event": "é", "novel": "\N{ROCKET} %s"}'.encode().replace(b"%s", mark.encode()),
    ]
    for body in bodies:
        assert [deliver(nobody, signed, body).status for _ in range(3)] == [200] * 3

    with witnesses.database._reading() as connection:
        query = "select body, deliveries from webhook_events where position(%s::bytea in body) > 0"
        kept = {bytes(row["body"]): row["deliveries"] for row in connection.execute(query, (mark.encode(),)).fetchall()}
    assert kept == dict.fromkeys(bodies, 3)


@pytest.mark.promise("AUTH-1.4", "AUTH-1.1", "AUTH-1.2")
def test_number_of_a_signup_that_failed__is_not_given_again(customers: Customers) -> None:
    """Numbers only grow, whatever became of the signups between; who is removed keeps theirs."""
    first, taken = customers.a_new_customer(), customers.nobody()
    entry = {"email": first.identity.email, "password": "long enough"}
    assert [taken.call("POST", "signup", entry).status for _ in range(3)] == [409] * 3
    second = customers.a_new_customer()

    numbers = [int(each.identification_number.removeprefix("U")) for each in (first, second)]
    assert numbers[0] < numbers[1]
    assert re.fullmatch(r"U[1-9][0-9]{5,18}", first.identification_number)
