"""`/api/v1`: plans, payments, refunds, the subscription, and the gateway's webhook."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse

from raptorflow.payments import events, models, refunds, service, webhooks
from raptorflow.problems import Problem, documented
from raptorflow.resources import Held
from raptorflow.tenancy import Tenant, tenant

router = APIRouter(prefix="/api/v1", tags=["payments"])
Member = Annotated[Tenant, tenant()]
Admin = Annotated[Tenant, tenant(role="admin")]
Owner = Annotated[Tenant, tenant(role="owner")]
_KEY_FORM = {"alias": "Idempotency-Key", "min_length": 1, "max_length": 255, "pattern": r"^[\x21-\x7e]+$"}
_KEY_MEANING = "Any text, new for each wish; the same key gives the same answer, per workspace, for ever"
Key = Annotated[str | None, Header(**_KEY_FORM, description=_KEY_MEANING)]
RequiredKey = Annotated[
    str | None, Header(**_KEY_FORM, description=_KEY_MEANING, json_schema_extra={"x-required": True})
]
_KEPT = {"description": "The same request again: what the first one made"}


@router.get("/plans", responses=documented())
async def plans(held: Held) -> models.Plans:
    """What is on sale; amounts in paise."""
    return models.Plans(plans=await service.plans(held))


@router.post(
    "/payments",
    status_code=201,
    responses=documented(401, 403, 404, 502) | {200: {"model": models.PaymentOffer, **_KEPT}},
)
async def initiate(
    caller: Admin, wish: models.NewPayment, response: Response, key: RequiredKey = None
) -> models.PaymentOffer:
    """Buy a plan. The same Idempotency-Key gives the same payment, however often and however concurrently."""
    if key is None:
        raise Problem(
            400, "IDEMPOTENCY_KEY_REQUIRED", "Send an Idempotency-Key header: any text, new for each purchase."
        )
    offer, new = await service.initiate(caller, wish, key)
    response.status_code = 201 if new else 200
    return offer


@router.get("/payments", responses=documented(401, 403, 404))
async def payments(caller: Member) -> models.Payments:
    """The workspace's payments, newest first."""
    return models.Payments(payments=await service.listed(caller))


@router.get("/payments/{payment_id}", responses=documented(401, 403, 404))
async def payment(caller: Member, payment_id: UUID) -> models.PaymentOffer:
    """How a payment stands."""
    return await service.read(caller, payment_id)


@router.get(
    "/payments/{payment_id}/events",
    response_class=StreamingResponse,
    responses=documented(401, 403, 404)
    | {
        200: {
            "description": "Server-sent events; data is a Payment, id its version",
            "content": {"text/event-stream": {}},
        },
        204: {"description": "Nothing newer than Last-Event-ID will come"},
    },
)
async def payment_events(
    caller: Member,
    payment_id: UUID,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=20)] = None,
) -> Response:
    """The present state at once, then each change, ended by a terminal state."""
    seen = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else 0
    present = (await service.read(caller, payment_id)).payment
    if present.state in models.TERMINAL and present.version <= seen:
        return Response(status_code=204)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events.follow(caller, payment_id, seen), media_type="text/event-stream", headers=headers)


@router.post(
    "/payments/{payment_id}/refunds",
    status_code=201,
    responses=documented(401, 403, 404, 409) | {200: {"model": models.Refund, **_KEPT}},
)
async def refund(
    request: Request,
    caller: Owner,
    payment_id: UUID,
    response: Response,
    wish: models.NewRefund | None = None,
    key: Key = None,
) -> models.Refund:
    """Give money back, all that is left or an amount; never above what was paid."""
    opened, new = await refunds.open_refund(caller, payment_id, wish or models.NewRefund(), key)
    request.app.state.reconciler.kick()
    response.status_code = 201 if new else 200
    return opened


@router.get("/subscription", responses=documented(401, 403, 404))
async def subscription(caller: Member) -> models.Standing:
    """What the workspace has access to, and until when."""
    return await service.standing(caller)


@router.post("/subscription/cancel", responses=documented(401, 403, 404, 409))
async def cancel(caller: Owner) -> models.Standing:
    """Let the subscription end with the period that is paid for."""
    return await service.cancel(caller)


@router.post(
    "/webhooks/phonepe",
    responses=documented(401),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {"payload": {"type": "object"}},
                    }
                }
            },
        }
    },
)
async def phonepe(
    request: Request,
    held: Held,
    authorization: Annotated[str | None, Header(description="SHA-256 of username:password")] = None,
) -> models.Acknowledged:
    """An event of the gateway: stored, acknowledged, and then looked into."""
    webhooks.require_signature(held.settings, authorization)
    await webhooks.store(held, await request.body())
    request.app.state.reconciler.kick()
    return models.Acknowledged()
