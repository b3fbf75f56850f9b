"""The person behind a request: a bearer token, or the session cookie of a page on this site."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from raptorflow.auth import browser, sql
from raptorflow.auth.tokens import BadToken, Identity, Tokens
from raptorflow.database import one
from raptorflow.problems import Problem
from raptorflow.resources import Held, Resources

_BEARER = HTTPBearer(auto_error=False, bearerFormat="JWT", scheme_name="bearer")
_COOKIE = APIKeyCookie(name=browser.ACCESS_COOKIE, auto_error=False, scheme_name="cookie")


def unauthenticated() -> Problem:
    """The one 401: it does not say what was wrong with the token."""
    return Problem(401, "UNAUTHENTICATED", "Please log in again.", headers={"WWW-Authenticate": "Bearer"})


async def identified(
    request: Request,
    held: Held,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    _cookie: Annotated[str | None, Depends(_COOKIE)],
) -> Identity:
    """Who the caller says they are, by a token that is ours; whether the session still lives is asked with the tenant.

    With an Authorization header, cookies do not count. A cookie changes state only from a page of this site.
    """
    if "authorization" in request.headers:
        if bearer is None:
            raise unauthenticated()
        try:
            return Tokens(held.settings, held.clock).read_access(bearer.credentials)
        except BadToken:
            raise unauthenticated() from None
    if browser.has_session(request):
        browser.require_own_origin(request, held.settings)
    identity = await browser.resume(request, held)
    if identity is None:
        raise unauthenticated()
    return identity


async def require_live_session(held: Resources, identity: Identity) -> None:
    """Raise 401 when the session has been logged out, revoked or has run out."""
    async with held.database.session(identity.claims) as connection:
        if await one(connection, sql.CONTEXT, {"workspace": None, "now": held.clock.now()}) is None:
            raise unauthenticated()


async def signed_in(request: Request, held: Held, identity: Annotated[Identity, Depends(identified)]) -> Identity:
    """A caller whose session lives, wherever they act."""
    await require_live_session(held, identity)
    request.state.log["user_id"] = str(identity.user_id)
    return identity


SignedIn = Annotated[Identity, Depends(signed_in)]
