"""`/onboarding`: the session, its steps, its completion (ONB-11 … ONB-15)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import Field

from raptorflow.models import Output
from raptorflow.onboarding import service
from raptorflow.onboarding.bodies import Document
from raptorflow.onboarding.schema import every_step
from raptorflow.onboarding.service import LAST, Session, StepState
from raptorflow.onboarding.steps import STEPS
from raptorflow.problems import documented
from raptorflow.tenancy import Tenant, tenant

router = APIRouter(prefix="/api/v1/onboarding/session", tags=["onboarding"])
Customer = Annotated[Tenant, tenant(paid=True)]
Number = Annotated[int, Path(ge=1, le=LAST, description="The step, 1 to 23")]
_REFUSALS = (401, 402, 404)
_ANY_STEP: dict[str, Any] = {"anyOf": list(every_step().values())}


class Progress(Output):
    """How far a session is: completed steps, not the highest number."""

    completed: int
    total: int
    completed_steps: list[int]
    next_step: int | None


class SessionView(Output):
    """An onboarding session."""

    id: UUID
    status: Literal["open", "completed"]
    progress: Progress
    bcm_version: int | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None


class StepView(Output):
    """A step as it stands; `version` is 0 before its first save."""

    step: int
    part: str
    title: str
    data: dict[str, Any] | None
    draft: dict[str, Any] | None
    version: int
    completed: bool


class SavedStep(StepView):
    """A step that was just saved, and how far the session is now."""

    progress: Progress


class Completion(Output):
    """A completed onboarding, and the manifest that it made."""

    session: SessionView
    onboarding_status: Literal["completed"] = "completed"
    bcm_version: int
    checksum: str


class SaveStep(Document):
    """The step's answers, and the version of the step that they replace."""

    data: dict[str, Any] = Field(json_schema_extra=_ANY_STEP)
    version: int = Field(ge=0, le=2**31 - 1)


class SaveDraft(Document):
    """Whatever was typed so far; with a `version`, it counts only while the step is at that version."""

    data: dict[str, Any]
    version: int | None = Field(default=None, ge=0, le=2**31 - 1)


@router.post("", status_code=201, responses={200: {"model": SessionView}, **documented(*_REFUSALS, 409)})
async def open_session(customer: Customer, response: Response) -> SessionView:
    """Open the workspace's session (201), or get the one that is open (200)."""
    session, opened = await service.open_session(customer)
    response.status_code = 201 if opened else 200
    return _session(session)


@router.get("", responses=documented(*_REFUSALS))
async def read_session(customer: Customer) -> SessionView:
    """The workspace's session, open or completed."""
    return _session(await service.read_session(customer))


@router.get("/steps/{n}", responses=documented(*_REFUSALS))
async def read_step(n: Number, customer: Customer) -> StepView:
    """One step: its saved answers, its draft, its version."""
    return StepView(**_step(await service.read_step(customer, n)))


@router.put("/steps/{n}", responses=documented(*_REFUSALS, 409))
async def save_step(n: Number, body: SaveStep, customer: Customer) -> SavedStep:
    """Validate and save a step."""
    step, session = await service.save_step(customer, n, body.data, body.version)
    return SavedStep(**_step(step), progress=Progress(**session.progress))


@router.put("/steps/{n}/draft", responses=documented(*_REFUSALS, 409))
async def save_draft(n: Number, body: SaveDraft, customer: Customer) -> StepView:
    """Keep a draft, unvalidated."""
    return StepView(**_step(await service.save_draft(customer, n, body.data, body.version)))


@router.post("/complete", responses=documented(*_REFUSALS, 409))
async def complete(customer: Customer) -> Completion:
    """Complete onboarding: the business context and the manifest's first version, in one transaction."""
    session, made = await service.complete(customer)
    return Completion(session=_session(session), bcm_version=made["version"], checksum=made["checksum"])


def _session(session: Session) -> SessionView:
    return SessionView(
        id=session.id,
        status="completed" if session.state == "completed" else "open",
        progress=Progress(**session.progress),
        bcm_version=session.bcm_version,
        created_at=session.created_at,
        updated_at=session.updated_at,
        completed_at=session.completed_at,
    )


def _step(state: StepState) -> dict[str, Any]:
    step = STEPS[state.number]
    return {
        "step": state.number,
        "part": step.part,
        "title": step.title,
        "data": state.data,
        "draft": state.draft,
        "version": state.version,
        "completed": state.completed,
    }
