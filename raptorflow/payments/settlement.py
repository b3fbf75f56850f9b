"""What the gateway says becomes what we hold. Whoever asks (callback, webhook, reconciler) comes through here."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, Literal

from psycopg.types.json import Jsonb

from raptorflow.database import Row, the
from raptorflow.payments import sql
from raptorflow.payments.errors import EXPIRY_CODES, stable_code
from raptorflow.payments.gateway import GatewayRefused, GatewayUnavailable, OrderUnknown, Status
from raptorflow.resources import Resources
from raptorflow.texts import cut

log = logging.getLogger("raptorflow.payments.settlement")
CURRENCY = "INR"
LATE_ORDER = timedelta(seconds=60)
"""Beyond the pay call's own time-out, how long an order may take to appear at the gateway."""
Outcome = Literal["completed", "failed", "expired", "pending", "mismatch", "unavailable"]


async def settle_order(held: Resources, order: Row) -> Outcome:
    """Ask the gateway about a payment's order and move the payment to what is true. Repeating it changes nothing.

    `order` has the columns of `private.payment_by_order`.
    """
    try:
        status = await held.gateway.order_status(order["merchant_order_id"])
    except OrderUnknown:
        return await _never_placed(held, order)
    except (GatewayUnavailable, GatewayRefused) as error:
        log.warning("the gateway did not answer", extra={"payment_id": str(order["id"]), "why": str(error)})
        return "unavailable"
    wrong = _mismatches(order, status)
    if wrong:
        await _note_mismatch(held, order, wrong)
        return "mismatch"
    state, failure = _verdict(status, held.clock.now())
    await move(held, order["id"], state, failure, status.order_id)
    return state


async def move(held: Resources, payment_id: Any, state: str, failure: str | None, gateway_order: str | None) -> None:
    """Move a payment along its states and, once, activate what it bought: one transaction."""
    wanted = {
        "id": payment_id,
        "state": state,
        "failure_code": failure,
        "gateway_order": gateway_order,
        "now": held.clock.now(),
    }
    async with held.database.worker() as connection:
        settled = await the(connection, sql.SETTLE, wanted)
    if settled["moved"]:
        log.info("payment moved", extra={"payment_id": str(payment_id), "state": state})


async def _never_placed(held: Resources, order: Row) -> Outcome:
    """The gateway knows nothing of the order: it was never placed, unless the gateway has given it, or may still."""
    if order["gateway_order_id"] is not None:
        log.warning("the gateway denies an order that it gave", extra={"payment_id": str(order["id"])})
        return "pending"
    patience = timedelta(seconds=held.settings.phonepe_timeout_seconds) + LATE_ORDER
    if held.clock.now() - order["created_at"] <= patience:
        return "pending"
    await move(held, order["id"], "failed", "ORDER_NEVER_PLACED", None)
    return "failed"


def _verdict(status: Status, now: datetime) -> tuple[Literal["completed", "failed", "expired", "pending"], str | None]:
    """Our state and failure code. The gateway's one code for "not finished" is an expiry once the time is over."""
    match status.state:
        case "COMPLETED":
            return "completed", None
        case "EXPIRED":
            return "expired", "PAYMENT_ABANDONED"
        case "FAILED":
            code = stable_code(status.error_code, status.detailed_error_code)
            unfinished = {status.error_code, status.detailed_error_code} & EXPIRY_CODES
            over = unfinished and status.expires_at is not None and status.expires_at <= now
            return ("expired" if over else "failed"), code
    return "pending", None


def _mismatches(order: Row, status: Status) -> dict[str, list[Any]]:
    """What the answer and the payment (or refund) disagree about: field to [ours, theirs]."""
    theirs = {"merchant_order_id": status.merchant_order_id, "amount": status.amount, "currency": status.currency}
    ours = {name: order.get(name, CURRENCY) for name in theirs}
    wrong = {name: [ours[name], said] for name, said in theirs.items() if said is not None and said != ours[name]}
    if status.state == "COMPLETED" and status.amount is None:
        wrong["amount"] = [order["amount"], None]
    return wrong


async def _note_mismatch(held: Resources, order: Row, wrong: dict[str, list[Any]]) -> None:
    noun = "refund" if "merchant_refund_id" in order else "payment"
    log.error("the gateway does not agree with us", extra={f"{noun}_id": str(order["id"])})
    details = {f"{noun}_id": str(order["id"]), "differences": wrong}
    wanted = {
        "workspace": order["workspace_id"],
        "action": f"{noun}.mismatch",
        "details": Jsonb(details),
        "now": held.clock.now(),
    }
    async with held.database.worker() as connection:
        await connection.execute(sql.NOTE, wanted)


async def settle_refund(held: Resources, refund: Row) -> Outcome:
    """Carry a refund out at the gateway if it is not there yet, and move it to what is true."""
    try:
        status = await _refund_status(held, refund)
    except GatewayUnavailable as error:
        log.warning("the gateway did not answer", extra={"refund_id": str(refund["id"]), "why": str(error)})
        return "unavailable"
    except GatewayRefused as error:
        await _move_refund(held, refund, "failed", cut(str(error), 64))
        return "failed"
    wrong = _mismatches(refund, status)
    if wrong:
        await _note_mismatch(held, refund, wrong)
        return "mismatch"
    if status.state in ("COMPLETED", "FAILED"):
        await _move_refund(held, refund, status.state.lower(), status.error_code)
        return "completed" if status.state == "COMPLETED" else "failed"
    return "pending"


async def _refund_status(held: Resources, refund: Row) -> Status:
    try:
        return await held.gateway.refund_status(refund["merchant_refund_id"])
    except OrderUnknown:
        await held.gateway.refund(refund["merchant_refund_id"], refund["merchant_order_id"], refund["amount"])
        return await held.gateway.refund_status(refund["merchant_refund_id"])


async def _move_refund(held: Resources, refund: Row, state: str, failure: str | None) -> None:
    wanted = {"id": refund["id"], "state": state, "failure_code": failure, "now": held.clock.now()}
    async with held.database.worker() as connection:
        settled = await the(connection, sql.SETTLE_REFUND, wanted)
    if settled["moved"]:
        log.info("refund moved", extra={"refund_id": str(refund["id"]), "state": state})
