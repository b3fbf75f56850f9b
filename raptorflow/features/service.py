"""The five features: each writes pieces from the latest manifest, keeps them, and says which version they are from."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from raptorflow.bcm import queries as manifests
from raptorflow.bcm import service as bcm
from raptorflow.database import Connection, Row, rows
from raptorflow.features.writer import Feature, Piece, TemplateWriter, Writer
from raptorflow.tenancy import Tenant

_TABLES: dict[Feature, str] = {
    "cohorts": "cohorts",
    "campaigns": "campaigns",
    "moves": "moves",
    "muse": "muse_assets",
    "daily-wins": "daily_wins",
}
_READ = """
select id, bcm_version, position, title, content, created_at from public.{table}
 where workspace_id = %(workspace)s
   and bcm_version = (select max(bcm_version) from public.{table} where workspace_id = %(workspace)s)
 order by position
"""
_KEEP = """
insert into public.{table} (workspace_id, bcm_version, position, title, content, created_by, created_at)
select %(workspace)s, %(version)s, piece.position, piece.title, piece.content, %(user)s, %(at)s
  from jsonb_to_recordset(%(pieces)s) as piece (position integer, title text, content jsonb)
"""


async def read(tenant: Tenant, feature: Feature) -> tuple[int, list[Row]]:
    """What the feature last wrote, and the manifest's version that it used (the latest, when it wrote nothing yet)."""
    async with tenant.tx() as connection:
        kept = await _read(connection, tenant.workspace_id, feature)
        if kept:
            return kept[0]["bcm_version"], kept
    return (await bcm.latest(tenant))["version"], []


async def generate(tenant: Tenant, feature: Feature, writer: Writer | None = None) -> tuple[int, list[Row], bool]:
    """Write the feature's pieces from the latest manifest, once for each version.

    Returns the version, the pieces, and whether this call wrote them.
    """
    made = await bcm.latest(tenant)
    pieces = await (writer or TemplateWriter()).write(feature, made["manifest"])
    async with tenant.tx() as connection:
        await manifests.context(connection, tenant.workspace_id, lock=True)
        kept = await _read(connection, tenant.workspace_id, feature)
        if kept and kept[0]["bcm_version"] >= made["version"]:
            return kept[0]["bcm_version"], kept, False
        at = tenant.held.clock.now()
        await _keep(connection, tenant, feature, made["version"], pieces, at)
        return made["version"], await _read(connection, tenant.workspace_id, feature), True


async def _read(connection: Connection, workspace: UUID, feature: Feature) -> list[Row]:
    return await rows(connection, _READ.format(table=_TABLES[feature]), {"workspace": workspace})


async def _keep(
    connection: Connection, tenant: Tenant, feature: Feature, version: int, pieces: list[Piece], at: datetime
) -> None:
    records: list[dict[str, Any]] = [
        {"position": position, "title": piece.title, "content": piece.content}
        for position, piece in enumerate(pieces, start=1)
    ]
    values = {
        "workspace": tenant.workspace_id,
        "version": version,
        "pieces": Jsonb(records),
        "user": tenant.user_id,
        "at": at,
    }
    await connection.execute(_KEEP.format(table=_TABLES[feature]), values)
