"""The answers after onboarding: the same 23 forms, over the business context."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from raptorflow.bcm import service as bcm
from raptorflow.database import Row
from raptorflow.onboarding.form import decode
from raptorflow.onboarding.service import LAST
from raptorflow.onboarding.steps import STEPS
from raptorflow.problems import Problem
from raptorflow.tenancy import Tenant
from raptorflow.web.forms import Posted
from raptorflow.web.sheet import Sheet, Shown, version_of
from raptorflow.web.visit import PageRoute, Visit, Visitor

BASE = "/dashboard/answers"
router = APIRouter(prefix=BASE, route_class=PageRoute, include_in_schema=False)
Number = Annotated[int, Path(ge=1, le=LAST)]
_CONFLICT = (
    "The answers were changed elsewhere in the meantime. Below is what you have typed here: "
    "save it to replace this step, or reload the page to see how it stands."
)


@router.get("/{n}")
async def show(n: Number, visit: Visitor, saved: bool = False) -> HTMLResponse:
    """The answers of one step, to be changed."""
    tenant = await visit.dashboard_tenant()
    context = await bcm.read_context(tenant)
    return _page(visit, tenant, n, context["content"]["answers"][str(n)], Shown(context["version"]), saved=saved)


@router.post("/{n}")
async def save(n: Number, visit: Visitor, form: Posted) -> Response:
    """Change the answers of one step; what is wrong comes back with a sentence for each field."""
    tenant = await visit.dashboard_tenant()
    context, data = await bcm.read_context(tenant), decode(n, form)
    try:
        await bcm.change_context(tenant, _with(context, n, data), version_of(form))
    except Problem as problem:
        shown = Shown.after(problem, form, f"body.content.answers.{n}.", _CONFLICT)
        if shown is None:
            raise
        return _page(visit, tenant, n, data, shown)
    return RedirectResponse(f"{BASE}/{n}?saved=true", 303)


def _with(context: Row, number: int, data: object) -> dict[str, object]:
    return {"answers": {**context["content"]["answers"], str(number): data}}


def _page(
    visit: Visit,
    tenant: Tenant,
    number: int,
    data: object,
    shown: Shown,
    *,
    saved: bool = False,
) -> HTMLResponse:
    context = Sheet(BASE, number, STEPS, LAST).context(data, shown)
    extra = {"editing": True, "saved": saved, "may_rebuild": tenant.role in ("admin", "owner")}
    return visit.page("step.html", shown.status, **context | extra)
