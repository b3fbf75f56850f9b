"""Onboarding's SQL. Each statement names the workspace; row security is the second lock on the same door."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from raptorflow.database import Connection, Row, one, rows, the

_SESSION = """
select id, state, bcm_version, created_at, updated_at, completed_at from public.onboarding_sessions
 where workspace_id = %(workspace)s
 order by state = 'open' desc, created_at desc limit 1
"""

_OPEN = """
insert into public.onboarding_sessions (workspace_id, created_by, created_at, updated_at)
values (%(workspace)s, %(user)s, %(at)s, %(at)s)
on conflict (workspace_id) where state = 'open' do nothing
returning id
"""

_COMPLETED = "select from public.onboarding_sessions where workspace_id = %(workspace)s and state = 'completed' limit 1"

_STEPS = """
select step, version, completed_at from public.onboarding_steps
 where workspace_id = %(workspace)s and session_id = %(session)s order by step
"""

_STEP = """
select s.version, s.completed_at, s.draft,
       case when s.version = %(known)s then null else s.data end as data
  from public.onboarding_steps s
 where s.workspace_id = %(workspace)s and s.session_id = %(session)s and s.step = %(step)s
"""

_SAVE = """
with touched as (
    update public.onboarding_sessions set updated_at = %(at)s where workspace_id = %(workspace)s and id = %(session)s
)
insert into public.onboarding_steps as s (session_id, step, workspace_id, data, version, completed_at, updated_at)
values (%(session)s, %(step)s, %(workspace)s, %(data)s, 1, %(at)s, %(at)s)
on conflict (session_id, step) do update
   set data = excluded.data, draft = null, version = s.version + 1, updated_at = excluded.updated_at,
       completed_at = coalesce(s.completed_at, excluded.completed_at)
returning version
"""

_DRAFT = """
insert into public.onboarding_steps as s (session_id, step, workspace_id, draft, updated_at)
values (%(session)s, %(step)s, %(workspace)s, %(draft)s, %(at)s)
on conflict (session_id, step) do update set draft = excluded.draft, updated_at = excluded.updated_at
returning version, data, completed_at
"""

_ANSWERS = """
select step, data from public.onboarding_steps
 where workspace_id = %(workspace)s and session_id = %(session)s and completed_at is not null order by step
"""

_COMPLETE = """
update public.onboarding_sessions set state = 'completed', completed_at = %(at)s, updated_at = %(at)s, bcm_version = 1
 where workspace_id = %(workspace)s and id = %(session)s
"""


async def find_session(connection: Connection, workspace: UUID, *, lock: bool = False) -> Row | None:
    """The workspace's open session, else its completed one; with `lock`, no other transaction saves to it meanwhile."""
    return await one(connection, _SESSION + (" for update" if lock else ""), {"workspace": workspace})


async def open_session(connection: Connection, workspace: UUID, user: UUID, at: datetime) -> bool:
    """Open a session unless one is; tells whether this call did."""
    return await one(connection, _OPEN, {"workspace": workspace, "user": user, "at": at}) is not None


async def is_completed(connection: Connection, workspace: UUID) -> bool:
    """Whether the workspace's onboarding is completed."""
    return await one(connection, _COMPLETED, {"workspace": workspace}) is not None


async def steps(connection: Connection, workspace: UUID, session: UUID) -> list[Row]:
    """The version and the completion of each step that was saved or drafted."""
    return await rows(connection, _STEPS, {"workspace": workspace, "session": session})


async def step(connection: Connection, workspace: UUID, session: UUID, number: int, known: int) -> Row | None:
    """One step; its `data` is left out when its version is `known`."""
    values = {"workspace": workspace, "session": session, "step": number, "known": known}
    return await one(connection, _STEP, values)


async def save(
    connection: Connection, workspace: UUID, session: UUID, number: int, data: dict[str, Any], at: datetime
) -> int:
    """Store a step's answers as its next version, which is returned; its draft is dropped."""
    values = {"workspace": workspace, "session": session, "step": number, "data": Jsonb(data), "at": at}
    version: int = (await the(connection, _SAVE, values))["version"]
    return version


async def save_draft(
    connection: Connection, workspace: UUID, session: UUID, number: int, draft: dict[str, Any], at: datetime
) -> Row:
    """Store a step's draft beside its answers; returns the answers with their version."""
    values = {"workspace": workspace, "session": session, "step": number, "draft": Jsonb(draft), "at": at}
    return await the(connection, _DRAFT, values)


async def answers(connection: Connection, workspace: UUID, session: UUID) -> dict[str, dict[str, Any]]:
    """The answers of all completed steps, by the step's number as text."""
    found = await rows(connection, _ANSWERS, {"workspace": workspace, "session": session})
    return {str(row["step"]): row["data"] for row in found}


async def complete(connection: Connection, workspace: UUID, session: UUID, at: datetime) -> None:
    """Close the session: onboarding is completed, with the manifest's first version."""
    await connection.execute(_COMPLETE, {"workspace": workspace, "session": session, "at": at})
