"""Every route and every page, asked by everybody in workspaces of every state: who may, in which order who may not."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import urlsplit

import pytest

from drivers.httpx_transport import HttpxTransport
from drivers.transport import Request, Response
from fixtures.customers import Customers
from stack.embedded import Stack
from stack.system import System
from tests.support.application import ROUTES as PUBLISHED_BY_CODE
from tests.support.application import asked
from tests.support.cast import ACTORS, Cast, by_browser, rows_of
from tests.support.gates import PAGES, ROUTES, STATES, Gate, State
from tests.support.openapi import Operation, operations

ADMITTED = {200, 201, 202, 204, 409}
"""What a request of the right shape meets behind the gates: 409 where the state of things decides."""
WRONG: dict[str, Any] = {"nobody_asked": 1}
IN_SHORT = {"n": 1, "v": 1, "kind": "json", "feature": "moves", "name": "app.css"}


@pytest.mark.promise("E2E-20.23", "E2E-20.12")
def test_every_route_and_page__is_listed(system: System, transport: HttpxTransport, stack: Stack) -> None:
    """The table of who may use what names each published operation, and each page and form that the code has."""
    assert {at.name for at in operations(transport, system.base_url)} == set(ROUTES)
    assert set(asked(stack, PUBLISHED_BY_CODE)) == set(PAGES)


def by_api(cast: Cast, at: Operation, actor: str, state: State, body: Any) -> Response:
    """One request of an actor in the workspace of this state."""
    customer = cast.actors[actor]
    parts = {"workspace_id": cast.workspaces[state], "user_id": cast.owner.user_id, "n": 1, "v": 1}
    path = at.path(parts | {"payment_id": cast.payments[state]["id"]})
    headers = {"x-workspace-id": cast.workspaces[state], "idempotency-key": secrets.token_hex(8)}
    headers |= {"authorization": f"Bearer {customer.access_token}"} if actor != "nobody" else {}
    headers |= {"content-type": "application/json"} if body is not None else {}
    if at.template.endswith("/events"):
        headers |= {"last-event-id": "99"} if state != "unpaid" else {"accept": "text/event-stream"}
    content = None if body is None else json.dumps(body).encode()
    return customer.transport.send(Request(at.method, customer.routes.base_url + path, headers, content))


def told(answer: Response) -> tuple[int, str]:
    """The status and the code of an answer."""
    problem = answer.headers.get("content-type", "") == "application/problem+json"
    return answer.status, answer.json()["code"] if problem else ""


@pytest.mark.promise("AUTH-2.26", "AUTH-4.8", "AUTH-4.10", "AUTH-4.11", "AUTH-4.12", "AUTH-4.18", "AUTH-4.19")
@pytest.mark.promise("PAY-8.11", "PAY-10.15", "ONB-11.1", "BCM-17.16", "BCM-18.7", "BCM-18.9", "BCM-18.13", "BCM-16.8")
@pytest.mark.promise("PAY-9.18")
def test_api__each_role_in_each_state(customers: Customers, system: System, transport: HttpxTransport) -> None:
    """Nobody, strangers, the removed, members and admins are refused by the first gate that they do not pass, before
    anything is said of their body, and change nothing; whoever may, may.
    """
    cast, found = Cast.of(customers), list[str]()
    asked_for = [(at, ROUTES[at.name]) for at in operations(transport, system.base_url)]
    cases = [
        (at, gate, actor, state)
        for at, gate in asked_for
        for actor in ACTORS
        for state in (STATES if gate.needs == "workspace" else STATES[:1])
    ]
    before = rows_of(system, list(cast.workspaces.values()))

    for at, gate, actor, state in cases:
        refusal = gate.refusal(actor, state)
        for body in (gate.body, WRONG) if gate.body and refusal else (gate.body,) if refusal else ():
            answer = told(by_api(cast, at, actor, state, body))
            if answer != refusal:
                found.append(f"{at.name} by {actor}, {state}: {answer} and not {refusal}")
    changed = [name for name, now in rows_of(system, list(cast.workspaces.values())).items() if now != before[name]]
    for at, gate, actor, state in cases:
        if gate.refusal(actor, state) is None and gate.needs == "workspace" and not is_endless(at, state):
            answer = told(by_api(cast, at, actor, state, gate.body))
            if answer[0] not in ADMITTED and not (gate.body and "answers" in str(gate.body) and answer[0] == 422):
                found.append(f"{at.name} by {actor}, {state}: {answer}, and they may")

    assert (found, changed) == ([], [])


def is_endless(at: Operation, state: State) -> bool:
    """Whether the answer is a stream that goes on until the payment is over."""
    return at.template.endswith("/events") and state == "unpaid"


def by_page(cast: Cast, page: str, gate: Gate, actor: str, state: State) -> Response:
    """One request of an actor's browser that has chosen the workspace of this state."""
    method, _, template = page.partition(" ")
    path = template.format_map(IN_SHORT)
    if template.endswith("/callback"):
        path += f"?merchantOrderId={cast.payments[state]['merchant_order_id']}"
    form = dict(gate.body or {})
    if template.endswith("/plans"):
        form["attempt"] = secrets.token_hex(8)
    return by_browser(cast.actors[actor], method, path, cast.cookies_of(actor, state), form)


