"""What the gateway's ledger says: the other party's books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mocks.phonepe.client import AdminClient, AdminError

NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class LedgerOrder:
    """An order as the gateway keeps it; `amount` in paise."""

    merchant_order_id: str
    state: str
    amount: int
    attempts: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook that the gateway sent; `statuses` are the answers that it got, in order."""

    event: str
    merchant_order_id: str
    statuses: Sequence[int | None]
    acknowledged: bool


@dataclass(slots=True)
class LedgerWitness:
    """Reads one merchant's ledger through the gateway's admin API."""

    admin_url: str
    merchant_id: str
    _client: AdminClient = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._client = AdminClient(self.admin_url)

    def order(self, merchant_order_id: str) -> LedgerOrder | None:
        """One order; None when the gateway never heard of it."""
        try:
            return _order(self._client.order(self.merchant_id, merchant_order_id))
        except AdminError as error:
            if error.status != NOT_FOUND:
                raise
            return None

    def deliveries(self, merchant_order_id: str) -> list[Delivery]:
        """Every webhook that was sent about an order."""
        return [
            Delivery(
                each["event"],
                each["merchant_order_id"],
                tuple(attempt.get("status") for attempt in each["attempts"]),
                each["acknowledged_at"] is not None,
            )
            for each in self.whole()["deliveries"]
            if each["merchant_order_id"] == merchant_order_id
        ]

    def whole(self) -> dict[str, Any]:
        """Return the ledger as it is, for evidence."""
        return self._client.ledger(self.merchant_id)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def _order(said: dict[str, Any]) -> LedgerOrder:
    return LedgerOrder(said["merchant_order_id"], said["state"], said["amount"], tuple(said["attempts"]))
