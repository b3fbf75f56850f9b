"""A merchant: credentials, webhook, behaviour, clock and ledger of its own."""

from __future__ import annotations

import itertools
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from ..wire.messages import Json
from .behaviour import Behaviour, NewMerchant, Webhook, WebhookBehaviour
from .clock import Clock
from .events import Event, Postman
from .faults import Faults
from .ledger import Ledger, Order

INDIA_AHEAD_S = 19_800
"""PhonePe's ids carry Indian time."""
PAGES: Final = {"web": "uat_v2", "sdk": "sdk_v2"}
"""The hosted page in a browser, and in PhonePe's mobile SDK."""


@dataclass(slots=True)
class Token:
    """An access token and the span it is good for, in epoch seconds of the merchant's clock."""

    value: str
    issued_s: int
    expires_s: int


@dataclass(slots=True)
class Site:
    """What all merchants share: where the gateway's pages are, who delivers webhooks, and the CA of its TLS."""

    base_url: str
    hire: Callable[[Merchant], Postman]
    ca: bytes | None = None
    owners: dict[str, Merchant] = field(default_factory=dict)
    """Whose access token is whose."""


class Merchant:
    """One namespace of the gateway."""

    def __init__(self, new: NewMerchant, site: Site) -> None:
        self.site = site
        self.merchant_id = new.merchant_id or f"M{secrets.token_hex(10).upper()}"
        self.name = new.name or self.merchant_id
        self.client_id = new.client_id or f"{self.merchant_id}_CLIENT"
        self.client_secret = new.client_secret or secrets.token_urlsafe(24)
        self.client_version = new.client_version
        self.salt_key = new.salt_key or secrets.token_hex(16)
        self.salt_index = new.salt_index
        self.webhook: Webhook | None = new.webhook
        self.clock = Clock(self._settle)
        self.ledger = Ledger(self.clock)
        self.postman = site.hire(self)
        self.tokens: dict[str, Token] = {}
        self.changed = True
        """Whether credentials, webhook, behaviour or clock have changed since they were kept."""
        self._serial = itertools.count(random.SystemRandom().randrange(1_000_000))
        self.behave(new.behaviour)

    def behave(self, behaviour: Behaviour) -> None:
        """Take on a behaviour; counts and chances of its faults begin anew."""
        self.behaviour = behaviour
        self.faults = Faults(behaviour.faults, behaviour.seed)
        self.rate_window: list[float] = []

    def new_id(self, prefix: str) -> str:
        """An id as PhonePe makes them: prefix, Indian time to the millisecond, seven digits."""
        now_s = self.clock.now()
        at = datetime.fromtimestamp(now_s + INDIA_AHEAD_S, UTC)
        return f"{prefix}{at:%y%m%d%H%M%S}{int(now_s * 1000) % 1000:03d}{next(self._serial) % 10_000_000:07d}"

    def now_ms(self) -> int:
        """Epoch milliseconds of this merchant's clock."""
        return int(self.clock.now() * 1000)

    def page_url(self, order: Order) -> str:
        """Where the payer pays an order."""
        return f"{self.site.base_url}/transact/{PAGES[order.opened_by]}?token={order.page_token}"

    def keep_token(self, token: Token) -> None:
        """Let a token in."""
        self.tokens[token.value] = token
        self.ledger.note("token", token.value)
        self.site.owners[token.value] = self

    def revoke_tokens(self) -> None:
        """No token given so far is good any more; whose they were stays known."""
        self.tokens.clear()

    def tell(self, event: Event, settings: WebhookBehaviour | None = None) -> None:
        """Send a webhook as the settings, or else the behaviour, say."""
        self.postman.tell(event, settings or self.behaviour.webhook)

    def forget(self) -> None:
        """Drop all timers and deliveries under way, and the ledger."""
        self.clock.stop()
        self.postman.stop()
        self.ledger.clear()
        self.tokens.clear()
        for value in [value for value, owner in self.site.owners.items() if owner is self]:
            del self.site.owners[value]

    def show(self) -> Json:
        """The merchant as the admin API shows it, every field filled in."""
        webhook = self.webhook
        return {
            "merchant_id": self.merchant_id,
            "name": self.name,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "client_version": self.client_version,
            "salt_key": self.salt_key,
            "salt_index": self.salt_index,
            "webhook": None if webhook is None else webhook.model_dump(mode="json"),
            "behaviour": self.behaviour.model_dump(mode="json"),
            "clock": {"offset_s": self.clock.offset_s},
        }

    async def _settle(self) -> None:
        await self.postman.idle()
