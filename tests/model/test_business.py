"""The system and an independent model of the contract, driven together: a customer sees the same of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from redis import Redis

from drivers.answers import answers
from drivers.httpx_transport import HttpxTransport
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.gateway import Clock
from fixtures.stack import need
from stack.slice import Slice
from tests.model.business import STEPS, Business, Payment, Period
from tests.support.cast import by_browser, session_cookies
from tests.support.gates import FEATURES
from tests.support.histories import try_histories
from tests.support.times import moment, time_of

PLANS, CYCLES = st.sampled_from(["glide", "ascent", "soar"]), st.sampled_from(["monthly", "annual"])
OUTCOMES = st.sampled_from(["success", "success", "success", "failure", "cancel"])
WEBHOOKS = st.sampled_from(["normal", "lost", "duplicate"])
DAYS = st.sampled_from([31, 1, 3, 27, 29, 2, 4, 364, 400])
NOBODY = 404
LEAP = datetime(2028, 1, 31, 18, 30, tzinfo=UTC)
"""Histories begin on a day from which each month ends differently, in an hour that is tomorrow's in the East."""


@dataclass(frozen=True, slots=True)
class World:
    """The RaptorFlow that a history happens to, and its time."""

    own: Slice
    clock: Clock
    customers: Customers
    redis: Redis


