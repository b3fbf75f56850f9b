"""The SQL of business contexts and manifests. Each statement names the workspace; row security stands behind it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from raptorflow.database import Connection, Row, one, rows, the

_CONTEXT = "select content, version, updated_at from public.business_contexts where workspace_id = %(workspace)s"

_COMPLETED_CONTEXT = """
insert into public.business_contexts as c (workspace_id, content, created_at, updated_at)
values (%(workspace)s, %(content)s, %(at)s, %(at)s)
on conflict (workspace_id) do update
   set content = excluded.content, version = c.version + 1, updated_at = excluded.updated_at
returning version
"""

_CHANGE_CONTEXT = """
update public.business_contexts set content = %(content)s, version = version + 1, updated_at = %(at)s
 where workspace_id = %(workspace)s and version = %(version)s
returning content, version, updated_at
"""

_APPEND = """
insert into public.bcm_manifests
       (workspace_id, version, manifest, checksum, tokens, context_version, created_by, created_at)
select %(workspace)s, coalesce(max(version), 0) + 1, %(manifest)s, %(checksum)s, %(tokens)s, %(context_version)s,
       %(user)s, %(at)s
  from public.bcm_manifests where workspace_id = %(workspace)s
returning version, manifest, checksum, tokens, context_version, created_at
"""

_LATEST = """
select version, checksum, tokens, context_version, created_at,
       case when checksum = %(known)s then null else manifest end as manifest
  from public.bcm_manifests where workspace_id = %(workspace)s order by version desc limit 1
"""

_VERSION = """
select version, manifest, checksum, tokens, context_version, created_at
  from public.bcm_manifests where workspace_id = %(workspace)s and version = %(version)s
"""

_VERSIONS = """
select version, checksum, tokens, context_version, created_at
  from public.bcm_manifests where workspace_id = %(workspace)s order by version desc
"""


async def context(connection: Connection, workspace: UUID, *, lock: bool = False) -> Row | None:
    """The business context; with `lock`, nobody else changes or reduces it meanwhile."""
    return await one(connection, _CONTEXT + (" for update" if lock else ""), {"workspace": workspace})


async def write_context(connection: Connection, workspace: UUID, content: dict[str, Any], at: datetime) -> int:
    """Store the answers of a completed onboarding; returns the context's version."""
    values = {"workspace": workspace, "content": Jsonb(content), "at": at}
    version: int = (await the(connection, _COMPLETED_CONTEXT, values))["version"]
    return version


async def change_context(
    connection: Connection, workspace: UUID, content: dict[str, Any], version: int, at: datetime
) -> Row | None:
    """Replace the content if it is still at `version`; None if it is not."""
    values = {"workspace": workspace, "content": Jsonb(content), "version": version, "at": at}
    return await one(connection, _CHANGE_CONTEXT, values)


async def append(connection: Connection, values: dict[str, Any]) -> Row:
    """Store a manifest as the next version. The caller holds the context's lock, so that versions have no gap."""
    return await the(connection, _APPEND, {**values, "manifest": Jsonb(values["manifest"])})


async def latest(connection: Connection, workspace: UUID, known: str = "") -> Row | None:
    """The latest version; its `manifest` is left out when its checksum is `known`."""
    return await one(connection, _LATEST, {"workspace": workspace, "known": known})


async def version(connection: Connection, workspace: UUID, number: int) -> Row | None:
    """One version, whole."""
    return await one(connection, _VERSION, {"workspace": workspace, "version": number})


async def versions(connection: Connection, workspace: UUID) -> list[Row]:
    """All versions without their manifests, the latest first."""
    return await rows(connection, _VERSIONS, {"workspace": workspace})
