"""The second RaptorFlow's routes; ``python -m tests.support.second.app --fd N`` serves them on an inherited socket."""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from typing import Any

from flask import Flask, Response, jsonify, redirect, request, session
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.serving import make_server

from tests.support.second.books import SCHEMA, STEPS, Books, Row
from tests.support.second.gateway import Gateway

Answer = tuple[Any, int] | Response
PRICES = {"ascent": 500_000, "glide": 700_000, "soar": 1_000_000}
TEN_MONTHS = {"monthly": 1, "annual": 10}
LONGEST = 256 * 1024
CHEAP = "pbkdf2:sha256:1000"
REQUIRED = {
    1: ("company_name", "industry", "stage"),
    2: ("value_proposition", "values", "personality"),
    3: ("contradictions",),
    4: ("target_audience", "confirmed"),
    5: ("problem_statement", "solution", "pain_points"),
}
"""It validates five steps, and keeps the others as they come."""
FORM = '<form method="post"><input name="email"><input name="password" type="password"><button>Enter</button></form>'


def create(told: dict[str, str]) -> Flask:
    """The application, as its environment says."""
    app = Flask(__name__)
    app.secret_key = told["SECRET_KEY"]
    app.config["MAX_CONTENT_LENGTH"] = LONGEST
    books = Books(told["DATABASE_URL"])
    gateway = Gateway(told["PHONEPE_BASE_URL"], told["PHONEPE_CLIENT_ID"], told["PHONEPE_CLIENT_SECRET"])
    hook = f"{told['PHONEPE_WEBHOOK_USERNAME']}:{told['PHONEPE_WEBHOOK_PASSWORD']}"
    home = told["PUBLIC_URL"]

    def problem(status: int, code: str) -> Answer:
        answer = jsonify(title=code.capitalize(), status=status, code=code)
        answer.status_code, answer.mimetype = status, "application/problem+json"
        return answer

    def inside() -> Row | None:
        if "account" not in session:
            return None
        return books.one(
            "select a.*, f.id as firm from shop.accounts a join shop.firms f on f.owner_id = a.id where a.id = %s",
            session["account"],
        )

    def state_of(purchase: Row) -> str:
        if purchase["state"] != "pending":
            return str(purchase["state"])
        return books.settle(purchase, *gateway.ask(purchase["merchant_order_id"]))

    def shown(purchase: Row) -> dict[str, Any]:
        names = ("merchant_order_id", "plan", "billing_cycle", "amount", "state")
        return {"id": str(purchase["id"]), **{name: purchase[name] for name in names}}

    def entered(account: Row, status: int) -> Answer:
        session["account"] = str(account["id"])
        me = inside()
        assert me is not None
        number = account["identification_number"]
        user = {"id": str(account["id"]), "email": account["email"], "identification_number": number}
        return {"user": user, "workspace": {"id": str(me["firm"])}}, status

    def known(email: str, password: str) -> Row | None:
        found = books.one("select * from shop.accounts where email = lower(%s)", email)
        return found if found and check_password_hash(found["secret"], password) else None

    @app.before_request
    def only_from_here() -> Answer | None:
        """A change by cookie comes from a page of this site, and whoever is nobody gets no further than the door."""
        if request.method != "GET" and "account" in session and request.headers.get("Origin") != home:
            return problem(403, "CROSS_ORIGIN")
        if request.path.startswith("/my/") and inside() is None:
            return problem(401, "WHO_ARE_YOU")
        return None

    @app.errorhandler(KeyError)
    @app.errorhandler(TypeError)
    def not_understood(_: Exception) -> Answer:
        return problem(422, "INVALID_INPUT")

    @app.get("/alive")
    def alive() -> Answer:
        books.one("select 1")
        return {"status": "ok"}, 200

    @app.post("/join")
    def join() -> Answer:
        said = request.get_json()
        made = books.join(said["email"], generate_password_hash(said["password"], CHEAP), said.get("full_name", ""))
        return entered(made, 201) if made else problem(409, "EMAIL_TAKEN")

    @app.post("/open")
    def open_session() -> Answer:
        said = request.get_json()
        found = known(said["email"], said["password"])
        return entered(found, 200) if found else problem(401, "INVALID_CREDENTIALS")

    @app.get("/enter")
    def door() -> str:
        return FORM

    @app.post("/enter")
    def enter() -> Answer:
        found = known(request.form["email"], request.form["password"])
        if found is None:
            return problem(401, "INVALID_CREDENTIALS")
        session["account"] = str(found["id"])
        return redirect("/alive")  # type: ignore[return-value]

    @app.post("/my/way-out")
    def leave() -> Answer:
        session.clear()
        return {}, 200

    @app.get("/my/self")
    def me() -> Answer:
        mine: Any = inside()
        paid = books.one("select 1 from shop.passes where workspace_id = %s", mine["firm"])
        state = books.one("select state from shop.interviews where workspace_id = %s", mine["firm"])
        status = "not_started" if state is None else {"open": "in_progress"}.get(state["state"], state["state"])
        number, email = mine["identification_number"], mine["email"]
        told = {"identification_number": number, "onboarding_status": status, "needs_payment": paid is None}
        return {"user": {"email": email}, **told}, 200

    @app.post("/my/purchases")
    def buy() -> Answer:
        mine: Any = inside()
        said, key = request.get_json(), request.headers["Idempotency-Key"]
        amount = PRICES[said["plan"]] * TEN_MONTHS[said["billing_cycle"]]
        order = f"second-{secrets.token_hex(12)}"
        made = books.one(
            "insert into shop.purchases (workspace_id, key, merchant_order_id, plan, billing_cycle, amount)"
            " values (%s, %s, %s, %s, %s, %s) on conflict do nothing returning *",
            *(mine["firm"], key, order, said["plan"], said["billing_cycle"], amount),
        )
        if made is None:
            return problem(409, "SAME_KEY")
        page = gateway.begin(order, amount, f"{home}/back?merchantOrderId={order}")
        return {"payment": shown(made), "redirect_url": page}, 201

    @app.get("/my/purchases/<purchase>")
    def payment(purchase: str) -> Answer:
        mine: Any = inside()
        query = "select * from shop.purchases where id = %s and workspace_id = %s"
        found = books.one(query, purchase, mine["firm"])
        return ({**shown(found), "state": state_of(found)}, 200) if found else problem(404, "NOT_FOUND")

    @app.get("/back")
    def back() -> Answer:
        mine = inside()
        if mine is None:
            return redirect("/enter")  # type: ignore[return-value]
        query = "select * from shop.purchases where merchant_order_id = %s and workspace_id = %s"
        found = books.one(query, request.args.get("merchantOrderId"), mine["firm"])
        return ({"state": state_of(found)}, 200) if found else problem(404, "NOT_FOUND")

    @app.post("/hook")
    def webhook() -> Answer:
        if request.headers.get("Authorization") != hashlib.sha256(hook.encode()).hexdigest():
            return problem(401, "NOT_THE_GATEWAY")
        order = request.get_json()["payload"].get("merchantOrderId")
        found = books.one("select * from shop.purchases where merchant_order_id = %s", order)
        if found:
            state_of(found)
        return {}, 200

    @app.get("/my/pass")
    def subscription() -> Answer:
        mine: Any = inside()
        query = "select plan, billing_cycle, status from shop.passes where workspace_id = %s order by period_start desc"
        return {"subscription": books.one(query, mine["firm"])}, 200

    @app.post("/my/interview")
    def begin() -> Answer:
        mine: Any = inside()
        if books.one("select 1 from shop.passes where workspace_id = %s", mine["firm"]) is None:
            return problem(402, "SUBSCRIPTION_REQUIRED")
        books.one(
            "insert into shop.interviews (workspace_id) values (%s) on conflict do nothing returning 1", mine["firm"]
        )
        return {"progress": {"next_step": min(books.next_step(mine["firm"]), STEPS)}}, 200

    @app.put("/my/interview/<int:step>")
    def answer(step: int) -> Answer:
        mine: Any = inside()
        said = request.get_json()
        if step > books.next_step(mine["firm"]):
            return problem(409, "STEP_ORDER")
        if any(name not in said["data"] for name in REQUIRED.get(step, ())):
            return problem(422, "INVALID_STEP")
        version = books.reply(mine["firm"], step, said["data"], said["version"])
        return ({"version": version}, 200) if version else problem(409, "VERSION_CONFLICT")

    @app.post("/my/interview/end")
    def complete() -> Answer:
        mine: Any = inside()
        if books.next_step(mine["firm"]) <= STEPS:
            return problem(409, "STEPS_INCOMPLETE")
        return books.complete(mine["firm"]), 200

    @app.get("/my/manifest")
    def manifest() -> Answer:
        mine: Any = inside()
        query = "select version, checksum, manifest from shop.manifests where workspace_id = %s order by version desc"
        found = books.one(query, mine["firm"])
        return (found, 200) if found else problem(404, "NOT_FOUND")

    @app.get("/manifest.schema")
    def schema() -> Answer:
        return SCHEMA, 200

    return app


if __name__ == "__main__":
    make_server("127.0.0.1", 0, create(dict(os.environ)), threaded=True, fd=int(sys.argv[-1])).serve_forever()
