"""The judge: takes what customers claim, asks the other sides, and closes each trial once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from load.coordination.saturation import Saturation
from load.judging.webhook_trials import WebhookTrials
from load.judging.witnesses import Witnesses
from load.reconciliation.gateway_orders import COMPLETED, GatewayOrders
from load.trials.checks import CHECKS
from load.trials.claims import Claim, Ordered
from load.trials.clocks import Clocks, Sample
from load.trials.sides import Sides
from load.trials.timing import in_time
from load.trials.trials import RIGHT, Trial, TrialLog, Verdict, wrong
from witness.customer import Sight

COMPLETION = "payment.completion"
ISOLATION = "tenant.isolation"


@dataclass(slots=True)
class Judge:
    """Holds what was claimed of each customer until its visit is over, then settles all of it at once."""

    trials: TrialLog
    witnesses: Witnesses
    saturation: Saturation = field(default_factory=Saturation)
    clocks: Clocks = field(default_factory=Clocks)
    _open: dict[str, Trial] = field(default_factory=dict)
    _held: dict[str, list[Claim]] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)
    _inside: set[str] = field(default_factory=set)
    _answers: Counter[str] = field(default_factory=Counter)
    _emails: dict[str, str] = field(default_factory=dict)
    _left: set[str] = field(default_factory=set)
    _orders: dict[str, Ordered] = field(default_factory=dict)
    _sampled: set[tuple[str, str]] = field(default_factory=set)
    _webhooks: WebhookTrials = field(init=False)
    _sights: dict[str, tuple[Sight | None, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Prepare to judge webhooks, too."""
        self._webhooks = WebhookTrials(self.trials, self.clocks, self.witnesses.schedule, self._sight)

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
        """Judge an answer of the system by whose canary it carries.

        It is a trial while other tenants are active, and when it carries the customer's own canary: one in which no
        canary could show, such as an error, proves nothing. A leak always counts.
        """
        customer, leak = operation["user"], operation["foreign"]
        self._inside.add(customer)
        if not leak and (self._inside <= {customer} or not operation["own"]):
            return
        self._answers[customer] += 1
        name, ids = f"{ISOLATION}:{customer}:{self._answers[customer]}", [operation["request_id"]]
        trial = self.trials.open(Trial(ISOLATION, name, customer, ids if ids[0] else []))
        said = f"client: {operation['name']} answered with {leak}, another tenant's canary"
        self.trials.close(trial, wrong(said) if leak else RIGHT)

    def bought(self, ordered: Ordered) -> None:
        """Take down what a customer did about an order; the last word counts."""
        self._orders[ordered.merchant_order_id] = ordered

    def left(self, customer: str) -> None:
        """The customer's visit is over: nothing more will be claimed."""
        self._gone.add(customer)
        self._left.add(customer)
        self._inside.discard(customer)

    def forsake(self, why: str) -> None:
        """Nobody is left to claim anything: what customers have begun and not ended is unknown."""
        held = {claim.trial for claims in self._held.values() for claim in claims}
        for name in tuple(self._open):
            if name not in held:
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
        self._sights.clear()
        if gateway is not None:
            self._set_clocks(gateway)
        settled = set(self._held) if last else self._gone & set(self._held)
        for customer in sorted(settled):
            self._settle(customer, self._held.pop(customer), gateway)
        self._gone.clear()
        if gateway is not None:
            judged = [order for order in self._orders.values() if order.customer in self._emails]
            self._webhooks.settle([order for order in judged if last or order.customer in self._left], gateway)

    def _settle(self, customer: str, claims: Iterable[Claim], gateway: GatewayOrders | None) -> None:
        sight, absent = self._sight(customer)
        for claim in claims:
            trial = self._open.pop(claim.trial)
            if claim.phase != "right" and not _taken(claim, gateway):
                self.trials.drop(trial)
            elif claim.phase != "right":
                self._close(trial, claim, self._unseen(claim, sight, gateway))
            elif absent:
                self._close(trial, claim, wrong(f"database: {absent}"))
            else:
                self._close(trial, claim, self._check(claim, sight, gateway))

    def _check(self, claim: Claim, sight: Sight | None, gateway: GatewayOrders | None) -> Verdict:
        return CHECKS[claim.metric](claim.facts, self._sides(claim, sight, gateway))

    def _unseen(self, claim: Claim, sight: Sight | None, gateway: GatewayOrders | None) -> Verdict:
        """The verdict on a payment that was never seen as completed: the customer may not have waited long enough."""
        if claim.phase == "late" and gateway is not None:
            verdict = in_time(claim.facts, self._sides(claim, sight, gateway))
            if verdict.outcome != "success":
                return verdict
        return _by_word(claim)

    def _sides(self, claim: Claim, sight: Sight | None, gateway: GatewayOrders | None) -> Sides:
        number = claim.facts.get("number")
        same = self.witnesses.same_number(number) if number else 1
        return Sides(sight, gateway, same, self.witnesses.schedule, partial(self.clocks.bounds, claim.worker))

    def _set_clocks(self, gateway: GatewayOrders) -> None:
        """Sample each generator's clock by what the gateway wrote down while it waited for an answer."""
        for name, ordered in self._orders.items():
            if (order := gateway.orders.get(name)) is None:
                continue
            for what, span, at in (("made", ordered.made, order.created_at), ("paid", ordered.paid, order.paid_at)):
                if span is not None and at is not None and (name, what) not in self._sampled:
                    self._sampled.add((name, what))
                    self.clocks.add(ordered.worker, Sample(*span, at))

    def _sight(self, customer: str) -> tuple[Sight | None, str]:
        """What is seen of a customer, once a settlement; with nobody there, the sentence that says so."""
        if customer not in self._sights:
            try:
                self._sights[customer] = self.witnesses.sight(self._emails[customer]), ""
            except AssertionError as nobody:
                self._sights[customer] = None, str(nobody)
        return self._sights[customer]

    def _close(self, trial: Trial, claim: Claim, verdict: Verdict) -> None:
        if verdict.late and self.saturation.between(claim.worker, claim.began_at, claim.ended_at):
            verdict = Verdict("unknown", f"the generator could not keep up: {verdict.why}")
        self.trials.close(trial, verdict)


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
