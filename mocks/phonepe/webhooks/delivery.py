"""Delivers webhooks: the retry schedule, the time-outs, a record of every try."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from ..state.behaviour import WebhookBehaviour
from ..state.clock import rfc3339
from ..state.events import Event
from ..state.ledger import Delivery, Try
from ..state.merchant import Merchant
from ..wire.messages import Json
from .sender import Poster
from .signing import LISTENER, Receiver, receiver_of

LATE_S = 60.0
"""How late a late webhook is when no delay is given."""


@dataclass(frozen=True, slots=True)
class _Letter:
    delivery: Delivery
    url: str
    headers: dict[str, str]
    settings: WebhookBehaviour


class Deliveries:
    """One merchant's webhooks, delivered."""

    def __init__(self, poster: Poster, merchant: Merchant) -> None:
        self._poster = poster
        self._merchant = merchant
        self._clock = merchant.clock
        self._ledger = merchant.ledger
        self.listeners: set[asyncio.Queue[Json]] = set()
        self._sending: set[asyncio.Task[None]] = set()
        self._held: dict[str, list[_Letter]] = {}

    def tell(self, event: Event, settings: WebhookBehaviour) -> None:
        """Deliver an event, now or as the settings say; without a receiver nobody is told."""
        receiver = receiver_of(self._merchant, event)
        if self.listeners:
            self._copy(event, receiver or LISTENER, settings)
        if receiver is None:
            return
        copies = settings.copies if settings.mode in ("duplicate", "concurrent") else 1
        letters = [self._write(event, receiver, settings) for _ in range(copies)]
        match settings.mode:
            case "lost":
                pass
            case "duplicate":
                self._start(self._in_turn(letters))
            case "reordered":
                self._hold(event, letters[0])
            case "late":
                self._post_after(settings.delay_s or LATE_S, letters)
            case _:
                self._post_after(settings.delay_s, letters)

    def send_again(self, delivery: Delivery) -> None:
        """Send a webhook once more, as it was, to where the merchant's webhooks go now."""
        now = self._merchant.webhook
        url = str(now.url) if now is not None and delivery.headers.get("x-verify") is None else delivery.url
        again = self._merchant.behaviour.webhook.model_copy(update={"retries": []})
        self._post([_Letter(delivery, url, delivery.headers, again)])

    def resume(self, delivery: Delivery) -> None:
        """Send a webhook that was neither acknowledged nor given up when its gateway ended, by the schedule."""
        if delivery.acknowledged_s is not None or delivery.given_up or delivery.mode == "lost":
            return
        settings = self._merchant.behaviour.webhook
        letter = _Letter(delivery, delivery.url, delivery.headers, settings)
        done = len(delivery.tries) - 1
        wait_s = settings.retries[done] if 0 <= done < len(settings.retries) else 0.0
        self._clock.after(wait_s, lambda: self._post([letter]))

    async def idle(self) -> None:
        """Wait until nothing is under way; what waits for the clock is not under way."""
        while self._sending:
            await asyncio.wait(set(self._sending))

    def stop(self) -> None:
        """Cancel what is under way and forget what is held."""
        for task in self._sending:
            task.cancel()
        self._held.clear()

    def _copy(self, event: Event, receiver: Receiver, settings: WebhookBehaviour) -> None:
        """Give each listener what a receiver would be sent."""
        if receiver is LISTENER and event.name.startswith("v1."):
            return
        body, headers = receiver.write(event, settings)
        at = rfc3339(self._clock.now())
        told = {"at": at, "event": event.name, "subject": event.subject, "headers": headers, "body": body.decode()}
        for each in self.listeners:
            each.put_nowait(told)

    def _write(self, event: Event, receiver: Receiver, settings: WebhookBehaviour) -> _Letter:
        body, headers = receiver.write(event, settings)
        delivery = Delivery(
            delivery_id=f"WH{len(self._ledger.deliveries) + 1:08d}",
            event=event.name,
            subject=event.subject,
            merchant_order_id=event.merchant_order_id,
            body=body,
            signature=settings.signature,
            mode=settings.mode,
            created_s=self._clock.now(),
            url=receiver.url,
            headers=headers,
        )
        self._ledger.add_delivery(delivery)
        return _Letter(delivery, receiver.url, headers, settings)

    def _hold(self, event: Event, letter: _Letter) -> None:
        """Keep what comes before an order's last event, and send it after that one, newest first."""
        held = self._held.setdefault(event.merchant_order_id, [])
        if event.last:
            del self._held[event.merchant_order_id]
            self._start(self._in_turn([letter, *reversed(held)]))
        else:
            held.append(letter)

    def _post_after(self, delay_s: float, letters: list[_Letter]) -> None:
        if delay_s > 0:
            self._clock.after(delay_s, lambda: self._post(letters))
        else:
            self._post(letters)

    def _post(self, letters: list[_Letter]) -> None:
        for letter in letters:
            self._start(self._send(letter))

    async def _in_turn(self, letters: list[_Letter]) -> None:
        for letter in letters:
            await self._send(letter)

    async def _send(self, letter: _Letter) -> None:
        """Send once; when that fails, send again as the schedule says."""
        delivery = letter.delivery
        this_try = Try(self._clock.now())
        delivery.tries.append(this_try)
        try:
            this_try.status = await self._poster.post(
                letter.url, letter.headers, delivery.body, letter.settings.timeout_s
            )
        except TimeoutError:
            this_try.error = f"no response within {letter.settings.timeout_s:g} s"
        except (OSError, ValueError) as error:
            this_try.error = str(error) or type(error).__name__
        if this_try.status is not None and 200 <= this_try.status < 300:
            delivery.acknowledged_s = self._clock.now()
            self._ledger.note("delivery", delivery.place)
            return
        self._ledger.note("delivery", delivery.place)
        done = len(delivery.tries) - 1
        if done < len(letter.settings.retries):
            self._clock.after(letter.settings.retries[done], lambda: self._post([letter]))
        else:
            delivery.given_up = True

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
