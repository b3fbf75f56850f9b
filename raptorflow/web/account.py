"""The front page, signup, login and logout."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from raptorflow.auth import browser, models, service, sessions
from raptorflow.problems import Problem
from raptorflow.resources import Held
from raptorflow.web.forms import Posted, read
from raptorflow.web.render import page
from raptorflow.web.visit import AnyVisitor, Elsewhere, PageRoute, safe_next

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_SENTENCES = {
    "email": "Please write an email address, like asha@example.com.",
    "password": "Please choose a password of 8 to 128 characters.",
    "full_name": "Please use at most 200 characters.",
}


@router.get("/")
async def landing(visit: AnyVisitor) -> HTMLResponse:
    """What this is, and the way in."""
    return visit.page("landing.html") if visit else page("landing.html", path="/")


@router.get("/signup")
async def signup_form(visit: AnyVisitor, next: str = "") -> HTMLResponse:
    """The form for a new account."""
    if visit:
        raise Elsewhere(safe_next(next) or await visit.resting_place())
    return _form("signup.html", {"next": safe_next(next)})


@router.post("/signup")
async def sign_up(request: Request, held: Held, form: Posted) -> Response:
    """Make the account, and go on to the plans."""
    values = {"email": form.get("email", "").strip(), "password": form.get("password", "")}
    full_name = form.get("full_name", "").strip() or None
    wish, errors = read(models.SignUp, {**values, "full_name": full_name}, _SENTENCES)
    if wish is None:
        return _form("signup.html", form, errors=errors, status=422)
    try:
        session = await service.sign_up(held, wish)
    except Problem as problem:
        if problem.status != 409:
            raise
        return _form("signup.html", form, errors={"email": problem.detail}, status=problem.status)
    browser.remember(request, held, session)
    return RedirectResponse(safe_next(form.get("next", "")) or "/onboarding/plans", 303)


@router.get("/login")
async def login_form(visit: AnyVisitor, next: str = "", signed_out: bool = False) -> HTMLResponse:
    """The form to log in; who is logged in goes on."""
    if visit:
        raise Elsewhere(safe_next(next) or await visit.resting_place())
    return _form("login.html", {"next": safe_next(next)}, signed_out=signed_out)


@router.post("/login")
async def log_in(request: Request, held: Held, form: Posted) -> Response:
    """Open a session, and go where the visitor wanted to, or left off."""
    values = {"email": form.get("email", "").strip(), "password": form.get("password", "")}
    wish, errors = read(models.LogIn, {**values}, {**_SENTENCES, "password": "Please write your password."})
    if wish is None:
        return _form("login.html", form, errors=errors, status=422)
    try:
        session = await service.log_in(held, wish)
    except Problem as problem:
        answer = _form("login.html", form, message=problem.detail, status=problem.status)
        answer.headers.update(problem.headers)
        return answer
    browser.remember(request, held, session)
    return RedirectResponse(safe_next(form.get("next", "")) or "/welcome", 303)


@router.get("/welcome")
async def welcome(visit: AnyVisitor) -> Response:
    """Leads a visitor to where they left off."""
    raise Elsewhere(await visit.resting_place() if visit else "/login")


@router.post("/logout")
async def log_out(request: Request, held: Held, visit: AnyVisitor) -> Response:
    """End the session, here and in all other tabs."""
    if visit:
        await sessions.end(held, visit.identity)
    browser.forget(request, held)
    return RedirectResponse("/login?signed_out=true", 303)


def _form(
    template: str,
    form: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    message: str = "",
    status: int = 200,
    **context: Any,
) -> HTMLResponse:
    """A form as it was sent, without the password."""
    wrong = errors or {}
    return page(
        template,
        status,
        path=f"/{template.removesuffix('.html')}",
        next=safe_next(form.get("next", "")),
        values={name: form.get(name, "") for name in ("email", "full_name")},
        errors={name: wrong.get(name, "") for name in _SENTENCES},
        message=message or ("Please correct what is marked below." if wrong else ""),
        **context,
    )
