"""What a merchant is told, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ..wire.messages import Json
from .behaviour import WebhookBehaviour
from .ledger import Callback


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

    def tell(self, event: Event, settings: WebhookBehaviour) -> None:
        """Deliver an event, now or as the settings say."""

    async def idle(self) -> None:
        """Wait until nothing is under way."""

    def stop(self) -> None:
        """Give up what is under way."""
