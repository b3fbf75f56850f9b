"""A customer's way through RaptorFlow, as its intent says: each step a trial, claimed by what the customer saw."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import rfc8785

from drivers.answers import answers
from drivers.customer import Identity, Subscription
from drivers.errors import NotAsPromised, require
from drivers.http import HttpCustomer
from drivers.pages import ok
from load.customers.claim_log import Stand
from load.population.intent import Attempt, Intent
from load.population.population import STEPS, Passage

PRICES: Mapping[tuple[str, str], int] = {
    ("ascent", "monthly"): 500_000,
    ("ascent", "annual"): 5_000_000,
    ("glide", "monthly"): 700_000,
    ("glide", "annual"): 7_000_000,
    ("soar", "monthly"): 1_000_000,
    ("soar", "annual"): 10_000_000,
}
"""The contract's, in paise."""
SIGN_UP_WITHIN_S = 5.0
LOG_IN_WITHIN_S = 2.0
_NUMBER = re.compile(r"U[0-9]{6,19}")


class Left(Exception):
    """The customer has left; the message says why."""


class ChangedMind(Left):
    """The customer has left of its own will: what it had begun is no trial."""


class Guest(Protocol):
    """Who travels: the intent, the mark, the trials, the ids of all requests so far, and the gateway's weather."""

    intent: Intent
    mark: str
    stand: Stand
    heard: list[str]

    def forecast(self, order: str, passage: Passage) -> None:
        """The gateway's messages about an order shall travel so."""

    def record(self, kind: str, record: Mapping[str, Any]) -> None:
        """Keep a record."""


