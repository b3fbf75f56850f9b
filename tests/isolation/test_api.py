"""Over the API: whoever names what is another's is told what he is told of what does not exist, and changes nothing."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from psycopg import sql

from drivers.forms import FORM_TYPE
from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.pages import Website
from drivers.routes import CONTRACT
from drivers.transport import Request, Response
from fixtures.customers import Customers
from fixtures.stack import need
from stack.system import System
from tests.isolation.crawl import ASKED, Answer, Operation, Place, operations, pages
from tests.isolation.neighbours import leave_rows_everywhere

ORDER = "merchantOrderId"
TAKEN = {("POST", "/api/v1/auth/signup", "email")}
"""Where existence is said on purpose: an address can have one account."""


def test_api__foreign_identifiers(customers: Customers, system: System, transport: HttpxTransport) -> None:
    """Every place of every documented request tells nothing of another tenant's, and changes nothing of it."""
    crawl = _Crawl(customers, transport, need(system.database_dsn, "a superuser's DSN"))
    deaf, before = crawl.deaf(), crawl.digest()

    tried = [crawl.probe(each, place) for each in crawl.operations for place in each.places]

    assert sum(tried) > 3 * len(crawl.operations)
    assert crawl.leaks == [], "a byte of the victim's came back"
    assert crawl.told_apart == [], "what is another's was answered otherwise than what does not exist"
    assert before == crawl.digest(), "the victim's rows changed"
    assert deaf == [], "not even one's own identifier is answered there: the probe proves nothing"


class _Crawl:
    """The attacker, the victim, and what was seen."""

    def __init__(self, customers: Customers, transport: HttpxTransport, dsn: str) -> None:
        self.transport, self.dsn = transport, dsn
        self.attacker, self.victim = leave_rows_everywhere(customers), leave_rows_everywhere(customers)
        self.home = self.attacker.workspace_id
        document = customers.nobody().call("GET", "openapi").json()
        self.operations = [*operations(document, _identifiers(self.attacker)), *self._pages()]
        self.theirs = _identifiers(self.victim)
        self.secrets = [self.victim.identity.canary, *self.theirs.values()]
        self.leaks: list[str] = []
        self.told_apart: list[str] = []
        self._answered: dict[tuple[str, str], set[Answer]] = {}

    def _pages(self) -> Iterator[Operation]:
        """Every page that takes no other part than a step, as the attacker sees it in a browser."""
        routes, site = self.attacker.routes, Website(self.transport, self.attacker.routes.base_url)
        who = self.attacker.identity
        site.submit(
            site.get(routes.url("login_page"), "log in"), {"email": who.email, "password": who.password}, "log in"
        )
        switch, home = f"{routes.url('dashboard_page')}/workspace", urlencode({"workspace": self.home}).encode()
        site.send(Request("POST", switch, {"content-type": FORM_TYPE}, home, "switch"))
        assert self.home in site.cookies.values(), "the workspace is remembered in a cookie"
        urls = [routes.url(name, step=1) for name in CONTRACT if name.endswith("_page")]
        paths = [url.removeprefix(routes.base_url) for url in (*urls, switch)]
        return pages(paths[:-1], paths[-1], site.cookies, routes.base_url)

    def probe(self, operation: Operation, place: Place) -> int:
        """Try each of the victim's identifiers that fits; returns how many."""
        fitting = {v for n, v in self.theirs.items() if _fits(place, n)}
        for value in sorted(fitting):
            self._pair(operation, place, value)
        return len(fitting)

    def _pair(self, operation: Operation, place: Place, value: str) -> None:
        where = f"{operation.method} {operation.path} {place.kind}.{place.name} = {value}"
        nobodys = _alike(value)
        foreign, absent = self._ask(operation, place, value), self._ask(operation, place, nobodys)
        self.leaks += [where for secret in self.secrets if secret not in value and secret in foreign.text]
        told = [_told(r, v) for r, v in ((foreign, value), (absent, nobodys))]
        if told[0] != told[1] and (operation.method, operation.path, place.name) not in TAKEN:
            told = [self._afresh(operation, place, v) for v in (value, nobodys)]
            if told[0] != told[1]:
                self.told_apart.append(f"{where}: {told[0]} instead of {told[1]}")

    def _afresh(self, operation: Operation, place: Place, value: str) -> Answer:
        """The answer right after logging in: where an attempt ends one's own session, the next finds it ended."""
        self.attacker.log_in()
        answer = self._ask(operation, place, value)
        self.attacker.log_in()
        return _told(answer, value)

    def _ask(self, operation: Operation, place: Place | None, value: str) -> Response:
        path, headers, body = operation.request(place, value)
        if place is None and "cookie" not in headers:
            headers = {**headers, "x-workspace-id": self.home}
        sent = {"accept": "application/json", "authorization": f"Bearer {self.attacker.access_token}", **headers}
        kind, content = operation.content(body)
        if content is not None:
            sent["content-type"] = kind
        name = f"{operation.method} {operation.path}"
        return self.transport.send(Request(operation.method, self.attacker.routes.base_url + path, sent, content, name))

    def deaf(self) -> list[str]:
        """Reads by path for which the attacker's own identifier is answered like one that nobody has."""
        found = []
        for operation in self.operations:
            for place in operation.places if operation.method == "GET" else ():
                order = place.name == ORDER and "callback" in operation.path
                if (place.kind == "path" and place.is_uuid) or order:
                    mine = _identifiers(self.attacker)["merchant_order_id"]
                    own = self._ask(operation, place, mine) if order else self._ask(operation, None, "")
                    absent = self._ask(operation, place, _alike(mine) if order else str(uuid.uuid4()))
                    if own.status == absent.status:
                        found.append(f"{operation.path} {place.name}: {own.status} {own.text[:200]}")
        return found

    def digest(self) -> dict[str, str]:
        """The victim's rows in every table, as the superuser sees them, versions included."""
        with psycopg.connect(self.dsn) as connection:
            return dict(_digests(connection, self.victim))


