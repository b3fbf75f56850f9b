"""A customer's purchase: an order, the gateway's page, and what the system shows of it afterwards."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass

from core.contract import PRICES
from core.waiting import until
from drivers.customer import Subscription
from drivers.errors import require
from drivers.http import HttpCustomer
from drivers.pages import ok
from load.customers.attempts import ChangedMindError, expect, step, trial
from load.customers.visit import Visit
from load.population.intent import Attempt

PATIENCE_S = 15.0
"""So long a customer looks at a payment that does not end."""


@dataclass(slots=True)
class Purchase:
    """What one customer buys, in one or two attempts. `pauses` are the seconds between two pages."""

    visit: Visit
    customer: HttpCustomer
    pauses: Iterator[float]

    def make(self) -> None:
        """Buy as the intent says. Raises ChangedMindError when the customer ends without a paid plan."""
        intent = self.visit.intent
        if intent.leaves_unpaid:
            raise ChangedMindError("meant to leave before paying")
        for number, attempt in enumerate(intent.attempts):
            time.sleep(next(self.pauses, 0))
            order = self._order(is_trial=number == 0)
            if attempt.ending in ("success", "pending"):
                self._pay(order, attempt)
                return
            if attempt.ending == "failure":
                self._fail(order, attempt)
        raise ChangedMindError(f"the payment was {intent.attempts[-1].ending}")

    def _order(self, *, is_trial: bool) -> str:
        intent, key = self.visit.intent, secrets.token_hex(16)
        price = PRICES[intent.plan, intent.cycle]
        with trial(self.visit, "payment.initiation") if is_trial else step() as facts:
            payment = self.customer.choose_plan(intent.plan, intent.cycle, key=key)
            facts |= {"order": payment.merchant_order_id, "price": price}
            self._note(payment.merchant_order_id, "created")
            expect(payment.amount == price, f"the amount is {payment.amount}, the plan's is {price}")
            if intent.double_click:
                self._click_again(key, payment.merchant_order_id)
            ok(self.customer.site.get(self.customer.gateway_page, "gateway page"), "gateway page")
        return payment.merchant_order_id

    def _click_again(self, key: str, order: str) -> None:
        body = {"plan": self.visit.intent.plan, "billing_cycle": self.visit.intent.cycle}
        answer = self.customer.call("POST", "payments", body, name="choose plan", headers={"idempotency-key": key})
        again = require(answer, "choose plan again", 200).json()["payment"]["merchant_order_id"]
        expect(again == order, f"a second click made another order: {again}, not {order}")

    def _pay(self, order: str, attempt: Attempt) -> None:
        intent = self.visit.intent
        with trial(self.visit, "payment.completion") as facts:
            facts["order"] = order
            self.visit.set_delivery(order, attempt.delivery)
            self.customer.pay(attempt.ending, come_back=False)
            if not attempt.redirect_lost:
                facts["redirect_at"] = time.time()
                self.customer.come_back()
            self._await("completed")
            bought = self.customer.subscription()
            facts["visible_at"] = time.time()
            expect(bought == Subscription(intent.plan, intent.cycle, "active"), f"the subscription is {bought}")
            self._note(order, "completed")

    def _fail(self, order: str, attempt: Attempt) -> None:
        with step():
            self.visit.set_delivery(order, attempt.delivery)
            self.customer.pay(f"failure:{attempt.code}", come_back=False)
            if not attempt.redirect_lost:
                self.customer.come_back()
            self._await("failed")
            self._note(order, "failed")

    def _await(self, state: str) -> None:
        """Look at the payment until it is in a state. Raises TooLateError."""
        until(self.customer.payment_state, lambda seen: seen == state, within_s=PATIENCE_S)

    def _note(self, order: str, seen: str) -> None:
        """Keep what the customer ordered, and was last shown of it."""
        intent = self.visit.intent
        self.visit.record(
            "orders",
            {
                "merchant_order_id": order,
                "customer": self.visit.claims.customer,
                "workspace_id": self.customer.workspace_id,
                "plan": intent.plan,
                "cycle": intent.cycle,
                "price": PRICES[intent.plan, intent.cycle],
                "seen": seen,
            },
        )
