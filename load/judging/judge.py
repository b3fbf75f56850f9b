"""The judge: hears what customers claim, asks the other sides, and closes each trial once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import redis

from load.coordination.saturation import Saturation
from load.customers.claim_log import Claim
from load.reconciliation.gateway_orders import COMPLETED, Books, Message, read
from load.trials.checks import CHECKS, Sides, webhook
from load.trials.trials import RIGHT, Book, Trial, Verdict, wrong
from stack.errors import ServiceFailed
from witness.customer import Sight, look
from witness.database import DatabaseWitness
from witness.ledger import LedgerWitness
from witness.redis import RedisWitness

WEBHOOK = "payment.webhook"
COMPLETION = "payment.completion"
ISOLATION = "tenant.isolation"
EFFECT_WITHIN_S = 10.0


@dataclass(slots=True)
class Witnesses:
    """Who can be asked; None for a side that this target does not show."""

    database: DatabaseWitness | None
    ledger: LedgerWitness | None
    redis: RedisWitness | None
    manifest_schema: Mapping[str, Any] | None
    schedule: str

    def sight(self, email: str) -> Sight | None:
        """The customer's rows and cached session. Raises AssertionError when nobody has that address."""
        if self.database is None:
            return None
        with _asked("the database or Redis"):
            return look(email, self.database, None, self.redis, schema=self.manifest_schema)

    def books(self) -> Books | None:
        """The gateway's books as they are now."""
        with _asked("the gateway's ledger"):
            return read(self.ledger.whole()) if self.ledger else None

    def same_number(self, number: str) -> int:
        """How many users have this identification number; 1 where the database is not shown."""
        with _asked("the database"):
            return self.database.count("users", identification_number=number) if self.database else 1


@contextmanager
def _asked(side: str) -> Iterator[None]:
    """Raises ServiceFailed, which names the side, when it is gone."""
    try:
        yield
    except (OSError, psycopg.Error, redis.RedisError) as error:
        raise ServiceFailed(f"{side} went away: {error}") from error


