"""The sides of a trial besides the customer: what each of them says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from load.reconciliation.gateway_orders import GatewayOrders
from load.trials.clocks import Bounds
from witness.customer import Sight

Facts = Mapping[str, Any]
"""What a customer claims besides the outcome: what the other sides are asked about."""


@dataclass(frozen=True, slots=True)
class Sides:
    """What the other sides say about a customer; None for a side that this target does not show.

    `same_number` counts the users that have the customer's identification number. `at` says where the gateway's clock
    was at a reading of the customer's generator, None where that cannot be bounded.
    """

    sight: Sight | None
    gateway: GatewayOrders | None
    same_number: int
    schedule: str
    at: Callable[[float], Bounds | None]
