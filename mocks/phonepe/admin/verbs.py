"""What the admin API does: merchants, their behaviour, clock and ledger, and what payers do without a page."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from ..payments.lifecycle import begin, conclude, outcome_of, take
from ..payments.mandates import change_state
from ..state.behaviour import (
    Behaviour,
    ClockSetting,
    ClockStep,
    ExtraWebhook,
    Failure,
    MerchantChange,
    NewMerchant,
    PayerAction,
    WebhookBehaviour,
)
from ..state.instruments import method_for
from ..state.ledger import Order, Split
from ..state.merchant import Merchant
from ..state.registry import Registry, TakenError
from ..wire.errors import GatewayError
from ..wire.messages import Request, answer, reply
from .ledger_views import SECTIONS, show_exchange, show_ledger, show_order, show_subscription
from .problems import ProblemError, mistake, parse
from .telling import event_about

MOST_OFFSET_S: Final = 1e9
METHOD_FIELDS: Final = frozenset({"mode", "instrument", "rail"})
SUBSCRIPTION_ACTIONS: Final = {"pause": "PAUSED", "unpause": "ACTIVE", "revoke": "REVOKED", "cancel": "CANCELLED"}


async def health(_: Registry, __: Request) -> Response:
    """Whether requests are served."""
    return reply({"status": "ready"})


async def create(registry: Registry, request: Request) -> Response:
    """Make a merchant."""
    new = parse(NewMerchant, request)
    try:
        return reply(registry.add(new).show(), 201)
    except TakenError as error:
        raise ProblemError(409, "A merchant with this id exists", [mistake(str(error), "is in use")]) from None


async def merchants(registry: Registry, _: Request) -> Response:
    """Every merchant's id and name."""
    return reply(
        {"merchants": [{"merchant_id": each.merchant_id, "name": each.name} for each in registry.by_id.values()]}
    )


async def strangers(registry: Registry, _: Request) -> Response:
    """The newest requests that named no client, token or merchant that is known."""
    return reply({"requests": [show_exchange(each) for each in registry.strangers]})


async def show(registry: Registry, request: Request) -> Response:
    """A merchant, every field filled in."""
    return reply(merchant_of(registry, request).show())


async def change(registry: Registry, request: Request) -> Response:
    """Change name, webhook or behaviour."""
    merchant = merchant_of(registry, request)
    change = parse(MerchantChange, request)
    if change.name is not None:
        merchant.name = change.name
    if "webhook" in change.model_fields_set:
        merchant.webhook = change.webhook
    if change.behaviour is not None:
        merchant.behave(change.behaviour)
    return reply(merchant.show())


async def remove(registry: Registry, request: Request) -> Response:
    """Forget a merchant with all it has."""
    registry.remove(merchant_of(registry, request))
    return answer(204)


async def behave(registry: Registry, request: Request) -> Response:
    """Replace the behaviour; what is left out gets its default."""
    merchant = merchant_of(registry, request)
    merchant.behave(parse(Behaviour, request))
    return reply(merchant.behaviour.model_dump(mode="json"))


async def ledger(registry: Registry, request: Request) -> Response:
    """Everything that happened; `?only=orders,deliveries` for some sections of it."""
    merchant = merchant_of(registry, request)
    only = request.query("only")
    sections = frozenset(SECTIONS if only is None else only.split(","))
    if unknown := sorted(sections - SECTIONS.keys()):
        problem = f"there is no {unknown[0]}; there are {', '.join(SECTIONS)}"
        raise ProblemError(422, "The ledger has no such section", [mistake("only", problem)])
    return reply(show_ledger(merchant.ledger, sections))


async def order(registry: Registry, request: Request) -> Response:
    """One order."""
    return _shown(*_order(registry, request))


async def act_as_payer(registry: Registry, request: Request) -> Response:
    """Do what a payer without a page does: end the open attempt, or make one."""
    merchant, found = _order(registry, request)
    action = parse(PayerAction, request)
    if not found.is_open:
        raise ProblemError(409, f"The order is {found.state}", [mistake("merchant_order_id", "can no longer be paid")])
    outcome = outcome_of(action.outcome) if isinstance(action.outcome, Failure) else action.outcome
    splits = _splits(found, action)
    attempt = next((each for each in found.attempts if each.state == "PENDING"), None)
    if attempt is None:
        attempt = begin(merchant, found, method_for(action.mode, action.instrument, action.rail))
    elif action.model_fields_set & METHOD_FIELDS:
        mode = action.mode if "mode" in action.model_fields_set else attempt.mode
        take(merchant, found, attempt, method_for(mode, action.instrument, action.rail))
    if splits:
        attempt.splits = splits
        merchant.ledger.note("order", found.id)
        attempt.instrument, attempt.rail = splits[0].instrument, splits[0].rail
    conclude(merchant, found, attempt, outcome)
    return _shown(merchant, found)


