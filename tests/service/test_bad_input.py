"""Bad input of every kind, at every route that the API publishes: a new route is in the sweep from its first day."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import jwt
import psycopg
import pytest
from jsonschema import Draft202012Validator

from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.transport import Request, Response
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.gateway import Gateway
from fixtures.stack import need
from mocks.phonepe.client import AdminClient
from stack.slice import Slice
from stack.system import System
from tests.service.bodies import BODIES
from tests.service.contents import digests
from tests.support.buying import bought, signature
from tests.support.openapi import Operation, operations, properties

LARGEST_BODY = 256 * 1024
MALFORMED = (b"{", b"\xff\xfe\x00", b'{"a": "\xff"}', b'{"a": "\\ud8', b"[" * 20_000, b"[]", b'"text"', b"1", b"true")
WRONG: tuple[Any, ...] = (None, True, -1, 1.5, 10**30, float("inf"), "", "x" * 100_000, [], {"a": 1})
UNSTORABLE = ("a\x00b", "a\ud800b")
NO_UUID = ("nonsense", "%00", "-1", "9" * 60, "..%2f..", "'%20or%20true", "%ed%a0%80")
NO_INTEGER = ("x", "%00", "-1", "0", "1.5", "9" * 60, "%d9%a1", "nan")
NO_KEY = ("a b", "x" * 256, "")


@dataclass(slots=True)
class Sweep:
    """Sends bad requests as a customer, and keeps what was not answered as it must be."""

    customer: HttpCustomer
    parts: dict[str, object]
    theirs: dict[str, object]
    tokens: dict[str, str]
    found: list[str] = field(default_factory=list)
    sent: int = 0

    def send(
        self, at: Operation, body: bytes | None = None, path: str = "", query: str = "", **headers: str
    ) -> Response:
        """One request; headers are given in place of the usual ones."""
        usual = {"authorization": f"Bearer {self.customer.access_token}", "idempotency-key": uuid4().hex}
        usual |= {"content-type": "application/json"} if body is not None else {}
        url = self.customer.routes.base_url + (path or at.path(self.parts)) + query
        told = usual | {name.replace("_", "-"): value for name, value in headers.items()}
        self.sent += 1
        return self.customer.transport.send(Request(at.method, url, {k: v for k, v in told.items() if v != "-"}, body))

    def refused(self, at: Operation, what: str, answer: Response, *statuses: int, names: str = "") -> None:
        """Notes an answer that is no problem document with one of `statuses`, or does not name the field."""
        right = answer.headers.get("content-type") == "application/problem+json" and answer.request_id
        document = answer.json() if right else {}
        fields = [each["field"] for each in document.get("errors") or ()]
        named = not names or any(f"{each}.".startswith(f"{names}.") for each in fields)
        told = document.get("request_id") == answer.request_id and str(document.get("code", "")).isupper()
        if not (told and named and answer.status in statuses):
            self.found.append(f"{at.name}: {what[:80]} gave {answer.status} {answer.text[:300]}")

    def bodies(self, at: Operation) -> None:
        """Malformed, oversize, of the wrong shape, field by field."""
        assert at.name in BODIES, f"a route that this sweep does not know: give {at.name} a body of the right shape"
        signed = {"authorization": self.tokens["webhook"]} if "webhooks" in at.template else {}
        for raw in (*MALFORMED, *([b""] if at.body_required else [])):
            answer = self.send(at, raw, **signed)
            self.refused(at, f"the body {raw[:20]!r}", answer, 400, 422, names="body")
        big = json.dumps({"a": "x" * LARGEST_BODY}).encode()
        self.refused(at, "an oversize body", self.send(at, big, **signed), 413)
        if not signed:
            for name, body in wrong_bodies(at, BODIES[at.name]):
                answer = self.send(at, json.dumps(body).encode())
                self.refused(at, f"{name} in {json.dumps(body)[:60]}", answer, 400, 422, names=f"body.{name}")

    def places(self, at: Operation) -> None:
        """Other tenants' ids and no ids at all, in the path and in the headers."""
        body = json.dumps(BODIES[at.name]).encode() if at.body is not None else None
        for part in at.parts():
            uuid = at.parameters["path", part].get("format") == "uuid"
            for text in NO_UUID if uuid else NO_INTEGER:
                answer = self.send(at, body, at.path(self.parts | {part: text}))
                self.refused(at, f"{part} {text[:20]}", answer, 404, 405, 422)
            if uuid:
                for other in (self.theirs[part], uuid4()):
                    answer = self.send(at, body, at.path(self.parts | {part: other}))
                    self.refused(at, f"another tenant's {part}", answer, 404)
        if ("header", "x-workspace-id") in at.parameters:
            for other in (str(self.theirs["workspace_id"]), str(uuid4()), "nonsense", "9" * 200):
                self.refused(at, "another tenant", self.send(at, body, x_workspace_id=other), 404)
        for place, name in at.parameters:
            if name == "idempotency-key":
                for key in NO_KEY:
                    answer = self.send(at, body, idempotency_key=key)
                    self.refused(at, f"the key {key[:20]!r}", answer, 400, 422, names=f"{place}.Idempotency-Key")
            elif place == "query":
                answer = self.send(at, body, query=f"?{name}=%00")
                self.refused(at, name, answer, 422, names=f"query.{name}")

    def strangers(self, at: Operation) -> None:
        """No token, or one that is forged, expired, of another kind, or of a session that is over."""
        body = json.dumps(BODIES[at.name]).encode() if at.body is not None else None
        for kind, token in self.tokens.items():
            if at.secured or ("webhooks" in at.template and kind != "webhook"):
                self.refused(at, f"a token: {kind}", self.send(at, body, authorization=token), 401)


