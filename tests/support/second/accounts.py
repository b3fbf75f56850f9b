"""Accounts of the second RaptorFlow: joining, entering by the API and by a form, leaving, and who one is."""

from __future__ import annotations

from flask import Blueprint, redirect, request, session
from werkzeug.security import check_password_hash, generate_password_hash

from tests.support.second.books import Row
from tests.support.second.site import Answer, inside, problem, site

CHEAP = "pbkdf2:sha256:1000"
FORM = '<form method="post"><input name="email"><input name="password" type="password"><button>Enter</button></form>'
routes = Blueprint("accounts", __name__)


def entered(account: Row, status: int) -> Answer:
    """The answer to who has come in, and their session."""
    session["account"] = str(account["id"])
    me = inside()
    assert me is not None
    number = account["identification_number"]
    user = {"id": str(account["id"]), "email": account["email"], "identification_number": number}
    return {"user": user, "workspace": {"id": str(me["firm"])}}, status


def known(email: str, password: str) -> Row | None:
    """The account of that address, if the password is its own."""
    found = site().books.one("select * from shop.accounts where email = lower(%s)", email)
    return found if found and check_password_hash(found["secret"], password) else None


@routes.before_app_request
def only_from_here() -> Answer | None:
    """A change by cookie comes from a page of this site, and whoever is nobody gets no further than the door."""
    if request.method != "GET" and "account" in session and request.headers.get("Origin") != site().home:
        return problem(403, "CROSS_ORIGIN")
    if request.path.startswith("/my/") and inside() is None:
        return problem(401, "WHO_ARE_YOU")
    return None


@routes.post("/join")
def join() -> Answer:
    """Make an account."""
    said = request.get_json()
    secret = generate_password_hash(said["password"], CHEAP)
    made = site().books.join(said["email"], secret, said.get("full_name", ""))
    return entered(made, 201) if made else problem(409, "EMAIL_TAKEN")


@routes.post("/open")
def open_session() -> Answer:
    """Log in by the API."""
    said = request.get_json()
    found = known(said["email"], said["password"])
    return entered(found, 200) if found else problem(401, "INVALID_CREDENTIALS")


@routes.get("/enter")
def door() -> str:
    """The page to log in at."""
    return FORM


@routes.post("/enter")
def enter() -> Answer:
    """Log in by the page."""
    found = known(request.form["email"], request.form["password"])
    if found is None:
        return problem(401, "INVALID_CREDENTIALS")
    session["account"] = str(found["id"])
    return redirect("/alive")  # type: ignore[return-value]


@routes.post("/my/way-out")
def leave() -> Answer:
    """Log out."""
    session.clear()
    return {}, 200


@routes.get("/my/self")
def me() -> Answer:
    """Say who one is, what was paid and how far one has come."""
    mine, books = inside(), site().books
    assert mine is not None
    paid = books.one("select 1 from shop.passes where workspace_id = %s", mine["firm"])
    state = books.one("select state from shop.interviews where workspace_id = %s", mine["firm"])
    status = "not_started" if state is None else {"open": "in_progress"}.get(state["state"], state["state"])
    number, email = mine["identification_number"], mine["email"]
    told = {"identification_number": number, "onboarding_status": status, "needs_payment": paid is None}
    return {"user": {"email": email}, **told}, 200