def _splits(order: Order, action: PayerAction) -> tuple[Split, ...]:
    """What a payment is split over; ProblemError unless it is all of the amount."""
    if not action.splits:
        return ()
    paid = sum(each.amount for each in action.splits)
    if paid != order.amount:
        problem = f"add up to {paid}, not to the order's {order.amount}"
        raise ProblemError(422, "The parts are not the whole", [mistake("splits", problem)])
    methods = [method_for(action.mode, each.instrument, each.rail) for each in action.splits]
    return tuple(
        Split(method.instrument, method.rail, each.amount) for method, each in zip(methods, action.splits, strict=True)
    )


async def set_order_webhook(registry: Registry, request: Request) -> Response:
    """Let one order's webhooks go out otherwise than the merchant's; what is left out gets its default."""
    merchant, found = _order(registry, request)
    found.webhook = parse(WebhookBehaviour, request)
    merchant.ledger.note("order", found.id)
    return reply(found.webhook.model_dump(mode="json"))


async def send_webhook(registry: Registry, request: Request) -> Response:
    """Send a webhook that no transition caused."""
    merchant = merchant_of(registry, request)
    wanted = parse(ExtraWebhook, request)
    name = wanted.merchant_order_id
    merchant.tell(event_about(merchant, wanted.event, name, wanted.payload), wanted.settings)
    return answer(202)


async def change_subscription(registry: Registry, request: Request) -> Response:
    """A payer pauses, unpauses, revokes or cancels a subscription in the UPI app."""
    merchant = merchant_of(registry, request)
    found = merchant.ledger.subscriptions.get(request.path_params["subscription"])
    if found is None:
        title = f"The merchant has no subscription {request.path_params['subscription']}"
        raise ProblemError(404, title, [mistake("merchant_subscription_id", "is unknown")])
    state = SUBSCRIPTION_ACTIONS.get(request.path_params["action"])
    if state is None:
        raise ProblemError(
            404, f"There is no action {request.path_params['action']}: {', '.join(SUBSCRIPTION_ACTIONS)}"
        )
    try:
        change_state(merchant, found, state)
    except GatewayError:
        raise ProblemError(409, f"The subscription is {found.state}", [mistake("action", "is not possible")]) from None
    return reply(show_subscription(merchant.ledger, found))


async def set_clock(registry: Registry, request: Request) -> Response:
    """Set the merchant's time to real time plus an offset."""
    merchant = merchant_of(registry, request)
    await merchant.clock.move_to(parse(ClockSetting, request).offset_s)
    return reply({"offset_s": merchant.clock.offset_s})


async def advance_clock(registry: Registry, request: Request) -> Response:
    """Step the merchant's time on, through everything that falls due."""
    merchant = merchant_of(registry, request)
    seconds = parse(ClockStep, request).seconds
    if merchant.clock.goal_s + seconds > MOST_OFFSET_S:
        raise ProblemError(422, "The clock cannot go that far", [mistake("seconds", "must leave offset_s below 1e9")])
    await merchant.clock.move_by(seconds)
    return reply({"offset_s": merchant.clock.offset_s})


async def reset(registry: Registry, request: Request) -> Response:
    """Behaviour and clock back to the defaults; `?ledger=true` empties the ledger too."""
    merchant = merchant_of(registry, request)
    merchant.behave(Behaviour())
    if request.flag("ledger"):
        merchant.forget()
    merchant.clock.jump_to(0.0)
    return reply(merchant.show())


def merchant_of(registry: Registry, request: Request) -> Merchant:
    """The merchant that the path names; ProblemError(404) when there is none."""
    merchant = registry.by_id.get(request.path_params["id"])
    if merchant is None:
        raise ProblemError(
            404, f"There is no merchant {request.path_params['id']}", [mistake("merchant_id", "is unknown")]
        )
    return merchant


def _order(registry: Registry, request: Request) -> tuple[Merchant, Order]:
    merchant = merchant_of(registry, request)
    found = merchant.ledger.orders.get(request.path_params["order"])
    if found is None:
        title = f"The merchant has no order {request.path_params['order']}"
        raise ProblemError(404, title, [mistake("merchant_order_id", "is unknown")])
    return merchant, found


def _shown(merchant: Merchant, found: Order) -> Response:
    return reply(show_order(merchant.ledger, found))
