"""What a merchant has, as JSON texts, and back again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from ..state.behaviour import NewMerchant
from ..state.ledger import Callback, Delivery, Exchange, Ledger, Order, Refund, Subscription, Transition, Try
from ..state.merchant import Merchant, Token
from ..wire.messages import Json

T = TypeVar("T")

_BYTES: Final = ("body", "answer")

_ORDERS: Final = TypeAdapter(Order)
_TRANSITIONS: Final = TypeAdapter(Transition)
_EXCHANGES: Final = TypeAdapter(Exchange)
_DELIVERIES: Final = TypeAdapter(Delivery)
_TOKENS: Final = TypeAdapter(Token)
_MERCHANTS: Final = TypeAdapter(NewMerchant)


class BrokenRowError(Exception):
    """A row cannot be read: names it, and says why."""


def merchant_row(merchant: Merchant) -> bytes:
    """A merchant's credentials, webhook, behaviour and clock."""
    shown = merchant.show()
    clock = shown.pop("clock")
    return json.dumps({"merchant": shown, "offset_s": clock["offset_s"]}).encode()


def new_merchant(row: bytes) -> tuple[NewMerchant, float]:
    """What a merchant is made anew of, and its clock's offset."""
    document = json.loads(row)
    return _MERCHANTS.validate_json(json.dumps(document["merchant"])), float(document["offset_s"])


def order_row(order: Order) -> bytes:
    """An order with its attempts."""
    return _ORDERS.dump_json(order)


def refund_row(refund: Refund) -> bytes:
    """A refund; its order by name."""
    return json.dumps(_flat(refund, "order") | {"order": refund.order.merchant_order_id}).encode()


def subscription_row(subscription: Subscription) -> bytes:
    """A subscription; the order that set it up by name."""
    return json.dumps(_flat(subscription, "setup") | {"setup": subscription.setup.merchant_order_id}).encode()


def transition_row(transition: Transition) -> bytes:
    """A transition."""
    return _TRANSITIONS.dump_json(transition)


def exchange_row(exchange: Exchange) -> bytes:
    """A request with its answer; bodies may be any bytes."""
    return json.dumps(_flat(exchange)).encode()


def delivery_row(delivery: Delivery) -> bytes:
    """A webhook with all its tries."""
    return json.dumps(_flat(delivery)).encode()


def token_row(token: Token) -> bytes:
    """An access token."""
    return _TOKENS.dump_json(token)


def restore(merchant: Merchant, rows: Mapping[str, list[tuple[str, bytes]]]) -> None:
    """Put rows, by kind and in the order they were first written, into an empty ledger. Raises BrokenRowError."""
    for kind, read in READERS.items():
        for name, row in rows.get(kind, ()):
            try:
                read(merchant, row)
            except (ValueError, KeyError, TypeError, ValidationError) as error:
                why = str(error).splitlines()[0]
                raise BrokenRowError(f"{kind} {name} of merchant {merchant.merchant_id}: {why}") from None


def _read_order(merchant: Merchant, row: bytes) -> None:
    order, ledger = _ORDERS.validate_json(row), merchant.ledger
    ledger.orders[order.merchant_order_id] = order
    if order.page_token is not None:
        ledger.pages[order.page_token] = order
    for attempt in order.attempts:
        ledger.transactions[attempt.transaction_id] = order


def _read_refund(merchant: Merchant, row: bytes) -> None:
    document, ledger = json.loads(row), merchant.ledger
    order = ledger.orders[document.pop("order")]
    callback = document.pop("callback")
    refund = Refund(order=order, callback=None if callback is None else Callback(**callback), **document)
    ledger.refunds[refund.merchant_refund_id] = refund
    if refund.holds_money and refund.state != "FAILED":
        ledger.refunded[order.merchant_order_id] += refund.amount


def _read_subscription(merchant: Merchant, row: bytes) -> None:
    document = json.loads(row)
    setup = merchant.ledger.orders[document.pop("setup")]
    subscription = Subscription(setup=setup, **document)
    merchant.ledger.subscriptions[subscription.merchant_subscription_id] = subscription


def _read_token(merchant: Merchant, row: bytes) -> None:
    merchant.keep_token(_TOKENS.validate_json(row))


def _read_exchange(merchant: Merchant, row: bytes) -> None:
    merchant.ledger.exchanges.append(_EXCHANGES.validate_python(_thick(json.loads(row))))


def _read_delivery(merchant: Merchant, row: bytes) -> None:
    merchant.ledger.deliveries.append(_DELIVERIES.validate_python(_thick(json.loads(row))))


READERS: Final[Mapping[str, Callable[[Merchant, bytes], None]]] = {
    "order": _read_order,
    "refund": _read_refund,
    "subscription": _read_subscription,
    "transition": lambda merchant, row: merchant.ledger.restore_step(_TRANSITIONS.validate_json(row)),
    "exchange": _read_exchange,
    "delivery": _read_delivery,
    "event": lambda merchant, row: merchant.ledger.events.append(json.loads(row)),
    "token": _read_token,
}
"""How each kind is read; what others refer to comes first."""


def row_of(ledger: Ledger, kind: str, name: str) -> bytes | None:
    """The row of something that the ledger noted as changed; None where it is gone."""
    match kind:
        case "order":
            found = ledger.orders.get(name)
            return None if found is None else order_row(found)
        case "refund":
            refund = ledger.refunds.get(name)
            return None if refund is None else refund_row(refund)
        case "subscription":
            subscription = ledger.subscriptions.get(name)
            return None if subscription is None else subscription_row(subscription)
        case "transition":
            return _placed(ledger.transitions, name, transition_row)
        case "exchange":
            return _placed(ledger.exchanges, name, exchange_row)
        case "delivery":
            return _placed(ledger.deliveries, name, delivery_row)
        case _:
            return _placed(ledger.events, name, lambda event: json.dumps(event).encode())


def _placed(entries: Sequence[T], name: str, row: Callable[[T], bytes]) -> bytes | None:
    """The row of an entry by its place; None where the ledger was emptied since."""
    return row(entries[int(name)]) if int(name) < len(entries) else None


def _flat(thing: Any, *left_out: str) -> Json:
    """A dataclass as a dictionary; bytes as text that keeps each byte."""
    found: Json = {}
    for field in dataclasses.fields(thing):
        if field.name not in left_out:
            value = getattr(thing, field.name)
            if isinstance(value, bytes):
                value = value.decode("latin-1")
            elif isinstance(value, Callback):
                value = dataclasses.asdict(value)
            elif isinstance(value, list):
                value = [dataclasses.asdict(each) if isinstance(each, Try) else each for each in value]
            found[field.name] = value
    return found


def _thick(document: Json) -> Json:
    """The reverse of `_flat`."""
    return {name: value.encode("latin-1") if name in _BYTES else value for name, value in document.items()}
