"""Making workspaces, and letting people in and out."""

from __future__ import annotations

from uuid import UUID

from psycopg.errors import InsufficientPrivilege

from raptorflow.auth.tokens import Identity
from raptorflow.database import rows, the
from raptorflow.problems import Problem
from raptorflow.resources import Resources
from raptorflow.tenancy import Tenant
from raptorflow.workspaces import models, sql


async def listed(held: Resources, identity: Identity) -> list[models.Membership]:
    """The caller's workspaces, their own first."""
    async with held.database.session(identity.claims) as connection:
        found = await rows(connection, sql.LIST, {"user": identity.user_id})
    return [models.Membership(**row) for row in found]


async def create(held: Resources, identity: Identity, name: str) -> models.Membership:
    """A new workspace that the caller owns."""
    async with held.database.session(identity.claims) as connection:
        await connection.execute(sql.TAKE_TURNS)
        made = await the(connection, sql.CREATE, {"name": name, "now": held.clock.now()})
        found = await rows(connection, sql.LIST, {"user": identity.user_id})
    return next(models.Membership(**row) for row in found if row["id"] == made["id"])


async def invite(caller: Tenant, wish: models.Invitation) -> None:
    """Let the address in, now or when it signs up. Raises 403 above the caller's own rank."""
    wanted = {"workspace": caller.workspace_id, **wish.model_dump(), "now": caller.held.clock.now()}
    try:
        async with caller.tx() as connection:
            await connection.execute(sql.INVITE, wanted)
    except InsufficientPrivilege:
        raise Problem(403, "FORBIDDEN_ROLE", "Only an owner may invite an owner.") from None


async def remove(caller: Tenant, user_id: UUID) -> None:
    """End a membership. Raises 403 `FORBIDDEN_ROLE`, 404 `MEMBER_NOT_FOUND`, 409 `LAST_OWNER`."""
    wanted = {"workspace": caller.workspace_id, "user": user_id, "now": caller.held.clock.now()}
    async with caller.tx() as connection:
        outcome = (await the(connection, sql.REMOVE, wanted))["outcome"]
    match outcome:
        case "unknown":
            raise Problem(404, "MEMBER_NOT_FOUND", "There is no such member.")
        case "forbidden":
            raise Problem(403, "FORBIDDEN_ROLE", "Admins remove members; only an owner removes admins and owners.")
        case "last owner":
            raise Problem(409, "LAST_OWNER", "A workspace keeps at least one owner: make another one first.")
