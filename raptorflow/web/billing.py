"""Plans, the way to the gateway and back, and billing."""

from __future__ import annotations

import re
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from raptorflow.payments import models, service
from raptorflow.problems import Problem
from raptorflow.web.forms import Posted, read
from raptorflow.web.visit import Elsewhere, PageRoute, Visit, Visitor

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_BLURBS = {
    "ascent": "For a founder who is finding the words.",
    "glide": "For a team that speaks as one.",
    "soar": "For several markets and many voices.",
}
_ORDER = re.compile(r"[A-Za-z0-9_-]{1,63}")
_WAITING = ("created", "pending")


@router.get("/onboarding/plans")
async def plans(visit: Visitor) -> HTMLResponse:
    """What is on sale."""
    return await _plans(visit)


@router.post("/onboarding/plans")
async def buy(visit: Visitor, form: Posted) -> Response:
    """Make an order and lead to the gateway: one for each page, plan and cycle, however often the form is sent."""
    wish, _ = read(models.NewPayment, {name: form.get(name) for name in ("plan", "billing_cycle")}, {})
    if wish is None:
        return await _plans(visit, 422, "Please choose one of the plans below.")
    key = f"page-{form.get('attempt', '')[:64]}-{wish.plan}-{wish.billing_cycle}"
    try:
        offer, _ = await service.initiate(await visit.tenant(role="admin"), wish, key)
    except Problem as problem:
        if problem.status != 502:
            raise
        return await _plans(visit, 502, problem.detail)
    if offer.redirect_url is None:
        raise Elsewhere(_callback(offer.payment))
    return visit.page("leaving.html", url=offer.redirect_url)


@router.get("/onboarding/plans/callback")
async def callback(visit: Visitor, request: Request) -> Response:
    """Where the payer comes back: what the gateway says of the order decides, not the address."""
    order = request.query_params.get("merchantOrderId", "")
    if not _ORDER.fullmatch(order):
        raise service.no_payment()
    payment = (await service.confirm(await visit.tenant(), order)).payment
    if payment.state in ("completed", "partially_refunded"):
        raise Elsewhere("/onboarding/success")
    return visit.page(
        "callback.html",
        payment=payment,
        pending=payment.state in _WAITING,
        reason=payment.failure.message if payment.failure else "The payment did not succeed.",
        here=_callback(payment),
    )


@router.get("/onboarding/success")
async def success(visit: Visitor) -> HTMLResponse:
    """Paid: on to the 23 steps."""
    standing = await service.standing(await visit.onboarding_tenant())
    return visit.page("success.html", subscription=standing.subscription, start=await visit.resting_place())


@router.get("/billing")
async def billing(visit: Visitor) -> HTMLResponse:
    """The subscription and its payments."""
    tenant = await visit.tenant()
    subscription = (await service.standing(tenant)).subscription
    return visit.page(
        "billing.html",
        workspace=visit.me.workspace,
        subscription=subscription,
        payments=await service.listed(tenant),
        may_cancel=tenant.role == "owner"
        and subscription is not None
        and subscription.status in ("active", "past_due"),
    )


@router.post("/billing/cancel")
async def cancel(visit: Visitor) -> Response:
    """Cancel: access stays until the period ends."""
    await service.cancel(await visit.tenant(role="owner"))
    return RedirectResponse("/billing", 303)


async def _plans(visit: Visit, status: int = 200, message: str = "") -> HTMLResponse:
    standing = await service.standing(await visit.tenant())
    return visit.page(
        "plans.html",
        status,
        plans=await service.plans(visit.held),
        blurbs=_BLURBS,
        running=None if standing.needs_payment else standing.subscription,
        attempt=uuid4().hex,
        message=message,
    )


def _callback(payment: models.Payment) -> str:
    return f"/onboarding/plans/callback?merchantOrderId={payment.merchant_order_id}"