def leads_to(answer: Response) -> str:
    """Where an answer sends the browser, "" when it stays."""
    return urlsplit(answer.headers.get("location", "")).path if answer.status == 303 else ""


def is_refused(answer: Response, refusal: tuple[int, str]) -> bool:
    """Whether a page says no as the API does, or leads to where the visitor has to go first."""
    first = {401: "/login", 402: "/onboarding/plans", 412: "/onboarding/session/step/1"}.get(refusal[0])
    return answer.status == refusal[0] != 401 or (first is not None and leads_to(answer) == first)


@pytest.mark.promise("AUTH-2.26", "AUTH-4.8", "AUTH-4.18", "AUTH-4.19", "PAY-10.15", "PAY-10.16", "ONB-11.4")
@pytest.mark.promise("BCM-17.16", "BCM-18.7", "BCM-18.9", "BCM-18.11", "BCM-18.13", "PAY-6.4", "PAY-9.18", "AUTH-5.11")
def test_pages__each_role_in_each_state(customers: Customers, system: System) -> None:
    """Pages and forms keep the API's gates: nobody logs in first, who did not pay sees the plans, a rank that is too
    low is told so; who is not a member any more, or never was, sees nothing of the workspace and changes nothing.
    """
    cast, found = Cast.of(customers), list[str]()
    everything = list(cast.workspaces.values())
    cases = [
        (page, gate, actor, state)
        for page, gate in PAGES.items()
        for actor in ACTORS
        for state in STATES
        if gate.needs == "workspace" or (gate.needs == "session" and actor == "nobody")
    ]
    before = rows_of(system, everything)

    for page, gate, actor, state in cases:
        refusal = gate.refusal(actor, state)
        if refusal is None:
            continue
        answer = by_page(cast, page, gate, actor, state)
        if refusal[0] == 404:
            leaks = [word for word in secrets_of(cast) if word in answer.text]
            wrong = leaks or answer.status >= 500
        else:
            wrong = not is_refused(answer, refusal)
        if wrong:
            found.append(f"{page} by {actor}, {state}: {answer.status} {leads_to(answer)} and not {refusal}")
    changed = [name for name, now in rows_of(system, everything).items() if now != before[name]]
    for page, gate, actor, state in cases:
        if gate.refusal(actor, state) is None:
            answer = by_page(cast, page, gate, actor, state)
            if answer.status not in ADMITTED | {303, 422} or leads_to(answer) == "/login":
                found.append(f"{page} by {actor}, {state}: {answer.status} {leads_to(answer)}, and they may")

    assert (found, changed) == ([], [])


def secrets_of(cast: Cast) -> list[str]:
    """What only the workspaces' own people read."""
    orders = [payment["merchant_order_id"] for payment in cast.payments.values()]
    return [cast.owner.identity.canary, cast.owner.identity.full_name, "Not paid for", "Paid for", *orders]
