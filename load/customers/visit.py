"""One customer's visit: who it is, what it means to do, and everything that is recorded of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from drivers.transport import Request, Response
from evidence import mask
from load.coordination.plan import Plan
from load.customers.canaries import canary, foreign
from load.customers.claim_log import ClaimLog
from load.customers.operations import Operations, operation
from load.population.intent import Intent
from load.population.population import DeliveryMode
from load.population.webhook_conditions import WebhookConditions
from load.trials.claims import KIND


class Host(Protocol):
    """What serves the customers: a generator."""

    plan: Plan
    operations: Operations
    webhook_conditions: WebhookConditions | None

    def record(self, kind: str, record: Mapping[str, Any]) -> None:
        """Keep a record of that kind, and before it the requests that led to it."""


class Visit:
    """One customer at one host. `request_ids` are those of all requests so far.

    `may_stay_away`: this payer may stay away from the system after it has paid, so that a webhook acts alone.
    """

    def __init__(self, host: Host, intent: Intent, *, warming_up: bool) -> None:
        """Begin the visit; `warming_up`: it makes no trials."""
        self.intent = intent
        self.canary = canary(host.plan.run.name, host.plan.seed, intent.number)
        name = f"customer-{intent.number}"
        self.claims = ClaimLog(
            name, lambda claim: host.record(KIND, claim), worker=host.plan.index, warming_up=warming_up
        )
        self.may_stay_away = bool(host.plan.payers_stay_away and host.webhook_conditions and not warming_up)
        self.schedule = host.plan.schedule
        self.request_ids: list[str] = []
        self._always = {"user": name, **({"warm_up": True} if warming_up else {})}
        self._system = host.plan.system.base_url
        self._host = host

    @property
    def knows_gateway(self) -> bool:
        """Whether the gateway is the harness's own, of whose pages it knows what they say."""
        return self._host.webhook_conditions is not None

    def is_gateways(self, url: str) -> bool:
        """Whether an address is not the system's own: a page that the system made up takes no money."""
        return not url.startswith(self._system)

    def record(self, kind: str, record: Mapping[str, Any]) -> None:
        """Keep a record of that kind."""
        self._host.record(kind, record)

    def set_delivery(self, order: str, delivery: DeliveryMode) -> None:
        """Have the gateway deliver an order's webhooks so, where the gateway takes orders from the harness."""
        if conditions := self._host.webhook_conditions:
            conditions.set_delivery(order, delivery)

    def note(
        self, request: Request, response: Response | None, started_at: float, duration_s: float, error: str = ""
    ) -> None:
        """Note a request as an operation, and whether the system's answer carries another tenant's canary."""
        record = operation(request, response, started_at, duration_s)
        record |= self._always
        if error:
            record["error"] = mask(error)
        if record["request_id"]:
            self.request_ids.append(record["request_id"])
        if response and request.url.startswith(self._system):
            record["foreign"] = foreign(response.body, self.canary)
            record["own"] = self.canary.encode() in response.body
        self._host.operations.note(record)
        if record.get("foreign"):
            self._host.operations.flush()  # a leak is never lost