class Living(RuleBasedStateMachine):
    """One owner's history, and what the contract makes of it."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.machine = datetime.now(UTC)
        self.world.clock.set((LEAP - self.machine).total_seconds())
        self.offset = LEAP - self.machine
        self.customer = self.world.customers.a_new_customer()
        self.cookies = session_cookies(self.customer)
        self.model = Business()
        self.crashed = False

    @property
    def now(self) -> datetime:
        """The present moment of the history."""
        return datetime.now(UTC) + self.offset

    def call(self, method: str, route: str, body: Any = None, **parts: Any) -> Any:
        """One request of the owner's."""
        return self.customer.call(method, route, body, **parts)

    @initialize(plan=PLANS, cycle=CYCLES, answered=st.sampled_from([STEPS, 2, 0]), again=st.booleans())
    def begins(self, plan: str, cycle: str, answered: int, again: bool) -> None:
        """A history begins with money, and anywhere in onboarding."""
        self.buy(plan, cycle, "success", "normal", come_back=False)
        for _ in range(answered):
            self.go_on()
        if answered == STEPS:
            self.complete()
            self.edit(rebuilds=True)
            self.rebuild()
        if again:
            self.buy(plan, cycle, "success", "lost", come_back=True)

    @rule(plan=PLANS, cycle=CYCLES, outcome=OUTCOMES, webhook=WEBHOOKS, come_back=st.booleans())
    def buy(self, plan: str, cycle: str, outcome: str, webhook: str, come_back: bool) -> None:
        """A purchase that is paid, fails or is left, told of by webhook, by the payer's return, or by nobody."""
        self.world.clock.gateway.behave(webhook={"mode": webhook})
        made = self.customer.choose_plan(plan, cycle)  # type: ignore[arg-type]
        payment = Payment(str(made.id), plan, cycle)
        assert made.amount == payment.amount
        self.model.payments.append(payment)
        before = self.now
        self.customer.pay(outcome, come_back=come_back or webhook == "lost")
        wanted = "completed" if outcome == "success" else "failed"
        self.customer.wait_for_payment(wanted)
        if outcome == "success":
            self.completed(payment, before)
        else:
            payment.state = "failed"

    def completed(self, payment: Payment, before: datetime) -> None:
        """The model's period begins when the system's does, which is between the payment and now."""
        period = self.model.completes(payment, self.now)
        if period.number == 1:
            shown = self.call("GET", "subscription").json()["subscription"]
            begun = moment(shown["period_start"])
            assert before - timedelta(seconds=2) <= begun <= self.now + timedelta(seconds=2)
            period.anchor = begun

    @rule(days=DAYS)
    def time_passes(self, days: int) -> None:
        """Days go by; the customer logs in again."""
        self.offset += timedelta(days=days)
        self.world.clock.set((self.offset).total_seconds())
        self.log_in()

    def log_in(self) -> None:
        """At the API and at the website."""
        self.customer.log_in()
        self.cookies = session_cookies(self.customer)

    @rule()
    def cancel(self) -> None:
        """The subscription is cancelled, if there is one."""
        answer = self.call("POST", "cancel_subscription")
        known = any(each.counts and each.cancelled for each in self.model.periods)
        assert answer.status == (200 if self.model.cancels(self.now) or known else 409), answer.text

    @precondition(lambda self: any(each.state == "completed" for each in self.model.payments))
    @rule(newest=st.booleans(), whole=st.sampled_from([True, False]))
    def refund(self, newest: bool, whole: bool) -> None:
        """The oldest or newest purchase is given back, wholly or in part."""
        paid = [each for each in self.model.payments if each.state == "completed"]
        payment = paid[-1 if newest else 0]
        amount = payment.amount - payment.returned if whole else 100
        before, wanted = self.now, "refunded" if whole else "partially_refunded"
        answer = self.call("POST", "refunds", {"amount": amount}, payment=payment.id)
        assert answer.status == 201, answer.text
        until(lambda: self.state(payment), lambda state: state == wanted, "the money is back")
        self.model.refunds(payment, amount, before)
        self.moved_up(before)

    def state(self, payment: Payment) -> str:
        """A payment's state."""
        return str(self.call("GET", "payment", payment=payment.id).json()["payment"]["state"])

    def moved_up(self, before: datetime) -> None:
        """A period that moved up begins when the refund was settled: between its wish and now."""
        moved = [each for each in self.model.periods if each.counts and each.anchor == before]
        if moved:
            shown = self.call("GET", "subscription").json()["subscription"]
            begun = moment(shown["period_start"])
            assert before - timedelta(seconds=2) <= begun <= self.now + timedelta(seconds=2)
            for each in moved:
                each.anchor = begun

    @rule()
    def go_on(self) -> None:
        """The next step is answered, in a session that is opened with the first one."""
        access, model = self.model.has_access(self.now), self.model
        opened = self.call("POST", "session")
        expected = 402 if not access else 409 if model.completed else 200 if model.opened else 201
        assert opened.status == expected, opened.text
        if expected not in (200, 201):
            return
        model.opened = True
        n = model.first_open
        if n <= STEPS:
            self.save(n)

    def save(self, n: int) -> None:
        """Saves a step over the version that is known of it."""
        data = answers(self.customer.identity.canary, self.customer.identity.canary)[n]
        body = {"data": data, "version": self.model.answers.get(n, 0)}
        saved = self.call("PUT", "step", body, step=n)
        assert saved.status == 200, saved.text
        self.model.answers[n] = saved.json()["version"]

    @rule()
    def complete(self) -> None:
        """Onboarding is completed where it may be."""
        model = self.model
        answer = self.call("POST", "complete")
        if not model.has_access(self.now):
            assert answer.status == 402
        elif not model.opened:
            assert answer.status == NOBODY
        elif model.first_open <= STEPS:
            assert answer.json()["missing"] == list(range(model.first_open, STEPS + 1))
        else:
            assert (answer.status, answer.json()["bcm_version"]) == (200, 1)
            if not model.completed:
                model.is_completed()

    @rule(rebuilds=st.booleans())
    def edit(self, rebuilds: bool) -> None:
        """An answer is changed in the business context, and the manifest drawn anew or not."""
        model, gate = self.model, self.model.gate(self.now)
        if gate == 200:
            context = self.customer.business_context()
            goals = {**context.answers["22"], "goals": [f"Goal {model.content + 1}"]}
            model.is_edited()
            assert self.customer.change_context(context, {"22": goals}).version == model.context_version
        if rebuilds:
            self.rebuild()

    @rule()
    def rebuild(self) -> None:
        """The manifest is drawn anew; what has not changed makes no new version."""
        gate, answer = self.model.gate(self.now), self.call("POST", "bcm_rebuild")
        assert answer.status == (gate if gate != 200 else 201 if self.model.is_rebuilt() else 200), answer.text

    @rule(feature=st.sampled_from(FEATURES))
    def generate(self, feature: str) -> None:
        """A feature writes from the latest manifest, once for each version."""
        model, gate = self.model, self.model.gate(self.now)
        answer = self.call("POST", feature)
        if gate != 200:
            assert answer.status == gate
            return
        latest = len(model.manifests)
        assert answer.status == (200 if model.pieces.get(feature) == latest else 201)
        model.pieces[feature] = latest
        assert answer.json()["bcm_version"] == latest

    @rule()
    def redis_forgets(self) -> None:
        """Redis loses everything."""
        self.world.redis.flushdb()

    @precondition(lambda self: not self.crashed)
    @rule()
    def crash(self) -> None:
        """The application is killed, and started again."""
        self.crashed = True
        self.world.own.kill_application()
        self.world.own.restart_application()

    @invariant()
    def money_is_seen_alike(self) -> None:
        """Payments, the subscription, its period and access are what the contract says."""
        listed = self.call("GET", "payments").json()["payments"]
        told = {each["id"]: (each["plan"], each["billing_cycle"], each["amount"], each["state"]) for each in listed}
        assert told == {each.id: (each.plan, each.cycle, each.amount, each.state) for each in self.model.payments}
        now = self.now
        said, me = self.call("GET", "subscription").json(), self.call("GET", "me").json()
        access = self.model.has_access(now)
        assert (said["needs_payment"], me["needs_payment"]) == (not access, not access)
        current = self.model.current(now)
        if current is not None:
            assert described(said["subscription"]) == expected(current, now)
            until_then = moment(said["subscription"]["paid_until"]).replace(microsecond=0)
            assert until_then == max(each.end.replace(microsecond=0) for each in self.model.periods if each.counts)

    @invariant()
    def onboarding_is_seen_alike(self) -> None:
        """Status, progress, manifest, context and features are what the contract says, and where one belongs."""
        model, now = self.model, self.now
        assert self.call("GET", "me").json()["onboarding_status"] == model.onboarding
        place = by_browser(self.customer, "GET", "/welcome", self.cookies).headers["location"]
        assert place == model.rests_at(now)
        session = self.call("GET", "session")
        if not model.has_access(now):
            assert session.status == 402
        elif not model.opened:
            assert session.status == NOBODY
        else:
            done = session.json()["progress"]["completed_steps"]
            assert done == sorted(model.answers)
        gate = model.gate(now)
        bcm, context = self.call("GET", "bcm"), self.call("GET", "business_context")
        assert (bcm.status, context.status) == (gate, gate)
        if gate == 200:
            seen = (bcm.json()["version"], bcm.json()["context_version"], context.json()["version"])
            assert seen == (len(model.manifests), model.manifests[-1], model.context_version)


