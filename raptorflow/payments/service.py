"""Buying, following a payment, and reading what it gave."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from raptorflow.database import Connection, Row, one, rows, the
from raptorflow.payments import models, sql
from raptorflow.payments.errors import sentence
from raptorflow.payments.gateway import GatewayRefused, GatewayUnavailable
from raptorflow.payments.settlement import move, settle_order
from raptorflow.problems import Problem
from raptorflow.resources import Resources
from raptorflow.tenancy import Tenant

PATIENCE_SECONDS = 3.0
"""How long a payer who is back looks at nothing while the gateway is asked."""


async def plans(held: Resources) -> list[models.Plan]:
    """Everything on sale."""
    async with held.database.anonymous() as connection:
        found = await rows(connection, sql.PLANS)
    return [
        models.Plan(id=row["id"], name=row["name"], monthly=row["monthly_amount"], annual=row["annual_amount"])
        for row in found
    ]


async def initiate(caller: Tenant, wish: models.NewPayment, key: str) -> tuple[models.PaymentOffer, bool]:
    """The payment of this key, and whether it is new. The row is committed before the gateway hears of it.

    A payment whose order nobody could ever pay, because the gateway's answer named no page, makes room for a new one of
    the same key once it is over. One that nobody has in hand, because an answer of the database got lost, is placed.
    Raises 422 `IDEMPOTENCY_KEY_REUSED`, 502 `GATEWAY_UNAVAILABLE` (pending), `GATEWAY_REFUSED` (failed).
    """
    payment, new = await begin(caller, wish, key)
    if payment["state"] == "created":
        with _placing(caller.held, payment) as mine:
            if mine and await _claimed(caller.held, payment):
                try:
                    await _place(caller.held, payment)
                except Problem:
                    if new:
                        raise  # of an order that is placed again nobody knows yet what became of it: it is pending
                return _offer(await _read(caller, payment["id"])), new
        payment = await _placed_by_another(caller, payment)
    return _offer(payment), new


async def begin(caller: Tenant, wish: models.NewPayment, key: str) -> tuple[Row, bool]:
    """The row of this key, committed, and whether it is new. Raises 422 `IDEMPOTENCY_KEY_REUSED`."""
    attempt = 1
    async with caller.tx() as connection:
        while True:
            begun = await one(connection, sql.BEGIN, _beginning(caller, wish, key, attempt))
            if begun is not None:
                return begun, True
            known = await the(connection, sql.BY_KEY, {"workspace": caller.workspace_id, "key": key})
            if (known["plan"], known["billing_cycle"]) != (wish.plan, wish.billing_cycle):
                detail = "This Idempotency-Key belongs to another purchase: use a new one."
                raise Problem(422, "IDEMPOTENCY_KEY_REUSED", detail)
            if known["state"] not in ("failed", "expired") or known["redirect_url"] is not None:
                return known, False
            attempt = known["attempt"] + 1


@contextmanager
def _placing(held: Resources, payment: Row) -> Iterator[bool]:
    """Whether this request may place the order: no other one of this process is about to."""
    mine = payment["id"] not in held.placing
    if mine:
        held.placing.add(payment["id"])
    try:
        yield mine
    finally:
        if mine:
            held.placing.discard(payment["id"])


async def _claimed(held: Resources, payment: Row) -> bool:
    """Take the order in hand, unless another process has it; a claim of our own that got lost is no hindrance."""
    now = held.clock.now()
    until = now + timedelta(seconds=held.settings.phonepe_timeout_seconds)
    wanted = {"id": payment["id"], "process": held.process, "now": now, "until": until}
    async with held.database.worker() as connection:
        return bool((await the(connection, sql.CLAIM, wanted))["claimed"])


async def _placed_by_another(caller: Tenant, payment: Row) -> Row:
    """The payment once the request that has its order in hand has heard from the gateway."""
    held = caller.held
    patience = held.settings.phonepe_timeout_seconds
    with held.watch.watching(payment["id"]) as changed, suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while (payment := await _read(caller, payment["id"]))["state"] == "created" and not held.watch.closing:
                await changed.wait()
                changed.clear()
    return payment


def _beginning(caller: Tenant, wish: models.NewPayment, key: str, attempt: int) -> dict[str, Any]:
    settings, now, payment_id = caller.held.settings, caller.held.clock.now(), uuid4()
    return {
        "id": payment_id,
        "workspace": caller.workspace_id,
        "user": caller.user_id,
        "key": key,
        "attempt": attempt,
        "order": f"rf-{payment_id}",
        "plan": wish.plan,
        "cycle": wish.billing_cycle,
        "expires": now + timedelta(seconds=settings.payment_expires_seconds),
        "next": now + timedelta(seconds=settings.reconcile_intervals[0]),
        "now": now,
    }


async def _place(held: Resources, payment: Row) -> None:
    order = payment["merchant_order_id"]
    back = f"{held.settings.public_url.rstrip('/')}/onboarding/plans/callback?merchantOrderId={order}"
    try:
        offer = await held.gateway.pay(order, payment["amount"], back, held.settings.payment_expires_seconds)
    except GatewayUnavailable:
        await move(held, payment["id"], "pending", None, None)
        away = _bad_gateway("GATEWAY_UNAVAILABLE", sentence("GATEWAY_UNAVAILABLE"), payment)
        away.headers["Retry-After"] = "60"
        raise away from None
    except GatewayRefused:
        await move(held, payment["id"], "failed", "ORDER_REFUSED", None)
        raise _bad_gateway("GATEWAY_REFUSED", sentence("ORDER_REFUSED"), payment) from None
    wanted = {
        "id": payment["id"],
        "gateway_order": offer.order_id,
        "redirect_url": offer.redirect_url,
        "now": held.clock.now(),
    }
    async with held.database.worker() as connection:
        await connection.execute(sql.OFFERED, wanted)


def _bad_gateway(code: str, detail: str, payment: Row) -> Problem:
    return Problem(502, code, detail, payment_id=str(payment["id"]), merchant_order_id=payment["merchant_order_id"])


async def listed(caller: Tenant) -> list[models.Payment]:
    """The workspace's payments, newest first."""
    async with caller.tx() as connection:
        found = await rows(connection, sql.LIST, {"workspace": caller.workspace_id})
    return [shown(row) for row in found]


