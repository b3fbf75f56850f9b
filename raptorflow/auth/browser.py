"""The session in a browser: two HttpOnly cookies, renewed on the answer when the access token has run out."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

from fastapi import Request

from raptorflow.auth import sessions
from raptorflow.auth.tokens import BadToken, Identity, Tokens
from raptorflow.problems import Problem
from raptorflow.resources import Resources
from raptorflow.settings import Settings

ACCESS_COOKIE, REFRESH_COOKIE = "raptorflow_access", "raptorflow_refresh"
UNDER_WAY = timedelta(seconds=10)
"""Tabs may ask at once, and one use its renewed cookies while another's request, sent before, is still on its way."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def has_session(request: Request) -> bool:
    """Whether the browser brought a session cookie at all."""
    return ACCESS_COOKIE in request.cookies or REFRESH_COOKIE in request.cookies


def require_own_origin(request: Request, settings: Settings) -> None:
    """Raise 403 `CROSS_ORIGIN` unless a state-changing request comes from a page of this site."""
    origin = request.headers.get("origin")
    if origin == settings.origin or (origin is None and request.method in _SAFE):
        return
    raise Problem(403, "CROSS_ORIGIN", "This request did not come from a page of this site.")


async def resume(request: Request, held: Resources) -> Identity | None:
    """Whose session the cookies hold, renewing them where needed; None without a session. Liveness is asked later."""
    tokens = Tokens(held.settings, held.clock)
    try:
        return tokens.read_access(request.cookies.get(ACCESS_COOKIE, ""))
    except BadToken:
        pass
    try:
        session = await sessions.rotate(held, request.cookies.get(REFRESH_COOKIE, ""), under_way=UNDER_WAY)
    except BadToken:
        return None
    if isinstance(session, Identity):
        return session
    remember(request, held, session)
    return session.identity


def remember(request: Request, held: Resources, session: sessions.Session) -> None:
    """Put the session's cookies on the answer to `request`."""
    _set(request, held.settings, ACCESS_COOKIE, session.access_token, held.settings.refresh_token_seconds)
    _set(request, held.settings, REFRESH_COOKIE, session.refresh_token, held.settings.refresh_token_seconds)


def forget(request: Request, held: Resources) -> None:
    """Take the session's cookies away with the answer to `request`."""
    for name in (ACCESS_COOKIE, REFRESH_COOKIE):
        _set(request, held.settings, name, "", 0)


def _set(request: Request, settings: Settings, name: str, value: str, seconds: int) -> None:
    cookie: SimpleCookie = SimpleCookie({name: value})
    attributes: dict[str, Any] = {"path": "/", "max-age": str(seconds), "httponly": True, "samesite": "Lax"}
    cookie[name].update(attributes)
    if settings.secure_cookies:
        cookie[name]["secure"] = True
    request.state.headers.append((b"set-cookie", cookie[name].OutputString().encode()))
