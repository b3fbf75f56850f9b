"""The twenty-three steps, and the completion of onboarding."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from raptorflow.onboarding import service
from raptorflow.onboarding.form import decode
from raptorflow.onboarding.service import LAST, Session
from raptorflow.problems import Problem
from raptorflow.web.forms import Posted
from raptorflow.web.sheet import Sheet, Shown, version_of
from raptorflow.web.visit import Elsewhere, PageRoute, Visit, Visitor

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Number = Annotated[int, Path(ge=1, le=LAST)]
_CONFLICT = (
    "This step was saved in another tab in the meantime. Below is what you have typed here: "
    "save it to replace what was saved there, or reload the page to see that."
)


@router.get("/onboarding/session/step/{n}")
async def show(n: Number, visit: Visitor) -> HTMLResponse:
    """A step with its draft, or its answers; a step too far leads back to the one that is open."""
    session = await _session(visit)
    if session.next_step is not None and n > session.next_step:
        raise Elsewhere(_path(session.next_step))
    step = await service.read_step(await visit.onboarding_tenant(), n)
    data = step.data if step.draft is None else step.draft
    return _page(visit, session, n, data, Shown(step.version), from_draft=step.draft is not None)


@router.post("/onboarding/session/step/{n}")
async def save(n: Number, visit: Visitor, form: Posted) -> Response:
    """Save the step and go on to the next; what is wrong comes back with a sentence for each field."""
    session = await _session(visit)
    data, tenant = decode(n, form), await visit.onboarding_tenant()
    try:
        await service.save_step(tenant, n, data, version_of(form))
    except Problem as problem:
        shown = Shown.after(problem, form, "body.data", _CONFLICT)
        if shown is None:
            raise Elsewhere(await visit.resting_place()) from None
        return _page(visit, session, n, data, shown)
    return RedirectResponse(_path(min(n + 1, LAST)), 303)


@router.post("/onboarding/session/step/{n}/draft")
async def draft(n: Number, visit: Visitor, form: Posted) -> Response:
    """Keep what was typed so far. A draft of a version that is no longer the step's is dropped."""
    await service.save_draft(await visit.onboarding_tenant(), n, decode(n, form), version_of(form))
    return Response(status_code=204)


@router.post("/onboarding/complete")
async def complete(visit: Visitor) -> Response:
    """Complete onboarding; with steps missing, go to the first of them."""
    try:
        await service.complete(await visit.onboarding_tenant())
    except Problem as problem:
        if problem.code not in ("STEPS_INCOMPLETE", "SESSION_NOT_FOUND"):
            raise
        raise Elsewhere(await visit.resting_place()) from None
    return RedirectResponse("/dashboard", 303)


async def _session(visit: Visit) -> Session:
    """The open session, opened on the first visit; who has completed theirs belongs on the dashboard."""
    tenant = await visit.onboarding_tenant()
    if visit.me.onboarding_status == "completed":
        raise Elsewhere("/dashboard")
    return (await service.open_session(tenant))[0]


def _page(
    visit: Visit,
    session: Session,
    number: int,
    data: object,
    shown: Shown,
    *,
    from_draft: bool = False,
) -> HTMLResponse:
    sheet = Sheet("/onboarding/session/step", number, session.done, session.next_step or LAST)
    ready = number == LAST and session.next_step is None
    context = sheet.context(data, shown) | {"from_draft": from_draft, "ready": ready}
    return visit.page("step.html", shown.status, **context)


def _path(number: int) -> str:
    return f"/onboarding/session/step/{number}"
