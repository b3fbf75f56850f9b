"""`/api/v1/auth`: accounts and sessions."""

from __future__ import annotations

from fastapi import APIRouter, Request

from raptorflow.auth import browser, models, service, sessions
from raptorflow.auth.identity import SignedIn
from raptorflow.problems import documented
from raptorflow.resources import Held
from raptorflow.tenancy import Identified, Wish, wished

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])


@router.post("/signup", status_code=201, responses=documented(409))
async def sign_up(held: Held, wish: models.SignUp) -> models.Session:
    """Create an account with its identification number, profile and first workspace."""
    return await service.introduce(held, await service.sign_up(held, wish))


@router.post("/login", responses=documented(401, 429))
async def log_in(held: Held, wish: models.LogIn) -> models.Session:
    """Open a session."""
    return await service.introduce(held, await service.log_in(held, wish))


@router.post("/refresh", responses=documented(401))
async def refresh(held: Held, wish: models.Refresh) -> models.Tokens:
    """Rotate the refresh token; the same answer again until it was used. Any other old token ends the session."""
    return await service.refresh(held, wish.refresh_token)


@router.post("/logout", status_code=204, responses=documented(401, 403))
async def log_out(request: Request, held: Held, identity: SignedIn) -> None:
    """End the session at once, with all of its tokens."""
    await sessions.end(held, identity)
    browser.forget(request, held)


@router.get("/me", responses=documented(401, 403, 404))
async def me(held: Held, identity: Identified, wish: Wish = None) -> models.Me:
    """Who the caller is, and where they stand."""
    return await service.me(held, identity, wished(wish))


@router.patch("/profile", responses=documented(401, 403))
async def change_profile(held: Held, identity: SignedIn, change: models.ProfileChange) -> models.Profile:
    """Change the caller's profile; fields that are not given stay."""
    return await service.change_profile(held, identity, change)
