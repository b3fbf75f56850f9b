"""One workspace of each state, and everybody who may come to its door."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import psycopg
from psycopg import sql

from drivers.errors import require
from drivers.http import HttpCustomer
from drivers.transport import Request, Response
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.stack import need
from stack.system import System
from tests.support.gates import GLIDE, State

GUESTS = ("member", "admin", "removed")
ACTORS = ("nobody", "stranger", *GUESTS, "owner")
BY_THE_CLOCK = ("checks", "next_check_at")
"""Columns that the background moves on by itself while nobody does anything."""


@dataclass(slots=True)
class Cast:
    """The owner's three workspaces, each with a payment, a member and an admin, and one who was let in and removed."""

    owner: HttpCustomer
    workspaces: dict[State, str]
    payments: dict[State, dict[str, Any]]
    actors: dict[str, HttpCustomer]
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, customers: Customers) -> Cast:
        """Assemble everybody. The first workspace has a manifest, the second is paid for, the third is not."""
        owner = customers.a_customer_with_a_manifest()
        assert owner.payment is not None
        paid, unpaid = (new_workspace(owner, name) for name in ("Paid for", "Not paid for"))
        first = owner.call("GET", "payment", payment=owner.payment.id).json()["payment"]
        workspaces: dict[State, str] = {"manifest": owner.workspace_id, "paid": paid, "unpaid": unpaid}
        payments: dict[State, dict[str, Any]] = {"manifest": first, "paid": pay_for(owner, paid), "unpaid": {}}
        payments["unpaid"] = begin(owner, unpaid)["payment"]
        actors = {name: customers.a_new_customer() for name in (*GUESTS, "stranger")}
        for guest in GUESTS:
            for workspace in workspaces.values():
                let_in(owner, actors[guest], workspace, "member" if guest == "removed" else guest)
        for workspace in workspaces.values():
            gone = owner.call("DELETE", "member", workspace=workspace, user=actors["removed"].user_id)
            require(gone, "remove", 204)
        return cls(owner, workspaces, payments, actors | {"owner": owner, "nobody": customers.nobody()})

    def cookies_of(self, actor: str, state: State) -> dict[str, str]:
        """The cookies of an actor's browser that has chosen the workspace of this state."""
        if actor == "nobody":
            return {}
        if actor not in self.cookies:
            self.cookies[actor] = session_cookies(self.actors[actor])
        return {**self.cookies[actor], "raptorflow_workspace": self.workspaces[state]}


def new_workspace(owner: HttpCustomer, name: str) -> str:
    """One more workspace of this customer: its id."""
    made: str = require(owner.call("POST", "workspaces", {"name": name}), "make a workspace", 201).json()["id"]
    return made


def begin(customer: HttpCustomer, workspace: str, body: Mapping[str, str] = GLIDE) -> dict[str, Any]:
    """A purchase in this workspace, not paid for yet."""
    headers = {"x-workspace-id": workspace, "idempotency-key": secrets.token_hex(8)}
    said: dict[str, Any] = require(customer.call("POST", "payments", dict(body), headers=headers), "buy", 201).json()
    return said


def pay_for(customer: HttpCustomer, workspace: str, body: Mapping[str, str] = GLIDE) -> dict[str, Any]:
    """A purchase in this workspace that is completed."""
    begun, there = begin(customer, workspace, body), {"x-workspace-id": workspace}
    customer.gateway_page = begun["redirect_url"]
    customer.pay(come_back=False)
    return until(
        lambda: customer.call("GET", "payment", payment=begun["payment"]["id"], headers=there).json()["payment"],
        lambda seen: bool(seen["state"] == "completed"),
        "the payment completed",
    )


def let_in(host: HttpCustomer, guest: HttpCustomer, workspace: str, role: str) -> None:
    """Make a member of somebody who has an account."""
    invitation = {"email": guest.identity.email, "role": role}
    require(host.call("POST", "members", invitation, workspace=workspace), "let in", 202)


def session_cookies(customer: HttpCustomer) -> dict[str, str]:
    """The cookies of a browser at which the customer has just logged in."""
    customer.site.cookies.clear()
    customer.visit(customer.routes.url("billing_page"))
    return {name: value for name, value in customer.site.cookies.items() if name != "raptorflow_workspace"}


def by_browser(
    customer: HttpCustomer, method: str, path: str, cookies: Mapping[str, str], form: Mapping[str, str] | None = None
) -> Response:
    """What a browser with these cookies sends from a page of this site; redirects are not followed."""
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
    if method != "GET":
        headers |= {"origin": customer.routes.base_url, "content-type": "application/x-www-form-urlencoded"}
    body = urlencode(form or {}).encode() if method != "GET" else None
    return customer.transport.send(Request(method, f"{customer.routes.base_url}{path}", headers, body))


def rows_of(system: System, workspaces: list[str]) -> dict[str, str]:
    """What the database holds of these workspaces: a digest of the rows of each table that names one."""
    with psycopg.connect(need(system.database_dsn, "a database to look into")) as connection:
        tables = connection.execute(
            """select table_schema, table_name from information_schema.columns
                where column_name = 'workspace_id' and table_schema in ('public', 'private', 'auth')"""
        ).fetchall()
        query = """select coalesce(md5(string_agg(said, '' order by said)), '') from (
                       select (to_jsonb(t) - %s::text[])::text as said from {} t where workspace_id = any(%s)) rows"""
        return {
            name: connection.execute(
                sql.SQL(query).format(sql.Identifier(schema, name)), (list(BY_THE_CLOCK), workspaces)
            ).fetchall()[0][0]
            for schema, name in tables
        }
