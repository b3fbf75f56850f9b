"""What a customer does with onboarding: open it, answer step by step, complete it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from raptorflow.bcm import service as bcm
from raptorflow.bcm.reducer import reduce
from raptorflow.database import Connection, Row
from raptorflow.onboarding import queries
from raptorflow.onboarding.cache import SessionCache
from raptorflow.onboarding.mistakes import bad_fields
from raptorflow.onboarding.steps import STEPS, validate
from raptorflow.problems import FieldError, Problem
from raptorflow.tenancy import Tenant

LAST = len(STEPS)


@dataclass(frozen=True, slots=True)
class Session:
    """A session and how far it is: `done` holds the numbers of the completed steps, in order."""

    id: UUID
    state: str
    bcm_version: int | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    done: tuple[int, ...]

    @property
    def next_step(self) -> int | None:
        """The first step that is not completed; None when all are."""
        return next((number for number in STEPS if number not in self.done), None)

    @property
    def progress(self) -> dict[str, Any]:
        """Progress as the API and Redis tell it."""
        return {
            "completed": len(self.done),
            "total": LAST,
            "completed_steps": list(self.done),
            "next_step": self.next_step,
        }


@dataclass(frozen=True, slots=True)
class StepState:
    """One step as it stands: version 0 and no data before its first save."""

    number: int
    version: int
    data: dict[str, Any] | None
    draft: dict[str, Any] | None
    completed: bool


async def open_session(tenant: Tenant) -> tuple[Session, bool]:
    """The workspace's open session, and whether this call opened it. 409 `ONBOARDING_COMPLETED` afterwards."""
    async with tenant.tx() as connection:
        at = tenant.held.clock.now()
        opened = await queries.open_session(connection, tenant.workspace_id, tenant.user_id, at)
        if await queries.is_completed(connection, tenant.workspace_id):
            raise Problem(409, "ONBOARDING_COMPLETED", "Onboarding is completed; edit the business context instead.")
        session = await _read(connection, tenant)
    if opened:
        await _cache(tenant, session).described(session.progress, _metadata(tenant, session))
    return session, opened


async def find_session(tenant: Tenant) -> Session | None:
    """The workspace's session, open or completed."""
    async with tenant.tx() as connection:
        row = await queries.find_session(connection, tenant.workspace_id)
        return await _described(connection, tenant, row) if row else None


async def read_session(tenant: Tenant) -> Session:
    """The workspace's session. 404 `SESSION_NOT_FOUND` before one was opened."""
    session = await find_session(tenant)
    if session is None:
        raise _no_session()
    return session


async def read_step(tenant: Tenant, number: int) -> StepState:
    """One step. Redis gives its answers when they are of the version that PostgreSQL names."""
    session = await read_session(tenant)
    cache = _cache(tenant, session)
    version, data = await cache.step(number) or (-1, None)
    async with tenant.tx() as connection:
        row = await queries.step(connection, tenant.workspace_id, session.id, number, version)
    if row is None:
        return StepState(number, 0, None, None, completed=False)
    if row["version"] != version:
        data = row["data"]
        if data is not None:
            await cache.put_step(number, row["version"], data)
    return StepState(number, row["version"], data, row["draft"], completed=row["completed_at"] is not None)


async def save_step(tenant: Tenant, number: int, data: object, version: int) -> tuple[StepState, Session]:
    """Validate and save a step that the client saw at `version`.

    422 with one entry for each bad field; 409 `STEP_ORDER`, `VERSION_CONFLICT`, `SESSION_CLOSED`.
    """
    checked = validated(number, data)
    async with tenant.tx() as connection:
        row = await _locked_open(connection, tenant)
        versions = {step["step"]: step for step in await queries.steps(connection, tenant.workspace_id, row["id"])}
        before = _session(row, versions.values())
        _check_order(before, number)
        _check_version(versions.get(number), version)
        at = tenant.held.clock.now()
        stored = await queries.save(connection, tenant.workspace_id, before.id, number, checked, at)
    session = replace(before, updated_at=at, done=tuple(sorted({*before.done, number})))
    cache = _cache(tenant, session)
    await cache.saved(number, stored, checked, session.progress, _metadata(tenant, session))
    return StepState(number, stored, checked, None, completed=True), session


