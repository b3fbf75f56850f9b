"""What a webhook says, and how it is signed: today's way and v1's."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import HttpUrl

from ..state.behaviour import Signature, Webhook, WebhookBehaviour
from ..state.events import Event
from ..state.ledger import Callback
from ..state.merchant import Merchant
from ..wire.messages import Json
from ..wire.tampering import tampered
from .x_verify import sign


def good_signature(username: str, password: str) -> str:
    """What PhonePe puts into the Authorization header: lower-case hex of sha256("username:password")."""
    return hashlib.sha256(f"{username}:{password}".encode()).hexdigest()


def authorization(credentials: Webhook, kind: Signature) -> str | None:
    """The Authorization header for a kind of signature; None for no header."""
    good = good_signature(credentials.username, credentials.password)
    forms: dict[Signature, str | None] = {
        "good": good,
        "wrong": good_signature(credentials.username, credentials.password + "x"),
        "uppercase": good.upper(),
        "basic": f"Basic {good}",
        "prefixed": f"SHA256 {good}",
        "missing": None,
    }
    return forms[kind]


class Receiver(Protocol):
    """Somebody who is told of events."""

    @property
    def url(self) -> str:
        """Where they are sent."""

    def write(self, event: Event, settings: WebhookBehaviour) -> tuple[bytes, dict[str, str]]:
        """Body and headers."""


@dataclass(frozen=True, slots=True)
class WebhookReceiver:
    """A merchant's webhook: {event, type, payload}, signed in the Authorization header."""

    webhook: Webhook

    @property
    def url(self) -> str:
        """The URL that the merchant configured."""
        return str(self.webhook.url)

    def write(self, event: Event, settings: WebhookBehaviour) -> tuple[bytes, dict[str, str]]:
        """Body and headers, with the changes that the settings ask for."""
        document: Json = {"event": event.name}
        if settings.include_type:
            document["type"] = event.name.upper().replace(".", "_")
        document["payload"] = event.payload
        return _tampered(document, settings), _headers("authorization", authorization(self.webhook, settings.signature))


@dataclass(frozen=True, slots=True)
class CallbackReceiver:
    """A v1 order's callbackUrl: {response: base64}, signed in X-VERIFY."""

    callback: Callback
    salt_key: str
    salt_index: int

    @property
    def url(self) -> str:
        """The URL that came with the order."""
        return self.callback.url

    def write(self, event: Event, settings: WebhookBehaviour) -> tuple[bytes, dict[str, str]]:
        """Body and headers, with the changes that the settings ask for."""
        encoded = base64.b64encode(_tampered(event.payload, settings)).decode()
        good = sign(encoded, self.salt_key, self.salt_index)
        forms: dict[Signature, str | None] = {
            "good": good,
            "wrong": sign(encoded, self.salt_key + "x", self.salt_index),
            "missing": None,
            "uppercase": good.upper(),
        }
        return json.dumps({"response": encoded}).encode(), _headers(
            "x-verify", forms.get(settings.signature, f"Basic {good}")
        )


LISTENER: Final = WebhookReceiver(
    Webhook(url=HttpUrl("http://listener.invalid/"), username="listener", password="listener1")  # noqa: S106 - documented
)
"""Signs what listeners of a merchant without a webhook are given."""


def receiver_of(merchant: Merchant, event: Event) -> Receiver | None:
    """Who is told of an event: the callback that came with it, or else the merchant's webhook, if it has one."""
    if event.callback is not None:
        return CallbackReceiver(event.callback, merchant.salt_key, merchant.salt_index)
    if merchant.webhook is None or event.name.startswith("v1."):
        return None
    return WebhookReceiver(merchant.webhook)


def _headers(name: str, signature: str | None) -> dict[str, str]:
    headers = {"content-type": "application/json", "user-agent": "PhonePe-PG-Webhook"}
    return headers if signature is None else headers | {name: signature}


def _tampered(document: Json, settings: WebhookBehaviour) -> bytes:
    changed = tampered(document, settings.tamper) if settings.tamper else document
    return json.dumps(changed, separators=(",", ":")).encode()
