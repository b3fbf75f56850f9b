"""A visit to a page: who is there, in which workspace, and what happens when they may not be."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from raptorflow.auth import browser
from raptorflow.auth import service as accounts
from raptorflow.auth.models import Me
from raptorflow.auth.tokens import Identity
from raptorflow.onboarding import service as onboarding
from raptorflow.problems import Problem, of_framework, unexpected
from raptorflow.resources import Held, Resources
from raptorflow.tenancy import Role, Tenant, admit
from raptorflow.web.render import page

WORKSPACE_COOKIE = "raptorflow_workspace"
_SAFE = frozenset({"GET", "HEAD"})
_HEADINGS = {
    403: "That is not possible from here",
    404: "No such page",
    429: "Too many attempts",
    502: "The payment service is not answering",
    503: "Please try again in a moment",
}


class Elsewhere(Exception):
    """The visitor is to go to another page of this site."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class PageRoute(APIRoute):
    """A route that answers people: problems become pages, and nothing changes for a form of another site."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, wrapped."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                if request.method not in _SAFE:
                    browser.require_own_origin(request, request.app.state.resources.settings)
                return await handle(request)
            except Elsewhere as there:
                return RedirectResponse(there.path, 303, headers={"Cache-Control": "no-store"})
            except RequestValidationError:
                return refused(request, Problem(404, "NOT_FOUND", "There is nothing at this address."))
            except Problem as problem:
                return refused(request, problem)
            except HTTPException as error:
                return refused(request, of_framework(request, error))
            except Exception as error:
                return refused(request, unexpected(error))

        return answer


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in visitor. `me` is who they are in the workspace that they have chosen."""

    request: Request
    held: Resources
    identity: Identity
    me: Me

    @property
    def workspace(self) -> UUID | None:
        """The workspace that the visitor acts in."""
        return self.me.workspace.id if self.me.workspace else None

    async def tenant(self, *, role: Role = "member", paid: bool = False, bcm: bool = False) -> Tenant:
        """The tenant behind the page, past the same gates as the API's."""
        return await admit(self.request, self.identity, self.held, self.workspace, role=role, paid=paid, bcm=bcm)

    async def onboarding_tenant(self) -> Tenant:
        """The tenant of a page that needs access; without it, the plans come first."""
        if self.me.needs_payment:
            raise Elsewhere("/onboarding/plans")
        return await self.tenant(paid=True)

    async def dashboard_tenant(self) -> Tenant:
        """The tenant of a page that needs a manifest; before there is one, the way there."""
        if self.me.needs_payment or self.me.onboarding_status != "completed":
            raise Elsewhere(await self.resting_place())
        return await self.tenant(paid=True, bcm=True)

    def page(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page for this visitor."""
        return page(template, status, visitor=self.me, path=self.request.url.path, **context)

    async def resting_place(self) -> str:
        """Where the visitor left off: the plans, the step they were on, or the dashboard."""
        if self.me.needs_payment:
            return "/onboarding/plans"
        if self.me.onboarding_status == "completed":
            return "/dashboard"
        session = await onboarding.find_session(await self.tenant(paid=True))
        return f"/onboarding/session/step/{(session.next_step if session else 1) or onboarding.LAST}"


async def visiting(request: Request, held: Held) -> Visit | None:
    """Who is there: the cookies' session, if it lives; renewed on the answer when the access token has run out."""
    if not browser.has_session(request):
        return None
    identity = await browser.resume(request, held)
    return await _known(request, held, identity) if identity else None


async def signed_in(request: Request, visit: Annotated[Visit | None, Depends(visiting)]) -> Visit:
    """A signed-in visitor; others log in first, and come back when they only wanted to look."""
    if visit is None:
        there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise Elsewhere("/login" + (f"?next={quote(there, safe='')}" if request.method in _SAFE else ""))
    return visit


Visitor = Annotated[Visit, Depends(signed_in)]
AnyVisitor = Annotated[Visit | None, Depends(visiting)]


def safe_next(path: str) -> str:
    """The path if it is one on this site, else nothing."""
    plain = path.isascii() and path.isprintable() and not set(path) & set("\\ ")
    return path if plain and path.startswith("/") and not path.startswith("//") and len(path) <= 2000 else ""


async def _known(request: Request, held: Resources, identity: Identity) -> Visit | None:
    """The visit in the chosen workspace, or in the first one when that is not theirs (any more)."""
    for workspace in (_chosen(request), None):
        try:
            return Visit(request, held, identity, await accounts.me(held, identity, workspace))
        except Problem as problem:
            if problem.status == 401:
                return None
    return None


def _chosen(request: Request) -> UUID | None:
    try:
        return UUID(request.cookies.get(WORKSPACE_COOKIE, ""))
    except ValueError:
        return None


def refused(request: Request, problem: Problem) -> Response:
    """A problem as a page, with the problem's own headers."""
    answer = page(
        "problem.html",
        problem.status,
        visitor=browser.has_session(request) or None,
        heading=_HEADINGS.get(problem.status, "That did not work"),
        detail=problem.detail,
        way_out=("/", "Go to the front page"),
        request_id=request.state.request_id,
    )
    answer.headers.update(problem.headers)
    return answer