async def read(caller: Tenant, payment_id: UUID) -> models.PaymentOffer:
    """One payment. Raises 404 for another tenant's, as for none."""
    return _offer(await _read(caller, payment_id))


async def _read(caller: Tenant, payment_id: UUID) -> Row:
    async with caller.tx() as connection:
        found = await one(connection, sql.BY_ID, {"workspace": caller.workspace_id, "id": payment_id})
    if found is None:
        raise no_payment()
    return found


async def confirm(caller: Tenant, merchant_order_id: str) -> models.PaymentOffer:
    """The payer is back: ask the gateway, settle, and say how it stands. Raises 404 for another tenant's order.

    A gateway that takes long is not waited for: the page says "pending", and the reconciler goes on asking.
    """
    query = {"workspace": caller.workspace_id, "order": merchant_order_id}
    async with caller.tx() as connection:
        found = await one(connection, sql.BY_ORDER, query)
    if found is None:
        raise no_payment()
    if found["state"] not in ("completed", "refunded", "partially_refunded"):
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await settle_order(caller.held, found)
        found = await _read(caller, found["id"])
    return _offer(found)


def no_payment() -> Problem:
    """The one answer for no payment and for another tenant's."""
    return Problem(404, "PAYMENT_NOT_FOUND", "There is no such payment.")


def _offer(row: Row) -> models.PaymentOffer:
    waiting = row["state"] in ("created", "pending")
    return models.PaymentOffer(payment=shown(row), redirect_url=row["redirect_url"] if waiting else None)


def shown(row: Row) -> models.Payment:
    """A payment's row as its customer sees it."""
    code = row["failure_code"]
    failure = models.Failure(code=code, message=sentence(code)) if code else None
    named = {name: row[name] for name in models.Payment.model_fields if name != "failure"}
    return models.Payment(**named, failure=failure)


async def standing(caller: Tenant) -> models.Standing:
    """The subscription that counts now, if there ever was one."""
    async with caller.tx() as connection:
        return await _standing(connection, caller)


async def _standing(connection: Connection, caller: Tenant) -> models.Standing:
    found = await one(connection, sql.SUBSCRIPTION, _moment(caller))
    current = models.Subscription(**found) if found else None
    access = current is not None and current.status in ("active", "cancelled", "past_due")
    return models.Standing(subscription=current, needs_payment=not access)


async def cancel(caller: Tenant) -> models.Standing:
    """No further period: access stays until the paid ones end. Raises 409 `NO_SUBSCRIPTION`; again changes nothing."""
    async with caller.tx() as connection:
        await connection.execute(sql.CANCEL, _moment(caller))
        after = await _standing(connection, caller)
    if after.subscription is None or after.subscription.cancelled_at is None:
        raise Problem(409, "NO_SUBSCRIPTION", "There is no running subscription to cancel.")
    return after


def _moment(caller: Tenant) -> dict[str, Any]:
    grace = timedelta(days=caller.held.settings.grace_days)
    return {"workspace": caller.workspace_id, "now": caller.held.clock.now(), "grace": grace}
