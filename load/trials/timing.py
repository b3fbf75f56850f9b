"""How long a payment took to be seen, as far as the clocks of all who took part can tell."""

from __future__ import annotations

from math import inf

from load.reconciliation.gateway_orders import GatewayOrders, Order, WebhookEvent, next_question
from load.trials.clocks import Bounds
from load.trials.sides import Facts, Sides
from load.trials.trials import RIGHT, Verdict, wrong

VISIBLE_WITHIN_S = 10.0


def in_time(facts: Facts, sides: Sides) -> Verdict:
    """Whether a paid order was visible in time, as far as all clocks can tell.

    `visible_at` is when the customer was shown it, missing for one who never was; `unseen_at` is when the customer
    last began to look in vain, missing for one who never did.
    """
    least, most = delay(facts, sides)
    if least > VISIBLE_WITHIN_S:
        return wrong(f"visible after {least:.1f} s or more, {VISIBLE_WITHIN_S:g} s are allowed", late=True)
    if most <= VISIBLE_WITHIN_S:
        return RIGHT
    bounds = f"{least:.1f} and {'any number of' if most == inf else f'{most:.1f}'} s"
    return Verdict("unknown", f"visible after between {bounds}: nobody looked, or the clocks are not known better")


def delay(facts: Facts, sides: Sides) -> tuple[float, float]:
    """Bounds of the seconds from the first moment at which the system could know of the money until it was visible."""
    order = sides.gateway.orders.get(facts["order"]) if sides.gateway else None
    known = [] if order is None or sides.gateway is None else _known_at(order, sides.gateway, sides.schedule)
    seen, unseen, redirect = (facts.get(name) for name in ("visible_at", "unseen_at", "redirect_at"))
    seen_at, unseen_at = _at(sides, seen), _at(sides, unseen)
    least = [unseen_at.low - at if unseen_at else -inf for at in known]
    most = [seen_at.high - at if seen_at else inf for at in known]
    if redirect is not None and (came := _came_after(order, redirect, facts, sides)) is not None:
        least += [unseen - redirect if unseen is not None and came else -inf]
        most += [seen - redirect if seen is not None else inf]
    return max(0.0, *least, -inf), max(most, default=0.0)


def _known_at(order: Order, gateway: GatewayOrders, schedule: str) -> list[float]:
    """The moments, by the gateway's clock, at which a system could learn that the money was taken."""
    asked = next_question(order, schedule)
    events = gateway.events.get(order.merchant_order_id, ())
    sent = [event.first_sent_at for event in events if event.first_sent_at is not None and _tells(event, "completed")]
    return [*sent, *([asked] if asked is not None else [])]


def _came_after(order: Order | None, redirect: float, facts: Facts, sides: Sides) -> bool | None:
    """Whether the redirect came when the money was already taken; None if not, False if nobody can say."""
    if order is None or order.completed_at is None or facts.get("ending") == "success":
        return True  # the page took the money before it redirected
    at = _at(sides, redirect)
    if at is None or at.low <= order.completed_at <= at.high:
        return False
    return True if at.low > order.completed_at else None


def _at(sides: Sides, reading: float | None) -> Bounds | None:
    return None if reading is None else sides.at(reading)


def _tells(event: WebhookEvent, state: str) -> bool:
    return event.name.rpartition(".")[2] == state
