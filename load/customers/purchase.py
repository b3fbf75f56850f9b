"""A customer's purchase: an order, the gateway's page, and what the system shows of it afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from time import monotonic, sleep
from typing import Any, Literal

from core.contract import PRICES
from core.waiting import until
from drivers.customer import Subscription
from drivers.errors import LoginFailedError, require
from drivers.http import HttpCustomer
from drivers.pages import ok
from load.customers.attempts import ChangedMindError, expect, step, trial
from load.customers.visit import Visit
from load.population.intent import Attempt
from load.population.webhook_conditions import LATE_S, SETTLES_AFTER_S
from load.reconciliation.gateway_orders import intervals
from load.trials.claims import ORDERS, Look, Ordered, Span

SOON_S, LATEST_S = 2.0, 8.0
"""After a webhook was sent, it has so long to show its effect before the payer looks for the first time, or again."""
PATIENCE_S = 12.0
"""So long after the reconciler's first question a customer looks at a payment that does not end."""
State = Literal["completed", "failed"]


@dataclass(slots=True)
class Purchase:
    """What one customer buys, in one or two attempts. `pauses` are the seconds between two pages."""

    visit: Visit
    customer: HttpCustomer
    pauses: Iterator[float]
    _ordered: Ordered = field(init=False)

    def make(self) -> None:
        """Buy as the intent says. Raises ChangedMindError when the customer ends without a paid plan."""
        intent = self.visit.intent
        if intent.leaves_unpaid:
            raise ChangedMindError("meant to leave before paying")
        for number, attempt in enumerate(intent.attempts):
            sleep(next(self.pauses, 0))
            self._order(attempt, is_trial=number == 0)
            if attempt.ending in ("success", "pending"):
                self._pay(attempt)
                return
            if attempt.ending == "failure":
                self._fail(attempt)
        raise ChangedMindError(f"the payment was {intent.attempts[-1].ending}")

    def _order(self, attempt: Attempt, *, is_trial: bool) -> None:
        intent, key = self.visit.intent, secrets.token_hex(16)
        price = PRICES[intent.plan, intent.cycle]
        with trial(self.visit, "payment.initiation") if is_trial else step() as facts:
            sent = monotonic()
            payment = self.customer.choose_plan(intent.plan, intent.cycle, key=key)
            order = payment.merchant_order_id
            facts |= {"order": order, "price": price}
            stays_away = self.visit.may_stay_away and attempt.returns != "at_once" and attempt.delivery != "lost"
            customer, worker = self.visit.claims.customer, self.visit.claims.worker
            self._ordered = Ordered(order, customer, worker, Span(sent, monotonic()), None, stays_away, None, None)
            self._note("created")
            expect(payment.amount == price, f"the amount is {payment.amount}, the plan's is {price}")
            if intent.double_click:
                self._click_again(key, order)
            page = ok(self.customer.site.get(self.customer.gateway_page, "gateway page"), "gateway page")
            expect(self.visit.is_gateways(page.url), f"the payment page is {page.url}, which is not the gateway's")
            if self.visit.knows_gateway:
                expect(order in page.response.text, f"the payment page does not name {order}")

    def _click_again(self, key: str, order: str) -> None:
        body = {"plan": self.visit.intent.plan, "billing_cycle": self.visit.intent.cycle}
        answer = self.customer.call("POST", "payments", body, name="choose plan", headers={"idempotency-key": key})
        again = require(answer, "choose plan again", 200).json()["payment"]["merchant_order_id"]
        expect(again == order, f"a second click made another order: {again}, not {order}")

    def _pay(self, attempt: Attempt) -> None:
        intent = self.visit.intent
        with trial(self.visit, "payment.completion") as facts:
            facts |= {"order": self._ordered.merchant_order_id, "ending": attempt.ending}
            before = self.customer.subscription()
            self._choose(attempt, attempt.ending)
            self._follow(attempt, "completed", facts)
            expect(before is None, f"there was a subscription before anything was paid: {before}")
            bought = self.customer.subscription()
            expect(bought == Subscription(intent.plan, intent.cycle, "active"), f"the subscription is {bought}")
            self._note("completed")

    def _fail(self, attempt: Attempt) -> None:
        with step() as facts:
            self._choose(attempt, f"failure:{attempt.code}")
            self._follow(attempt, "failed", facts)
            self._note("failed")

    def _choose(self, attempt: Attempt, outcome: str) -> None:
        """Say on the gateway's page how the payment ends, and stay there."""
        if self._ordered.stays_away:
            sent = monotonic()
            self.customer.payment_state()
            self._ordered = replace(self._ordered, looked_before=Span(sent, monotonic()))
        self.visit.set_delivery(self._ordered.merchant_order_id, attempt.delivery)
        page = self.customer.open_gateway_page()
        sent = monotonic()
        self.customer.submit_gateway_page(page, outcome)
        self._ordered = replace(self._ordered, paid=Span(sent, monotonic()))
        self._note("created")

    def _follow(self, attempt: Attempt, state: State, facts: dict[str, Any]) -> None:
        """Look until the payment is in its state, first from afar, then from the page that the gateway leads back to.

        Raises TooLateError.
        """
        if self._ordered.stays_away:
            self._stay_away(attempt, state, facts)
        if not attempt.redirect_lost:
            self._come_back(facts)
        until(lambda: self._state(state, facts), state.__eq__, within_s=intervals(self.visit.schedule)[0] + PATIENCE_S)

    def _stay_away(self, attempt: Attempt, state: State, facts: dict[str, Any]) -> None:
        """Ask the system nothing while the webhook has its time; then look, and keep what was seen."""
        assert self._ordered.paid is not None
        delay_s = LATE_S if attempt.delivery == "late" else 0.0
        delay_s += SETTLES_AFTER_S if attempt.ending == "pending" else 0.0
        for after_s in (SOON_S, LATEST_S) if attempt.returns == "soon" else (LATEST_S,):
            sleep(max(0.0, self._ordered.paid.received + delay_s + after_s - monotonic()))
            sent = monotonic()
            seen = self._state(state, facts)
            self._ordered = replace(self._ordered, look=Look(sent, monotonic(), seen))
            if seen == state:
                break
        self._note("created")

    def _come_back(self, facts: dict[str, Any]) -> None:
        """Go where the gateway redirects to. A login that fails on the way says nothing about the payment."""
        redirect_at = monotonic()
        try:
            self.customer.come_back()
        except LoginFailedError:
            return
        facts["redirect_at"] = redirect_at

    def _state(self, wanted: State, facts: dict[str, Any]) -> str:
        """The payment's state. The facts know when the wanted one was seen first, and last looked for in vain."""
        began = monotonic()
        seen = self.customer.payment_state()
        if seen == wanted:
            facts.setdefault("visible_at", monotonic())
        elif "visible_at" not in facts:
            facts["unseen_at"] = began
        return seen

    def _note(self, seen: str) -> None:
        """Keep what the customer did about the order, and was last shown of it."""
        intent = self.visit.intent
        self.visit.record(
            ORDERS,
            {
                **asdict(self._ordered),
                "workspace_id": self.customer.workspace_id,
                "plan": intent.plan,
                "cycle": intent.cycle,
                "price": PRICES[intent.plan, intent.cycle],
                "seen": seen,
            },
        )
