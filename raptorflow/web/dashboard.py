"""The dashboard: who you are, what you hold, and what the features make of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from raptorflow.bcm import service as bcm
from raptorflow.bcm.routes import as_file
from raptorflow.features import service as features
from raptorflow.features.writer import FEATURES, Feature
from raptorflow.payments import service as payments
from raptorflow.tenancy import Tenant
from raptorflow.web.forms import Posted
from raptorflow.web.visit import WORKSPACE_COOKIE, PageRoute, Visitor

router = APIRouter(prefix="/dashboard", route_class=PageRoute, include_in_schema=False)
_ABOUT: dict[Feature, tuple[str, str]] = {
    "cohorts": ("Cohorts", "Who to talk to, one for each of your personas."),
    "campaigns": ("Campaigns", "What to say on each of your channels."),
    "moves": ("Moves", "A first step towards each of your goals."),
    "muse": ("Muse", "Lines in your brand's voice."),
    "daily-wins": ("Daily wins", "One small task a day for a week, from your customers' pains to your goals."),
}


@router.get("")
async def show(visit: Visitor) -> HTMLResponse:
    """The dashboard; before onboarding is completed, the way there."""
    tenant = await visit.dashboard_tenant()
    return visit.page(
        "dashboard.html",
        user=visit.me.user,
        workspace=visit.me.workspace,
        workspaces=visit.me.workspaces,
        subscription=(await payments.standing(tenant)).subscription,
        bcm=await bcm.latest(tenant),
        features=[await _feature(tenant, name) for name in FEATURES],
        may_rebuild=tenant.role in ("admin", "owner"),
    )


@router.post("/workspace")
async def switch(visit: Visitor, form: Posted) -> Response:
    """Act in another of the visitor's workspaces from now on."""
    chosen = next((each for each in visit.me.workspaces if str(each.id) == form.get("workspace")), None)
    answer = RedirectResponse("/welcome", 303)
    if chosen:
        _remember_workspace(answer, chosen.id, secure=visit.held.settings.secure_cookies)
    return answer


@router.post("/rebuild")
async def rebuild(visit: Visitor) -> Response:
    """Draw the manifest anew."""
    await bcm.rebuild(await visit.tenant(role="admin", paid=True, bcm=True))
    return RedirectResponse("/dashboard", 303)


@router.post("/features/{feature}")
async def generate(feature: Feature, visit: Visitor) -> Response:
    """Let a feature write from the latest manifest."""
    await features.generate(await visit.dashboard_tenant(), feature)
    return RedirectResponse(f"/dashboard#{feature}", 303)


@router.get("/manifest.{kind}")
async def download(kind: Annotated[Literal["json", "md"], Path()], visit: Visitor) -> Response:
    """The latest manifest as a file."""
    return as_file(await bcm.latest(await visit.dashboard_tenant()), "markdown" if kind == "md" else "json")


async def _feature(tenant: Tenant, name: Feature) -> dict[str, Any]:
    version, pieces = await features.read(tenant, name)
    title, about = _ABOUT[name]
    return {"name": name, "title": title, "about": about, "bcm_version": version if pieces else None, "pieces": pieces}


def _remember_workspace(answer: Response, workspace: UUID, *, secure: bool) -> None:
    answer.set_cookie(
        WORKSPACE_COOKIE, str(workspace), httponly=True, samesite="lax", secure=secure, max_age=31_536_000
    )
