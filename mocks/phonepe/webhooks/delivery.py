"""Delivers webhooks: the retry schedule, the time-outs, a record of every try."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from ..state.behaviour import WebhookBehaviour
from ..state.events import Event
from ..state.ledger import Delivery, Try
from ..state.merchant import Merchant
from .sender import Poster
from .signing import Receiver, receiver_of

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
        self._numbers = itertools.count(1)
        self._sending: set[asyncio.Task[None]] = set()
        self._held: dict[str, list[_Letter]] = {}

    def tell(self, event: Event, settings: WebhookBehaviour) -> None:
        """Deliver an event, now or as the settings say; without a receiver nobody is told."""
        receiver = receiver_of(self._merchant, event)
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

    async def idle(self) -> None:
        """Wait until nothing is under way; what waits for the clock is not under way."""
        while self._sending:
            await asyncio.wait(set(self._sending))

    def stop(self) -> None:
        """Cancel what is under way and forget what is held."""
        for task in self._sending:
            task.cancel()
        self._held.clear()

    def _write(self, event: Event, receiver: Receiver, settings: WebhookBehaviour) -> _Letter:
        body, headers = receiver.write(event, settings)
        delivery = Delivery(
            delivery_id=f"WH{next(self._numbers):08d}",
            event=event.name,
            subject=event.subject,
            merchant_order_id=event.merchant_order_id,
            body=body,
            signature=settings.signature,
            mode=settings.mode,
            created_s=self._clock.now(),
        )
        self._ledger.deliveries.append(delivery)
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
            return
        done = len(delivery.tries) - 1
        if done < len(letter.settings.retries):
            self._clock.after(letter.settings.retries[done], lambda: self._post([letter]))
        else:
            delivery.given_up = True

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
