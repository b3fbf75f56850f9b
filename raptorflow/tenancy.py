"""Who asks, and for which workspace: the gates of a route, in the order 401, 404, 403, 402, 412 (then 409 and 422)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Header, Request

from raptorflow.auth import sql as auth
from raptorflow.auth.identity import identified, unauthenticated
from raptorflow.auth.tokens import Identity
from raptorflow.database import Connection, one, the
from raptorflow.payments import sql as billing
from raptorflow.problems import Problem
from raptorflow.resources import Held, Resources

Role = Literal["member", "admin", "owner"]
_RANK: dict[str, int] = {"member": 1, "admin": 2, "owner": 3}


@dataclass(frozen=True, slots=True)
class Tenant:
    """A signed-in caller acting in one workspace. Every statement names `workspace_id`; RLS is the second wall."""

    identity: Identity
    workspace_id: UUID
    role: Role
    held: Resources

    @property
    def user_id(self) -> UUID:
        """The caller, as `auth.uid()` says it in the tenant's transactions."""
        return self.identity.user_id

    def tx(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction as `authenticated` with the caller's claims; commits at the end, rolls back on an error."""
        return self.held.database.session(self.identity.claims)


Gate = Callable[..., Awaitable[Tenant]]


def tenant(*, role: Role = "member", paid: bool = False, bcm: bool = False) -> Any:
    """A dependency that gives the `Tenant`, after the gates: `role` at least, access `paid` for, a BCM made.

    Raises the problems 401, 404 `WORKSPACE_NOT_FOUND`, 403 `FORBIDDEN_ROLE`, 402 `SUBSCRIPTION_REQUIRED`,
    412 `BCM_NOT_READY`, in this order.
    """

    async def gate(request: Request, identity: Identified, held: Held, wish: Wish = None) -> Tenant:
        return await admit(request, identity, held, wished(wish), role=role, paid=paid, bcm=bcm)

    return Depends(gate)


Identified = Annotated[Identity, Depends(identified)]
Wish = Annotated[
    str | None,
    Header(
        alias="X-Workspace-ID",
        description="The workspace to act in; without it, the caller's first one",
        json_schema_extra={"format": "uuid"},
    ),
]


async def admit(
    request: Request,
    identity: Identity,
    held: Resources,
    workspace: UUID | None,
    *,
    role: Role = "member",
    paid: bool = False,
    bcm: bool = False,
) -> Tenant:
    """The tenant for `workspace` (None: the caller's first one), past the same gates. Pages use it, too."""
    async with held.database.session(identity.claims) as connection:
        found = await one(connection, auth.gates(paid=paid, bcm=bcm), _moment(held, workspace))
    if found is None:
        raise unauthenticated()
    if found["workspace_id"] is None:
        raise not_found()
    request.state.log |= {"user_id": str(identity.user_id), "workspace_id": str(found["workspace_id"])}
    if _RANK[found["role"]] < _RANK[role]:
        raise Problem(403, "FORBIDDEN_ROLE", f"Only an {role} of the workspace may do this.")
    if paid and not found["has_access"]:
        raise Problem(402, "SUBSCRIPTION_REQUIRED", "Choose a plan to go on.")
    if bcm and not found["has_bcm"]:
        raise Problem(412, "BCM_NOT_READY", "Complete onboarding first: nothing is known of your business yet.")
    return Tenant(identity, found["workspace_id"], found["role"], held)


async def has_access(connection: Connection, held: Resources, workspace_id: UUID) -> bool:
    """Whether the workspace has access now: active, in its grace period, or cancelled but not over."""
    found = await the(connection, billing.ACCESS, _moment(held, workspace_id))
    return bool(found["has_access"])


def _moment(held: Resources, workspace_id: UUID | None) -> dict[str, Any]:
    grace = timedelta(days=held.settings.grace_days)
    return {"workspace": workspace_id, "now": held.clock.now(), "grace": grace}


def not_found() -> Problem:
    """The one answer for a workspace that does not exist and for one that is not the caller's."""
    return Problem(404, "WORKSPACE_NOT_FOUND", "There is no such workspace.")


def wished(wish: str | None) -> UUID | None:
    """The workspace that an `X-Workspace-ID` header names. Raises 404 for what no workspace can be called."""
    if wish is None:
        return None
    try:
        return UUID(wish)
    except ValueError:
        raise not_found() from None