def _digests(connection: psycopg.Connection[Any], victim: HttpCustomer) -> Iterator[tuple[str, str]]:
    tables = connection.execute(
        "select c.oid::regclass::text, array(select attname::text from pg_attribute a where a.attrelid = c.oid"
        " and attnum > 0) from pg_class c where relkind = 'r' and relnamespace in ('public'::regnamespace,"
        " 'auth'::regnamespace)"
    ).fetchall()
    for table, columns in tables:
        owner = next((c for c in ("workspace_id", "user_id", "id") if c in columns), None)
        if owner is None:
            continue  # nobody's
        whose = [victim.workspace_id, victim.user_id]
        query = sql.SQL(
            "select md5(coalesce(string_agg(t::text || xmin::text || ctid::text, ',' order by t::text), ''))"
            " from {} t where {}::text = any(%s)"
        ).format(sql.SQL(table), sql.Identifier(owner))
        yield table, str(connection.execute(query, (whose,)).fetchone())


def _identifiers(customer: HttpCustomer) -> dict[str, str]:
    """What a customer can be called by, under the names that parameters have."""
    payment = customer.payment
    assert payment is not None
    return {
        "workspace_id": customer.workspace_id,
        "user_id": customer.user_id,
        "payment_id": payment.id or "",
        "merchant_order_id": payment.merchant_order_id,
        "email": customer.identity.email,
        "identification_number": customer.identification_number,
    }


def _fits(place: Place, name: str) -> bool:
    """Whether this identifier is tried there: what it is called, else the two that decide whose something is."""
    if place.name == ORDER:
        return name == "merchant_order_id"
    if place.kind == "cookie":
        return name == "workspace_id"
    if place.kind == "query" and place.name in ASKED and not place.is_uuid:
        return name == place.name
    if place.is_uuid or "workspace" in place.name.lower():
        return name.endswith("_id") and name != "merchant_order_id"
    if place.name in ("email", "identification_number", "merchant_order_id"):
        return name == place.name
    return name == ("user_id" if "user" in place.name.lower() else "workspace_id")


def _told(answer: Response, sent: str) -> Answer:
    """What was answered, without the name of the request itself, which pages show."""
    return Answer.of(answer.status, answer.text.replace(answer.request_id or "\0", "…"), sent)


def _alike(value: str) -> str:
    """Something of the same shape that nobody is called by."""
    if re.fullmatch(r"[0-9a-f-]{36}", value):
        return str(uuid.uuid4())
    fresh = uuid.uuid4().hex
    local, at, domain = value.partition("@")
    digits = iter(fresh * 8)
    shaped = "".join(
        str(int(next(digits), 16) % 10) if c.isdigit() else (next(digits) if c in "abcdef" else c) for c in local
    )
    return f"{shaped}{at}{domain}"


@pytest.mark.parametrize("made", ["-bcdefghijklmnopqrstuv", "abcdefghijklmnopqrstu-", "_bcdefghijklmnopqrstu_"])
def test_made_at_random__tells_no_answers_apart(made: str) -> None:
    """A token that an answer was given for itself is no difference, whatever it begins or ends with."""
    usual, other = (Answer.of(200, f'"/pay?token=M_1~{token}"', "") for token in ("abcdefghijklmnopqrstuv", made))

    assert usual == other
