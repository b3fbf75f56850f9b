"""The business context, and the manifests that are drawn from it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from raptorflow.bcm import cache, queries
from raptorflow.bcm.canonical import canonical, checksum, digest, estimate
from raptorflow.bcm.reducer import Manifest, reduce
from raptorflow.database import Connection, Row
from raptorflow.onboarding.mistakes import bad_fields
from raptorflow.onboarding.steps import STEPS, validate
from raptorflow.problems import FieldError, Problem
from raptorflow.tenancy import Tenant
from raptorflow.texts import cut

Answers = Mapping[str, Mapping[str, Any]]


async def read_context(tenant: Tenant) -> Row:
    """The business context. 412 before onboarding is completed."""
    async with tenant.tx() as connection:
        return _made(await queries.context(connection, tenant.workspace_id))


async def change_context(tenant: Tenant, content: Mapping[str, Any], version: int) -> Row:
    """Replace the business context that the client saw at `version`.

    422 with one entry for each bad field of each step; 409 `VERSION_CONFLICT`.
    """
    checked = {"answers": _validated(content)}
    at = tenant.held.clock.now()
    async with tenant.tx() as connection:
        changed = await queries.change_context(connection, tenant.workspace_id, checked, version, at)
        if changed is None:
            held = _made(await queries.context(connection, tenant.workspace_id))
            raise Problem(
                409,
                "VERSION_CONFLICT",
                "The business context was changed elsewhere in the meantime; reload it and save again.",
                current_version=held["version"],
            )
        return changed


async def rebuild(tenant: Tenant) -> tuple[Row, bool]:
    """The manifest of the present business context, and whether it is a new version. Rebuilds at once take turns."""
    async with tenant.tx() as connection:
        context = _made(await queries.context(connection, tenant.workspace_id, lock=True))
        manifest = await asyncio.to_thread(reduce, context["content"]["answers"])
        last = _made(await queries.latest(connection, tenant.workspace_id))
        if last["checksum"] == checksum(manifest):
            return last, False
        made = await append(connection, tenant, manifest, context["version"], tenant.held.clock.now())
    await cache.put(tenant.held.redis, tenant.workspace_id, canonical(made["manifest"]))
    return made, True


async def latest(tenant: Tenant) -> Row:
    """The latest manifest, from Redis when PostgreSQL names its checksum. 412 before there is one."""
    held = await cache.get(tenant.held.redis, tenant.workspace_id)
    async with tenant.tx() as connection:
        row = _made(await queries.latest(connection, tenant.workspace_id, known=digest(held)))
    if row["manifest"] is None:
        return {**row, "manifest": json.loads(held)}
    await cache.put(tenant.held.redis, tenant.workspace_id, canonical(row["manifest"]))
    return row


async def version(tenant: Tenant, number: int) -> Row:
    """One version. 404 `BCM_VERSION_NOT_FOUND`."""
    async with tenant.tx() as connection:
        return await read_version(connection, tenant.workspace_id, number)


async def versions(tenant: Tenant) -> list[Row]:
    """All versions without their manifests, the latest first."""
    async with tenant.tx() as connection:
        return await queries.versions(connection, tenant.workspace_id)


async def read_version(connection: Connection, workspace: UUID, number: int) -> Row:
    """One version, within a transaction. 404 `BCM_VERSION_NOT_FOUND`."""
    row = await queries.version(connection, workspace, number)
    if row is None:
        raise Problem(404, "BCM_VERSION_NOT_FOUND", "There is no such version of the manifest.")
    return row


async def write_context(connection: Connection, workspace: UUID, answers: Answers, at: datetime) -> int:
    """Store the answers of a completed onboarding as the business context; returns its version."""
    return await queries.write_context(connection, workspace, {"answers": answers}, at)


async def append(connection: Connection, tenant: Tenant, manifest: Manifest, context_version: int, at: datetime) -> Row:
    """Store a manifest as the workspace's next version, within the transaction that holds its context."""
    values = {
        "workspace": tenant.workspace_id,
        "manifest": manifest,
        "checksum": checksum(manifest),
        "tokens": estimate(manifest),
        "context_version": context_version,
        "user": tenant.user_id,
        "at": at,
    }
    return await queries.append(connection, values)


def _made(row: Row | None) -> Row:
    if row is None:
        raise Problem(412, "BCM_NOT_READY", "Complete onboarding first: nothing is known of your business yet.")
    return row


def _validated(content: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of all steps, checked; every bad field of every step is told at once."""
    given = content.get("answers")
    answers: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    errors = [_unknown("content", key) for key in content if key != "answers"]
    errors += [_unknown("content.answers", key) for key in answers if key not in map(str, STEPS)]
    checked: dict[str, Any] = {}
    for number in STEPS:
        try:
            checked[str(number)] = validate(number, answers.get(str(number), {}))
        except ValidationError as error:
            errors += bad_fields(error, f"body.content.answers.{number}")
    if errors:
        raise Problem(422, "INVALID_INPUT", "Some answers need another look.", errors=errors)
    return checked


def _unknown(where: str, key: str) -> FieldError:
    name = cut(key, 80).encode("ascii", "backslashreplace").decode()
    return FieldError(field=f"body.{where}.{name}", code="EXTRA_FORBIDDEN", message="is not a field of the context")
