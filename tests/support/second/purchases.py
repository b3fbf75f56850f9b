"""Purchases of the second RaptorFlow: orders, the way back, the webhook, and the pass that a payment gives."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from flask import Blueprint, redirect, request

from tests.support.second.books import Row
from tests.support.second.site import Answer, firm, inside, problem, site

PRICES = {"ascent": 500_000, "glide": 700_000, "soar": 1_000_000}
TEN_MONTHS = {"monthly": 1, "annual": 10}
routes = Blueprint("purchases", __name__)


def state_of(purchase: Row) -> str:
    """The state of a purchase; the gateway is asked while it is pending."""
    if purchase["state"] != "pending":
        return str(purchase["state"])
    return site().books.settle(purchase, *site().gateway.ask(purchase["merchant_order_id"]))


def shown(purchase: Row) -> dict[str, Any]:
    """A purchase as the API shows it."""
    names = ("merchant_order_id", "plan", "billing_cycle", "amount", "state")
    return {"id": str(purchase["id"]), **{name: purchase[name] for name in names}}


@routes.post("/my/purchases")
def buy() -> Answer:
    """Begin a purchase at the gateway."""
    said, key = request.get_json(), request.headers["Idempotency-Key"]
    amount = PRICES[said["plan"]] * TEN_MONTHS[said["billing_cycle"]]
    order = f"second-{secrets.token_hex(12)}"
    made = site().books.one(
        "insert into shop.purchases (workspace_id, key, merchant_order_id, plan, billing_cycle, amount)"
        " values (%s, %s, %s, %s, %s, %s) on conflict do nothing returning *",
        *(firm(), key, order, said["plan"], said["billing_cycle"], amount),
    )
    if made is None:
        return problem(409, "SAME_KEY")
    page = site().gateway.begin(order, amount, f"{site().home}/back?merchantOrderId={order}")
    return {"payment": shown(made), "redirect_url": page}, 201


@routes.get("/my/purchases/<purchase>")
def payment(purchase: str) -> Answer:
    """Show a purchase of one's own."""
    found = site().books.one("select * from shop.purchases where id = %s and workspace_id = %s", purchase, firm())
    return ({**shown(found), "state": state_of(found)}, 200) if found else problem(404, "NOT_FOUND")


@routes.get("/back")
def back() -> Answer:
    """Where the gateway leads a payer back to."""
    mine = inside()
    if mine is None:
        return redirect("/enter")  # type: ignore[return-value]
    query = "select * from shop.purchases where merchant_order_id = %s and workspace_id = %s"
    found = site().books.one(query, request.args.get("merchantOrderId"), mine["firm"])
    return ({"state": state_of(found)}, 200) if found else problem(404, "NOT_FOUND")


@routes.post("/hook")
def webhook() -> Answer:
    """Hear from the gateway; what it says is asked for again."""
    if request.headers.get("Authorization") != hashlib.sha256(site().hook.encode()).hexdigest():
        return problem(401, "NOT_THE_GATEWAY")
    order = request.get_json()["payload"].get("merchantOrderId")
    found = site().books.one("select * from shop.purchases where merchant_order_id = %s", order)
    if found:
        state_of(found)
    return {}, 200


@routes.get("/my/pass")
def subscription() -> Answer:
    """Show what gives access."""
    query = "select plan, billing_cycle, status from shop.passes where workspace_id = %s order by period_start desc"
    return {"subscription": site().books.one(query, firm())}, 200