def wrong_bodies(at: Operation, right: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Bodies with one thing wrong, by the published schema, and the name of that thing."""
    assert at.body is not None
    valid = Draft202012Validator(at.body).is_valid
    yield "surprise", right | {"surprise": 1}
    for name in properties(at):
        assert name in right, f"{at.name} takes {name}: put it into BODIES"
        less = {key: value for key, value in right.items() if key != name}
        wrong = [less, *(right | {name: value} for value in WRONG)]
        yield from ((name, body) for body in wrong if not valid(body))
        for text in UNSTORABLE:
            inner = {text: text} if isinstance(right[name], dict) else text
            yield name, right | {name: inner}


def forged(system: System, customer: HttpCustomer) -> dict[str, str]:
    """Authorization headers that open nothing, by what is wrong with them."""
    key = need(system.jwt_secret, "the key that signs tokens")
    claims = jwt.decode(customer.access_token, options={"verify_signature": False})
    now = int(time.time())
    over = customer.at_another_device()
    over.log_in()
    over.call("POST", "logout")
    return {
        "none": "-",
        "nonsense": "Bearer a.b.c",
        "unsigned": "Bearer " + jwt.encode(claims, "", "none"),
        "another key": "Bearer " + jwt.encode(claims, "k" * 48, "HS256"),
        "expired": "Bearer " + jwt.encode(claims | {"exp": now - 1}, key, "HS256"),
        "an unstorable address": "Bearer " + jwt.encode(claims | {"email": "a\ud800\x00"}, key, "HS256"),
        "a refresh token": f"Bearer {customer.refresh_token}",
        "a session that is over": f"Bearer {over.access_token}",
    }


def is_quiet(system: System) -> bool:
    """Whether nothing is left for the background to do."""
    with psycopg.connect(need(system.database_dsn, "a database to look into")) as connection:
        rows = connection.execute(
            "select (select count(*) from webhook_events where processed_at is null)"
            " + (select count(*) from payments where next_check_at is not null)"
        ).fetchall()
    return bool(rows[0][0] == 0)


@pytest.mark.promise("E2E-20.5", "E2E-20.2", "AUTH-2.26", "AUTH-2.15", "BCM-17.16")
@pytest.mark.requirement("AUTH-2", "PAY-10", "ONB-13", "BCM-17")
def test_bad_input__is_refused_by_name_and_changes_nothing(
    make_slice: Callable[..., Slice], transport: HttpxTransport
) -> None:
    """Every published route answers every kind of bad input with a 4xx problem that names it; no row is touched."""
    slice_ = make_slice()
    system, customers = slice_.system, Customers(slice_.system, transport, "sweep")
    owner, learner, other = customers.a_customer_with_a_manifest(), customers.a_customer_at_step(2), customers.nobody()
    other.sign_up(customers.stranger().identity)
    theirs = {"workspace_id": other.workspace_id, "user_id": other.user_id, "payment_id": bought(other)["id"]}
    assert owner.payment is not None
    parts: dict[str, object] = {"user_id": owner.user_id, "payment_id": owner.payment.id, "n": 1, "v": 1}
    with closing(AdminClient(need(system.gateway_admin_url, "the gateway's admin API"))) as admin:
        signed = signature(Gateway(admin, need(system.merchant_id, "the gateway's merchant")))
    published = operations(transport, system.base_url)
    sweeps = [
        Sweep(each, parts | {"workspace_id": each.workspace_id}, theirs, forged(system, each))
        for each in (owner, learner)
    ]
    for each in sweeps:
        each.tokens["webhook"] = signed
    until(lambda: is_quiet(system), bool, "the background is done")
    before = digests(system)

    for at in published:
        sweep = sweeps["onboarding" in at.template]
        if at.body is not None:
            sweep.bodies(at)
        sweep.places(at)
        sweep.strangers(at)
        changed = {table for table, digest in digests(system).items() if digest != before[table]}
        assert (at.name, changed) == (at.name, set())

    assert [line for each in sweeps for line in each.found] == []
    assert sum(each.sent for each in sweeps) > 10 * len(published) > 0
