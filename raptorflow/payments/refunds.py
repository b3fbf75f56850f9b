"""Giving money back: never more than was paid, and once for each key."""

from __future__ import annotations

from uuid import UUID, uuid4

from raptorflow.database import the
from raptorflow.payments import models, sql
from raptorflow.payments.service import no_payment
from raptorflow.problems import Problem
from raptorflow.tenancy import Tenant


async def open_refund(
    caller: Tenant, payment_id: UUID, wish: models.NewRefund, key: str | None
) -> tuple[models.Refund, bool]:
    """The refund of this key, and whether it is new; the reconciler carries it out.

    Without a key, the same amount of the same payment is the same refund.
    Raises 404, 409 `NOT_REFUNDABLE`, 422 `REFUND_TOO_LARGE` and `IDEMPOTENCY_KEY_REUSED`.
    """
    wanted = {
        "workspace": caller.workspace_id,
        "payment": payment_id,
        "key": key or f"amount:{wish.amount or 'rest'}",
        "order": f"rfr-{uuid4()}",
        "amount": wish.amount,
        "now": caller.held.clock.now(),
    }
    async with caller.tx() as connection:
        opened = await the(connection, sql.OPEN_REFUND, wanted)
        match opened["outcome"]:
            case "unknown":
                raise no_payment()
            case "not paid":
                raise Problem(409, "NOT_REFUNDABLE", "Only a completed payment can be refunded.")
            case "too much":
                raise Problem(422, "REFUND_TOO_LARGE", "That is more than is left of what was paid.")
            case "reused":
                raise Problem(422, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key belongs to another refund.")
        row = await the(connection, sql.REFUND, {"workspace": caller.workspace_id, "id": opened["refund_id"]})
    refund = models.Refund(**{name: row[name] for name in models.Refund.model_fields})
    return refund, opened["outcome"] == "opened"