def described(said: dict[str, Any]) -> tuple[Any, ...]:
    """A subscription as the system shows it."""
    start, end = (moment(said[name]).replace(microsecond=0) for name in ("period_start", "period_end"))
    return said["payment_id"], said["plan"], said["billing_cycle"], said["status"], start, end


def expected(period: Period, now: datetime) -> tuple[Any, ...]:
    """The same, as the model has it."""
    start, end = (each.replace(microsecond=0) for each in (period.start, period.end))
    paid = period.payment
    return paid.id, paid.plan, paid.cycle, period.status(now), start, end


@pytest.mark.promise(
    "PAY-9.3", "PAY-9.5", "PAY-9.6", "PAY-9.7", "PAY-9.8", "PAY-9.9", "PAY-9.10", "PAY-9.11", "PAY-9.12"
)
@pytest.mark.promise("PAY-9.17", "ONB-11.3", "ONB-12.6", "ONB-15.3", "ONB-15.4", "BCM-18.1", "BCM-18.2", "BCM-18.3")
@pytest.mark.promise("BCM-16.8", "BCM-18.7", "BCM-18.8", "BCM-18.13", "PAY-9.1", "ONB-11.1")
@pytest.mark.timeout(1800)
def test_any_history__is_seen_as_the_contract_says(
    make_slice: Callable[..., Slice], transport: HttpxTransport, pytestconfig: pytest.Config
) -> None:
    """Whatever a customer buys, cancels, gives back, answers, edits and lets pass, in whatever order: what they see of
    money, access, onboarding and manifests is what an independent model of the contract says.
    """
    own = make_slice()
    with time_of(own) as clock, Redis.from_url(need(own.system.redis_url, "a Redis to empty")) as redis:
        Living.world = World(own, clock, Customers(own.system, transport, "model"), redis)
        try_histories(Living, pytestconfig, few=3, steps=10)
