"""One customer as three parties know them: the database, Redis, and the gateway's books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.contract import STEPS
from witness.database import CustomerRows, DatabaseWitness, PaymentRow
from witness.ledger import LedgerOrder, LedgerWitness
from witness.manifests import checksum, mistakes
from witness.redis import CachedSession, RedisWitness

PAID = frozenset({"completed", "refunded", "partially_refunded"})
ALL_STEPS = list(range(1, STEPS + 1))


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a customer. A part that the target does not offer was not looked at, and is None."""

    rows: CustomerRows
    orders: Mapping[str, LedgerOrder] | None
    cached: CachedSession | None
    schema: Mapping[str, Any] | None = None

    def account(self) -> list[str]:
        """Return what is wrong with the account: one user, a number, one profile, one workspace, one owner."""
        rows = self.rows
        number = rows.identification_number
        return _wrong(
            (rows.users == 1, f"{rows.users} user rows, not one"),
            (number.startswith("U") and number[1:].isdigit() and len(number) <= 20, f"the number is {number!r}"),
            (rows.profiles == 1, f"{rows.profiles} profiles, not one"),
            (rows.workspaces == 1, f"{rows.workspaces} workspaces of their own, not one"),
            (list(rows.memberships) == [("owner", True)], f"the memberships are {rows.memberships}"),
        )

    def money(self) -> list[str]:
        """Return what is wrong with payments.

        Each as the ledger has it, and one subscription for each that was paid.
        """
        paid = [payment for payment in self.rows.payments if payment.state in PAID]
        activated = sorted(row.payment_id for row in self.rows.subscriptions)
        wrong = _wrong(
            (activated == sorted(payment.id for payment in paid), f"{len(paid)} paid, {len(activated)} subscriptions")
        )
        return wrong + [said for payment in self.rows.payments for said in self._differs(payment)]

    def onboarded(self) -> list[str]:
        """Return what is wrong with a completed onboarding: its session, its steps, its answers, its manifest."""
        rows = self.rows
        wrong = _wrong(
            ([state for _, state in rows.sessions] == ["completed"], f"the sessions are {rows.sessions}"),
            (rows.completed_steps == ALL_STEPS, f"the completed steps are {rows.completed_steps}"),
            (sorted(map(int, rows.answers)) == ALL_STEPS, f"the context has answers to {sorted(rows.answers)}"),
            ([row.version for row in rows.manifests][:1] == [1], "there is no first version of the manifest"),
        )
        for row in rows.manifests:
            wrong += _wrong(
                (checksum(row.manifest) == row.checksum, f"version {row.version}: the checksum is not its own")
            )
            wrong += mistakes(row.manifest, self.schema) if self.schema is not None else []
        return wrong + self._cache()

    def _differs(self, payment: PaymentRow) -> list[str]:
        if self.orders is None:
            return []
        order = self.orders.get(payment.merchant_order_id)
        if order is None:
            return [f"{payment.merchant_order_id}: {payment.state} here, unknown to the ledger"]
        return _wrong(
            (order.amount == payment.amount, f"{order.merchant_order_id}: {payment.amount} here, {order.amount} there"),
            (
                (order.state == "COMPLETED") == (payment.state in PAID),
                f"{order.merchant_order_id}: {payment.state} here, {order.state} in the ledger",
            ),
        )

    def _cache(self) -> list[str]:
        if self.cached is None:
            return []
        progress = self.cached.progress or {}
        return _wrong((progress.get("completed") == STEPS, f"Redis knows of the progress {progress}"))


def look(
    email: str,
    database: DatabaseWitness,
    ledger: LedgerWitness | None = None,
    redis: RedisWitness | None = None,
    *,
    schema: Mapping[str, Any] | None = None,
) -> Sight:
    """Everything that the witnesses know of the customer with that address. Raises AssertionError for nobody."""
    rows = database.customer(email)
    if rows is None:
        raise AssertionError(f"the database knows no user with the address {email}")
    names = [payment.merchant_order_id for payment in rows.payments]
    orders = None if ledger is None else {name: order for name in names if (order := ledger.order(name)) is not None}
    cached = redis.session(rows.sessions[0][0]) if redis is not None and rows.sessions else None
    return Sight(rows, orders, cached, schema)


def _wrong(*checks: tuple[bool, str]) -> list[str]:
    return [said for right, said in checks if not right]
