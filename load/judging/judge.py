"""The judge: hears what customers claim, asks the other sides, and closes each trial once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from load.coordination.saturation import Saturation
from load.judging.witnesses import Witnesses
from load.reconciliation.gateway_orders import COMPLETED, GatewayOrders, WebhookEvent
from load.trials.checks import CHECKS, Sides, webhook
from load.trials.claims import Claim
from load.trials.trials import RIGHT, Trial, TrialLog, Verdict, wrong
from witness.customer import Sight

WEBHOOK = "payment.webhook"
COMPLETION = "payment.completion"
ISOLATION = "tenant.isolation"
EFFECT_WITHIN_S = 10.0


@dataclass(slots=True)
class Judge:
    """Holds what was claimed of each customer until its visit is over, then settles all of it at once."""

    trials: TrialLog
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

    def claimed(self, claim: Claim) -> None:
        """Take down a claim; close what the customer's word alone decides."""
        self._inside.add(claim.customer)
        if claim.phase == "opened":
            self._open[claim.trial] = self.trials.open(_trial(claim))
            return
        trial = self._open.pop(claim.trial, None) or self.trials.open(_trial(claim))
        trial.request_ids = claim.request_ids
        if "email" in claim.facts:
            self._emails.setdefault(claim.customer, claim.facts["email"])
        if claim.phase == "dropped":
            self.trials.drop(trial)
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
        trial = self.trials.open(Trial(ISOLATION, name, customer, ids if ids[0] else []))
        said = f"client: {operation['name']} answered with {leak}, another tenant's canary"
        self.trials.close(trial, wrong(said) if leak else RIGHT)

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
                self.trials.close(self._open.pop(name), Verdict("unknown", why))

    @property
    def inside(self) -> int:
        """How many customers have come and not left."""
        return len(self._inside)

    @property
    def busy(self) -> bool:
        """Whether a settlement would find anything to do."""
        return bool(self._gone)

    def settle(self, *, last: bool = False) -> None:
        """Ask the other sides about every customer that has left (`last`: about everyone), and about the events."""
        gateway = self.witnesses.gateway_orders()
        self._seen.clear()
        settled = set(self._held) if last else self._gone & set(self._held)
        for customer in sorted(settled):
            self._settle(customer, self._held.pop(customer), gateway)
        self._gone.clear()
        if gateway is not None:
            self._webhooks(event for events in gateway.events.values() for event in events)

    def _settle(self, customer: str, claims: Iterable[Claim], gateway: GatewayOrders | None) -> None:
        sight, absent = self._look(customer)
        for claim in claims:
            trial = self._open.pop(claim.trial)
            if claim.phase != "right" and not _taken(claim, gateway):
                self.trials.drop(trial)
            elif claim.phase != "right":
                self._close(trial, claim, _by_word(claim))
            elif absent:
                self._close(trial, claim, wrong(f"database: {absent}"))
            else:
                self._close(trial, claim, self._check(claim, sight, gateway))

    def _check(self, claim: Claim, sight: Sight | None, gateway: GatewayOrders | None) -> Verdict:
        number = claim.facts.get("number")
        same = self.witnesses.same_number(number) if number else 1
        return CHECKS[claim.metric](claim.facts, Sides(sight, gateway, same, self.witnesses.schedule))

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
        self.trials.close(trial, verdict)

    def _webhooks(self, events: Iterable[WebhookEvent]) -> None:
        """Every distinct event about a judged customer's order is a trial, once it has left the gateway."""
        for event in events:
            key = (event.merchant_order_id, event.name)
            customer = self._buyers.get(event.merchant_order_id, "")
            if not event.sent or key in self._told or customer not in self._emails:
                continue
            name = f"{WEBHOOK}:{event.merchant_order_id}:{event.name}"
            if name not in self._open:
                trial = Trial(WEBHOOK, name, customer)
                self._open[name] = self.trials.open(trial)
            verdict = self._effect(event, customer)
            if verdict is not None:
                self._told.add(key)
                self.trials.close(self._open.pop(name), verdict)

    def _effect(self, event: WebhookEvent, customer: str) -> Verdict | None:
        """What became of a event; None while that may still change."""
        if event.acknowledged_at is None:
            return wrong(f"ledger: {event.name} was never acknowledged") if event.given_up else None
        sight, absent = self._look(customer)
        verdict = wrong(f"database: {absent}") if absent else webhook(event, sight)
        settling = time.time() - event.acknowledged_at < EFFECT_WITHIN_S
        return None if verdict.outcome == "failure" and settling else verdict


def _trial(claim: Claim) -> Trial:
    return Trial(claim.metric, claim.trial, claim.customer)


def _taken(claim: Claim, gateway: GatewayOrders | None) -> bool:
    """Whether the gateway took the money: without that, a completion is no trial."""
    order = gateway.orders.get(claim.facts["order"]) if gateway else None
    return gateway is None or (order is not None and order.state == COMPLETED)


def _by_word(claim: Claim) -> Verdict:
    if claim.phase == "right":
        return RIGHT
    return wrong(f"client: {claim.why}", late=claim.phase == "late")
