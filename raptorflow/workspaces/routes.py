"""`/api/v1/workspaces`: tenants and their members."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from raptorflow.auth.identity import SignedIn
from raptorflow.problems import documented
from raptorflow.resources import Held
from raptorflow.tenancy import Identified, Tenant, admit, wished
from raptorflow.workspaces import models, service

router = APIRouter(prefix="/api/v1/workspaces", tags=["workspaces"])
WorkspaceId = Annotated[str, Path(description="A workspace of the caller", json_schema_extra={"format": "uuid"})]


async def _member(request: Request, identity: Identified, held: Held, workspace_id: WorkspaceId) -> Tenant:
    return await admit(request, identity, held, wished(workspace_id))


async def _admin(request: Request, identity: Identified, held: Held, workspace_id: WorkspaceId) -> Tenant:
    return await admit(request, identity, held, wished(workspace_id), role="admin")


Member = Annotated[Tenant, Depends(_member)]
Admin = Annotated[Tenant, Depends(_admin)]


@router.get("", responses=documented(401, 403))
async def workspaces(held: Held, identity: SignedIn) -> models.Workspaces:
    """The workspaces that the caller is an active member of."""
    return models.Workspaces(workspaces=await service.listed(held, identity))


@router.post("", status_code=201, responses=documented(401, 403))
async def create(held: Held, identity: SignedIn, wish: models.NewWorkspace) -> models.Membership:
    """Make a workspace that the caller owns."""
    return await service.create(held, identity, wish.name)


@router.post("/{workspace_id}/members", status_code=202, responses=documented(401, 403, 404))
async def invite(caller: Admin, wish: models.Invitation) -> models.Invited:
    """Invite by address. An admin invites members and admins, an owner owners as well."""
    await service.invite(caller, wish)
    return models.Invited()


@router.delete("/{workspace_id}/members/{user_id}", status_code=204, responses=documented(401, 403, 404, 409))
async def remove(caller: Member, user_id: UUID) -> None:
    """End a membership with the next request. The last owner stays; anyone may leave."""
    await service.remove(caller, user_id)
