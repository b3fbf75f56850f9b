"""The twenty-three steps, and the completion of onboarding."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from raptorflow.onboarding import service
from raptorflow.onboarding.form import Control, decode, draw
from raptorflow.onboarding.service import LAST, Session
from raptorflow.onboarding.steps import PARTS, STEPS
from raptorflow.problems import Problem
from raptorflow.web.forms import Posted
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
    return _page(visit, session, n, data, step.version, from_draft=step.draft is not None)


@router.post("/onboarding/session/step/{n}")
async def save(n: Number, visit: Visitor, form: Posted) -> Response:
    """Save the step and go on to the next; what is wrong comes back with a sentence for each field."""
    session = await _session(visit)
    data, tenant = decode(n, form), await visit.onboarding_tenant()
    try:
        await service.save_step(tenant, n, data, _version(form))
    except Problem as problem:
        if problem.code == "VERSION_CONFLICT":
            version = problem.extra["current_version"]
            return _page(visit, session, n, data, version, status=409, message=_CONFLICT)
        if problem.status != 422:
            raise Elsewhere(await visit.resting_place()) from None
        return _page(visit, session, n, data, _version(form), status=422, errors=_sentences(problem))
    return RedirectResponse(_path(min(n + 1, LAST)), 303)


@router.post("/onboarding/session/step/{n}/draft")
async def draft(n: Number, visit: Visitor, form: Posted) -> Response:
    """Keep what was typed so far. A draft of a version that is no longer the step's is dropped."""
    await service.save_draft(await visit.onboarding_tenant(), n, decode(n, form), _version(form))
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
    version: int,
    *,
    status: int = 200,
    message: str = "",
    errors: dict[str, str] | None = None,
    from_draft: bool = False,
) -> HTMLResponse:
    controls = draw(number, data, errors)
    wrong = list(_wrong(controls))
    return visit.page(
        "step.html",
        status,
        step=STEPS[number],
        parts=_parts(session),
        done=len(session.done),
        controls=controls,
        version=version,
        message=message or ("Some answers need another look." if wrong else ""),
        wrong=wrong,
        from_draft=from_draft,
        ready=number == LAST and session.next_step is None,
    )


def _parts(session: Session) -> list[dict[str, Any]]:
    """The steps by part, each with whether it is completed and whether it may be opened."""
    far = session.next_step or LAST
    return [
        {
            "title": part,
            "steps": [
                {
                    "number": step.number,
                    "title": step.title,
                    "done": step.number in session.done,
                    "open": step.number <= far,
                }
                for step in STEPS.values()
                if step.part == part
            ],
        }
        for part in PARTS
    ]


def _wrong(controls: tuple[Control, ...], within: str = "") -> list[tuple[str, str]]:
    """The label and the id of each control that has an error."""
    found: list[tuple[str, str]] = []
    for control in controls:
        if control.error:
            found.append((within + control.label, _first(control).id))
        found += _wrong(control.children, f"{control.label} → ")
    return found


def _first(control: Control) -> Control:
    """The control that a link to `control` puts the reader into."""
    return _first(control.children[0]) if control.children else control


def _sentences(problem: Problem) -> dict[str, str]:
    entries = problem.errors or []
    return {entry.field.removeprefix("body.data").lstrip("."): f"This {entry.message}." for entry in entries}


def _version(form: dict[str, str]) -> int:
    text = form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _path(number: int) -> str:
    return f"/onboarding/session/step/{number}"