async def save_draft(tenant: Tenant, number: int, draft: dict[str, Any], version: int | None = None) -> StepState:
    """Keep a draft as it is: 409 `SESSION_CLOSED`; `VERSION_CONFLICT` if the step has left the draft's `version`."""
    _check_storable(draft)
    async with tenant.tx() as connection:
        row = await _locked_open(connection, tenant)
        if version is not None:
            _check_version(await queries.step(connection, tenant.workspace_id, row["id"], number, known=-1), version)
        at = tenant.held.clock.now()
        kept = await queries.save_draft(connection, tenant.workspace_id, row["id"], number, draft, at)
    await SessionCache(tenant.held.redis, row["id"]).drafted(number, draft)
    return StepState(number, kept["version"], kept["data"], draft, completed=kept["completed_at"] is not None)


async def complete(tenant: Tenant) -> tuple[Session, Row]:
    """Make the business context and the manifest's first version, and close the session, all or nothing.

    Returns the session and the manifest; again, the same. 409 `STEPS_INCOMPLETE` with the missing numbers.
    """
    async with tenant.tx() as connection:
        row = await queries.find_session(connection, tenant.workspace_id, lock=True)
        if row is None:
            raise _no_session()
        if row["state"] == "open":
            await _complete(connection, tenant, row["id"])
        session = await _read(connection, tenant)
        made = await bcm.read_version(connection, tenant.workspace_id, session.bcm_version or 1)
    await _cache(tenant, session).described(session.progress, _metadata(tenant, session))
    return session, made


def validated(number: int, data: object) -> dict[str, Any]:
    """The step's answers, checked. 422 `INVALID_INPUT` with one entry for each bad field."""
    try:
        return validate(number, data)
    except ValidationError as error:
        raise Problem(
            422,
            "INVALID_INPUT",
            f"Step {number} has answers that need another look.",
            errors=bad_fields(error, "body.data"),
        ) from None


async def _complete(connection: Connection, tenant: Tenant, session: UUID) -> None:
    answers = await queries.answers(connection, tenant.workspace_id, session)
    missing = [number for number in STEPS if str(number) not in answers]
    if missing:
        raise Problem(409, "STEPS_INCOMPLETE", "Some steps are not completed yet.", missing=missing)
    manifest = await asyncio.to_thread(reduce, answers)
    at = tenant.held.clock.now()
    context_version = await bcm.write_context(connection, tenant.workspace_id, answers, at)
    await bcm.append(connection, tenant, manifest, context_version, at)
    await queries.complete(connection, tenant.workspace_id, session, at)


async def _read(connection: Connection, tenant: Tenant) -> Session:
    row = await queries.find_session(connection, tenant.workspace_id)
    if row is None:
        raise _no_session()
    return await _described(connection, tenant, row)


async def _described(connection: Connection, tenant: Tenant, row: Row) -> Session:
    return _session(row, await queries.steps(connection, tenant.workspace_id, row["id"]))


def _session(row: Row, steps: Iterable[Row]) -> Session:
    return Session(**row, done=tuple(step["step"] for step in steps if step["completed_at"] is not None))


async def _locked_open(connection: Connection, tenant: Tenant) -> Row:
    row = await queries.find_session(connection, tenant.workspace_id, lock=True)
    if row is None:
        raise _no_session()
    if row["state"] != "open":
        raise Problem(409, "SESSION_CLOSED", "Onboarding is completed; edit the business context instead.")
    return row


def _check_order(session: Session, number: int) -> None:
    expected = session.next_step
    if expected is not None and number > expected:
        raise Problem(409, "STEP_ORDER", f"Complete step {expected} first.", next_step=expected)


def _check_version(seen: Row | None, version: int) -> None:
    current = seen["version"] if seen else 0
    if current != version:
        raise Problem(
            409,
            "VERSION_CONFLICT",
            "This step was saved elsewhere in the meantime; reload it and save again.",
            current_version=current,
        )


def _check_storable(draft: dict[str, Any]) -> None:
    """Python reads NaN and infinity as JSON; PostgreSQL does not."""
    try:
        json.dumps(draft, allow_nan=False)
    except ValueError:
        entry = FieldError(field="body.data", code="FINITE_NUMBER", message="must not hold NaN or infinity")
        raise Problem(422, "INVALID_INPUT", "The draft holds what cannot be stored.", errors=[entry]) from None


def _no_session() -> Problem:
    return Problem(404, "SESSION_NOT_FOUND", "Onboarding has not been started.")


def _cache(tenant: Tenant, session: Session) -> SessionCache:
    return SessionCache(tenant.held.redis, session.id)


def _metadata(tenant: Tenant, session: Session) -> dict[str, Any]:
    return {
        "session_id": str(session.id),
        "workspace_id": str(tenant.workspace_id),
        "state": session.state,
        "updated_at": session.updated_at.isoformat(),
    }