@dataclass(slots=True)
class Journey:
    """One customer's visit, from the landing page to the business context."""

    guest: Guest
    customer: HttpCustomer
    _pauses: Iterator[float] = field(init=False)
    _answers: dict[int, dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        """Prepare what the customer will say."""
        self._pauses = iter(self.guest.intent.pauses)
        self._answers = answers(self.guest.mark, self.guest.mark)

    def travel(self) -> None:
        """Walk until the end, or until the customer leaves; keeps a record of how far it went."""
        reached, left = "arrived", None
        try:
            for station, step in self._way():
                time.sleep(next(self._pauses, 0))
                step()
                reached = station
        except Left as leaving:
            left = str(leaving)
        self.guest.record("visits", {"customer": self.guest.stand.customer, "reached": reached, "left": left})

    def _way(self) -> tuple[tuple[str, Callable[[], None]], ...]:
        return (
            ("signed up", self._sign_up),
            ("logged in", self._log_in),
            ("paid", self._buy),
            ("started", self._start),
            ("completed", self._onboard),
            ("holds a manifest", self._read_manifest),
            ("read the context", self._read_context),
        )

    def _sign_up(self) -> None:
        mark = self.guest.mark
        identity = Identity(f"{mark}@load.example", f"pass-{mark}", f"Visitor {mark}", mark)
        with self._trial("auth.registration", SIGN_UP_WITHIN_S) as facts:
            facts["email"] = identity.email
            self.customer.sign_up(identity)

    def _log_in(self) -> None:
        with self._trial("auth.login", LOG_IN_WITHIN_S) as facts:
            facts["email"] = self.customer.identity.email
            self.customer.log_in()
            person = self.customer.me()
        with self._trial("auth.profile") as facts:
            facts |= {"email": person.email, "number": person.identification_number}
            _expect(person.email == self.customer.identity.email, f"the profile is {person.email}'s")
            _expect(_NUMBER.fullmatch(person.identification_number), f"the number is {person.identification_number!r}")

    def _buy(self) -> None:
        intent = self.guest.intent
        if intent.leaves_unpaid:
            raise ChangedMind("meant to leave before paying")
        for number, attempt in enumerate(intent.attempts):
            time.sleep(next(self._pauses, 0))
            order = self._order(is_trial=number == 0)
            if attempt.ending in ("success", "pending"):
                self._pay(order, attempt)
                return
            if attempt.ending == "failure":
                self._fail(order, attempt)
        raise ChangedMind(f"the payment was {intent.attempts[-1].ending}")

    def _order(self, *, is_trial: bool) -> str:
        intent, key = self.guest.intent, secrets.token_hex(16)
        price = PRICES[intent.plan, intent.cycle]
        with self._trial("payment.initiation") if is_trial else self._step() as facts:
            payment = self.customer.choose_plan(intent.plan, intent.cycle, key=key)
            facts |= {"order": payment.merchant_order_id, "price": price}
            self._note(payment.merchant_order_id, "created")
            _expect(payment.amount == price, f"the amount is {payment.amount}, the plan's is {price}")
            if intent.double_click:
                self._click_again(key, payment.merchant_order_id)
            ok(self.customer.site.get(self.customer.gateway_page, "gateway page"), "gateway page")
        return payment.merchant_order_id

    def _click_again(self, key: str, order: str) -> None:
        body = {"plan": self.guest.intent.plan, "billing_cycle": self.guest.intent.cycle}
        answer = self.customer.call("POST", "payments", body, name="choose plan", headers={"idempotency-key": key})
        again = require(answer, "choose plan again", 200).json()["payment"]["merchant_order_id"]
        _expect(again == order, f"a second click made another order: {again}, not {order}")

    def _pay(self, order: str, attempt: Attempt) -> None:
        intent = self.guest.intent
        with self._trial("payment.completion") as facts:
            facts["order"] = order
            self.guest.forecast(order, attempt.passage)
            self.customer.pay(attempt.ending, come_back=False)
            if not attempt.redirect_lost:
                facts["redirect_at"] = time.time()
                self.customer.come_back()
            self.customer.wait_for_payment("completed")
            bought = self.customer.subscription()
            facts["visible_at"] = time.time()
            _expect(bought == Subscription(intent.plan, intent.cycle, "active"), f"the subscription is {bought}")
            self._note(order, "completed")

    def _fail(self, order: str, attempt: Attempt) -> None:
        with self._step():
            self.guest.forecast(order, attempt.passage)
            self.customer.pay(f"failure:{attempt.code}", come_back=False)
            if not attempt.redirect_lost:
                self.customer.come_back()
            self.customer.wait_for_payment("failed")
            self._note(order, "failed")

    def _start(self) -> None:
        if self.guest.intent.leaves_before == 0:
            raise ChangedMind("meant to leave before onboarding")
        with self._trial("onboarding.start") as facts:
            facts["email"] = self.customer.identity.email
            step = self.customer.start_onboarding()
            _expect(step == 1, f"onboarding starts at step {step}")

    def _onboard(self) -> None:
        with self._trial("onboarding.completion") as facts:
            facts["email"] = self.customer.identity.email
            for step in range(1, STEPS + 1):
                self._answer(step)
            self.customer.complete()
            status = self.customer.me().onboarding_status
            _expect(status == "completed", f"the onboarding status is {status}")

    def _answer(self, step: int) -> None:
        intent = self.guest.intent
        if intent.leaves_before == step:
            raise ChangedMind(f"meant to leave before step {step}")
        time.sleep(next(self._pauses, 0))
        if intent.tab_left_open and step == 2 + intent.number % 20:
            found = self.customer.start_onboarding()
            _expect(found == step, f"a second tab opens step {found}, not {step}")
        self.customer.answer(step, self._answers[step])

    def _read_manifest(self) -> None:
        with self._trial("bcm.generation") as facts:
            manifest = self.customer.bcm()
            facts |= {"email": self.customer.identity.email, "checksum": manifest.checksum, "mark": self.guest.mark}
            checksum = hashlib.sha256(rfc8785.dumps(dict(manifest.manifest))).hexdigest()
            _expect(checksum == manifest.checksum, f"the manifest's checksum is {checksum}, not {manifest.checksum}")

    def _read_context(self) -> None:
        with self._trial("context.storage") as facts:
            facts |= {"email": self.customer.identity.email, "mark": self.guest.mark}
            found = self.customer.business_context().answers
            for step, data in self._answers.items():
                _expect(holds(found.get(str(step)), data), f"step {step} is read back as {found.get(str(step))}")

    def _note(self, order: str, seen: str) -> None:
        """Keep what the customer ordered, and was last shown of it."""
        intent = self.guest.intent
        self.guest.record(
            "orders",
            {
                "merchant_order_id": order,
                "customer": self.guest.stand.customer,
                "workspace_id": self.customer.workspace_id,
                "plan": intent.plan,
                "cycle": intent.cycle,
                "price": PRICES[intent.plan, intent.cycle],
                "seen": seen,
            },
        )

    @contextmanager
    def _trial(self, metric: str, within_s: float | None = None) -> Iterator[dict[str, Any]]:
        """A trial of `metric` that ends as the body does; what the body leaves in the facts is checked elsewhere."""
        guest, began = self.guest, time.monotonic()
        claim, facts, first = guest.stand.open(metric), dict[str, Any](), len(guest.heard)
        try:
            yield facts
        except ChangedMind:
            guest.stand.end(claim, "dropped")
            raise
        except (AssertionError, OSError) as error:
            guest.stand.end(claim, "late" if _in_vain(error) else "wrong", str(error), guest.heard[first:], **facts)
            raise Left(f"{metric} failed") from error
        elapsed_s = time.monotonic() - began
        if within_s is not None and elapsed_s > within_s:
            why = f"took {elapsed_s:.2f} s, {within_s:g} s are allowed"
            guest.stand.end(claim, "late", why, guest.heard[first:], **facts)
        else:
            guest.stand.end(claim, "right", None, guest.heard[first:], **facts)

    @contextmanager
    def _step(self) -> Iterator[dict[str, Any]]:
        """What is no trial: a customer for whom it goes wrong leaves."""
        try:
            yield {}
        except (AssertionError, OSError) as error:
            raise Left(str(error)) from error


def holds(found: object, given: object) -> bool:
    """Whether `found` holds all of what was `given`: optional answers may have been filled in beside it."""
    if isinstance(given, Mapping):
        return isinstance(found, Mapping) and all(holds(found.get(key), value) for key, value in given.items())
    if isinstance(given, list):
        return isinstance(found, list) and len(found) == len(given) and all(map(holds, found, given))
    return found == given


def _in_vain(error: BaseException) -> bool:
    """Whether the customer waited in vain: time alone was against it."""
    return isinstance(error, TimeoutError) or (isinstance(error, NotAsPromised) and ": not within " in str(error))


def _expect(condition: object, seen: str) -> None:
    if not condition:
        raise AssertionError(seen)
