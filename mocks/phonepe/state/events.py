"""What a merchant is told, and by whom."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from ..wire.messages import Json
from .behaviour import WebhookBehaviour
from .ledger import Callback, Delivery


@dataclass(frozen=True, slots=True)
class Event:
    """Something a merchant is told; `subject` is the id of what it is about, `last` says that nothing follows it."""

    name: str
    payload: Json
    subject: str
    merchant_order_id: str
    last: bool = True
    callback: Callback | None = None


class Postman(Protocol):
    """Whoever delivers one merchant's webhooks."""

    listeners: set[asyncio.Queue[Json]]
    """Who gets a copy of each webhook: {at, event, subject, headers, body}."""

    def tell(self, event: Event, settings: WebhookBehaviour) -> None:
        """Deliver an event, now or as the settings say."""

    def send_again(self, delivery: Delivery) -> None:
        """Send a webhook of the ledger once more, as it was."""

    def resume(self, delivery: Delivery) -> None:
        """Go on with a webhook of a ledger that was read from a file."""

    async def idle(self) -> None:
        """Wait until nothing is under way."""

    def stop(self) -> None:
        """Give up what is under way."""
