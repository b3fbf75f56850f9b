"""The trials of webhooks: each event that the gateway sent about an order whose payer stayed away, judged once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from load.reconciliation.gateway_orders import GatewayOrders, WebhookEvent
from load.trials import webhooks
from load.trials.claims import Ordered
from load.trials.clocks import Clocks
from load.trials.trials import Trial, TrialLog, Verdict, wrong
from load.trials.webhooks import Evidence
from witness.customer import Sight

WEBHOOK = "payment.webhook"


@dataclass(slots=True)
class WebhookTrials:
    """Opens a trial for each event of interest, and closes it when it is known what became of it.

    `sight` gives a customer's rows, or the sentence that says that there are none.
    """

    trials: TrialLog
    clocks: Clocks
    schedule: str
    sight: Callable[[str], tuple[Sight | None, str]]
    _open: dict[tuple[str, str], Trial] = field(default_factory=dict)
    _judged: set[tuple[str, str]] = field(default_factory=set)

    def settle(self, orders: Iterable[Ordered], gateway: GatewayOrders) -> None:
        """Judge the events about these orders, whose payers have left the system."""
        for order in orders:
            for event in gateway.events.get(order.merchant_order_id, ()):
                key = (order.merchant_order_id, event.name)
                if order.stays_away and order.looked_before and order.look and event.sent and key not in self._judged:
                    self._settle(key, order, event, gateway)

    def _settle(self, key: tuple[str, str], order: Ordered, event: WebhookEvent, gateway: GatewayOrders) -> None:
        if key not in self._open:
            self._open[key] = self.trials.open(Trial(WEBHOOK, ":".join((WEBHOOK, *key)), order.customer))
        if event.acknowledged_at is None and not event.given_up:
            return
        self._judged.add(key)
        trial, verdict = self._open.pop(key), self._verdict(order, event, gateway)
        if verdict is None:
            self.trials.drop(trial)
        else:
            self.trials.close(trial, verdict)

    def _verdict(self, order: Ordered, event: WebhookEvent, gateway: GatewayOrders) -> Verdict | None:
        if event.acknowledged_at is None:
            return wrong(f"ledger: {event.name} was never acknowledged")
        sight, absent = self.sight(order.customer)
        if absent:
            return wrong(f"database: {absent}")
        assert order.look is not None
        assert order.looked_before is not None
        at = partial(self.clocks.bounds, order.worker)
        known = gateway.orders[order.merchant_order_id]
        return webhooks.judge(Evidence(event, known, order.looked_before, order.look, self.schedule, sight, at))