@dataclass(slots=True)
class Judge:
    """Holds what was claimed of each customer until its visit is over, then settles all of it at once."""

    book: Book
    witnesses: Witnesses
    saturation: Saturation = field(default_factory=Saturation)
    _open: dict[str, Trial] = field(default_factory=dict)
    _held: dict[str, list[Claim]] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)
    _inside: set[str] = field(default_factory=set)
    _answers: Counter[str] = field(default_factory=Counter)
    _emails: dict[str, str] = field(default_factory=dict)
    _buyers: dict[str, str] = field(default_factory=dict)
    _told: set[tuple[str, str]] = field(default_factory=set)
    _seen: dict[str, tuple[Sight | None, str]] = field(default_factory=dict)

    def hear(self, claim: Claim) -> None:
        """Take down a claim; close what the customer's word alone decides."""
        self._inside.add(claim.customer)
        if claim.phase == "opened":
            self._open[claim.trial] = self.book.open(_trial(claim))
            return
        trial = self._open.pop(claim.trial, None) or self.book.open(_trial(claim))
        trial.request_ids = claim.request_ids
        if "email" in claim.facts:
            self._emails.setdefault(claim.customer, claim.facts["email"])
        if claim.phase == "dropped":
            self.book.drop(trial)
        elif claim.metric in CHECKS and (claim.phase == "right" or claim.metric == COMPLETION):
            self._open[claim.trial] = trial
            self._held.setdefault(claim.customer, []).append(claim)
        else:
            self._close(trial, claim, _by_word(claim))

    def answered(self, operation: Mapping[str, Any]) -> None:
        """An answer of the system, and whose mark it carries: a trial while other tenants are active; a leak always."""
        customer, leak = operation["user"], operation["foreign"]
        self._inside.add(customer)
        if not leak and self._inside <= {customer}:
            return
        self._answers[customer] += 1
        name, ids = f"{ISOLATION}:{customer}:{self._answers[customer]}", [operation["request_id"]]
        trial = self.book.open(Trial(ISOLATION, name, customer, 0.0, ids if ids[0] else []))
        said = f"client: {operation['name']} answered with {leak}, another tenant's canary"
        self.book.close(trial, wrong(said) if leak else RIGHT)

    def bought(self, order: str, customer: str) -> None:
        """Whose order it is."""
        self._buyers[order] = customer

    def left(self, customer: str) -> None:
        """The customer's visit is over: nothing more will be claimed."""
        self._gone.add(customer)
        self._inside.discard(customer)

    def forsake(self, why: str) -> None:
        """Nobody is left to claim anything: what customers have begun and not ended is unknown."""
        held = {claim.trial for claims in self._held.values() for claim in claims}
        for name, trial in tuple(self._open.items()):
            if name not in held and trial.metric != WEBHOOK:
                self.book.close(self._open.pop(name), Verdict("unknown", why))

    @property
    def inside(self) -> int:
        """How many customers have come and not left."""
        return len(self._inside)

    @property
    def busy(self) -> bool:
        """Whether a settlement would find anything to do."""
        return bool(self._gone)

    def settle(self, *, last: bool = False) -> None:
        """Ask the other sides about every customer that has left (`last`: about everyone), and about the messages."""
        books = self.witnesses.books()
        self._seen.clear()
        settled = set(self._held) if last else self._gone & set(self._held)
        for customer in sorted(settled):
            self._settle(customer, self._held.pop(customer), books)
        self._gone.clear()
        if books is not None:
            self._messages(message for messages in books.messages.values() for message in messages)

    def _settle(self, customer: str, claims: Iterable[Claim], books: Books | None) -> None:
        sight, absent = self._look(customer)
        for claim in claims:
            trial = self._open.pop(claim.trial)
            if claim.phase != "right" and not _taken(claim, books):
                self.book.drop(trial)
            elif claim.phase != "right":
                self._close(trial, claim, _by_word(claim))
            elif absent:
                self._close(trial, claim, wrong(f"database: {absent}"))
            else:
                self._close(trial, claim, self._check(claim, sight, books))

    def _check(self, claim: Claim, sight: Sight | None, books: Books | None) -> Verdict:
        number = claim.facts.get("number")
        same = self.witnesses.same_number(number) if number else 1
        return CHECKS[claim.metric](claim.facts, Sides(sight, books, same, self.witnesses.schedule))

    def _look(self, customer: str) -> tuple[Sight | None, str]:
        """What is seen of a customer, once a settlement; with nobody there, the sentence that says so."""
        if customer not in self._seen:
            try:
                self._seen[customer] = self.witnesses.sight(self._emails[customer]), ""
            except AssertionError as nobody:
                self._seen[customer] = None, str(nobody)
        return self._seen[customer]

    def _close(self, trial: Trial, claim: Claim, verdict: Verdict) -> None:
        if verdict.late and self.saturation.between(claim.began_at, claim.ended_at):
            verdict = Verdict("unknown", f"the generator could not keep up: {verdict.why}")
        self.book.close(trial, verdict)

    def _messages(self, messages: Iterable[Message]) -> None:
        """Every distinct event about a judged customer's order is a trial, once it has left the gateway."""
        for message in messages:
            key = (message.merchant_order_id, message.event)
            customer = self._buyers.get(message.merchant_order_id, "")
            if not message.sent or key in self._told or customer not in self._emails:
                continue
            name = f"{WEBHOOK}:{message.merchant_order_id}:{message.event}"
            if name not in self._open:
                trial = Trial(WEBHOOK, name, customer, message.first_sent_at or 0.0)
                self._open[name] = self.book.open(trial)
            verdict = self._effect(message, customer)
            if verdict is not None:
                self._told.add(key)
                self.book.close(self._open.pop(name), verdict)

    def _effect(self, message: Message, customer: str) -> Verdict | None:
        """What became of a message; None while that may still change."""
        if message.acknowledged_at is None:
            return wrong(f"ledger: {message.event} was never acknowledged") if message.given_up else None
        sight, absent = self._look(customer)
        verdict = wrong(f"database: {absent}") if absent else webhook(message, sight)
        settling = time.time() - message.acknowledged_at < EFFECT_WITHIN_S
        return None if verdict.outcome == "failure" and settling else verdict


def _trial(claim: Claim) -> Trial:
    return Trial(claim.metric, claim.trial, claim.customer, claim.began_at)


def _taken(claim: Claim, books: Books | None) -> bool:
    """Whether the gateway took the money: without that, a completion is no trial."""
    order = books.orders.get(claim.facts["order"]) if books else None
    return books is None or (order is not None and order.state == COMPLETED)


def _by_word(claim: Claim) -> Verdict:
    if claim.phase == "right":
        return RIGHT
    return wrong(f"client: {claim.why}", late=claim.phase == "late")
