"""The gateway's events: believed as to where to look, never as to what is there."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.gateway import Gateway
from fixtures.witnesses import Witnesses
from tests.support.buying import buy, deliver, event, settled, signature
from tests.support.problems import refused
from tests.support.together import together

pytestmark = pytest.mark.requirement("PAY-7")


@pytest.mark.promise("PAY-7.3", "PAY-9.1")
def test_fifty_at_once__one_subscription(customers: Customers, gateway: Gateway, witnesses: Witnesses) -> None:
    """Fifty copies of one event at the same moment are all acknowledged and activate one subscription."""
    customer = customers.a_new_customer()
    gateway.behave(webhook={"mode": "lost"})
    customer.choose_plan("glide", "monthly")
    customer.pay(come_back=False)
    assert customer.payment is not None
    body, signed = event(customer.payment.merchant_order_id), signature(gateway)

    answers = together(50, lambda _: deliver(customer, signed, body))

    assert Counter(answer.status for answer in answers) == {200: 50}
    assert settled(customer) == "completed"
    assert witnesses.of(customer).money() == []
    assert len(witnesses.of(customer).rows.subscriptions) == 1


@pytest.mark.promise("PAY-7.3")
@pytest.mark.parametrize("mode", ["normal", "duplicate", "concurrent", "reordered", "before_redirect"])
def test_delivery__however_it_comes(customers: Customers, gateway: Gateway, witnesses: Witnesses, mode: str) -> None:
    """Once, twice, at once, out of order or before the customer is back: one activation, every event acknowledged."""
    customer = customers.a_new_customer()
    gateway.behave(webhook={"mode": mode})
    customer.choose_plan("glide", "monthly")
    customer.pay(come_back=False)

    assert settled(customer) == "completed"

    assert customer.payment is not None
    order = customer.payment.merchant_order_id
    sent = until(lambda: witnesses.ledger.deliveries(order), lambda seen: bool(seen), "a webhook was sent")
    assert {status for delivery in sent for status in delivery.statuses} <= {200, None}
    assert witnesses.of(customer).money() == []
    assert len(witnesses.of(customer).rows.subscriptions) == 1


@pytest.mark.promise("PAY-7.1")
@pytest.mark.parametrize("way", ["missing", "another password", "uppercase", "with a prefix", "plain"])
def test_other_signature__is_refused(customers: Customers, gateway: Gateway, witnesses: Witnesses, way: str) -> None:
    """Only the agreed digest is let in; anything else is 401 and leaves nothing."""
    customer, signed = customers.a_new_customer(), signature(gateway)
    before = witnesses.database.count("webhook_events")
    wrong = {
        "missing": "",
        "another password": "0" * 64,
        "uppercase": signed.upper(),
        "with a prefix": f"Bearer {signed}",
        "plain": f"{gateway.webhook()['username']}:{gateway.webhook()['password']}",
    }[way]

    refused(deliver(customer, wrong, event("rf-x")), 401, "BAD_SIGNATURE")

    assert witnesses.database.count("webhook_events") == before


@pytest.mark.promise("PAY-7.8")
@pytest.mark.parametrize("amount", [700_000, 1])
def test_forged_completion__gives_nothing(
    customers: Customers, gateway: Gateway, witnesses: Witnesses, amount: int
) -> None:
    """A well-signed COMPLETED about an order that the gateway still has pending activates nothing."""
    customer = customers.a_new_customer()
    customer.choose_plan("glide", "monthly")
    assert customer.payment is not None
    order = customer.payment.merchant_order_id

    assert deliver(customer, signature(gateway), event(order, amount=amount)).status == 200

    until(lambda: _processed(witnesses, order), lambda done: done, "the event was looked into")
    assert customer.payment_state() == "pending"
    assert customer.me().needs_payment


def _processed(witnesses: Witnesses, order: str) -> bool:
    with witnesses.database._reading() as connection:
        found = connection.execute(
            "select 1 from webhook_events where convert_from(body, 'UTF8') like %s and processed_at is not null",
            (f"%{order}%",),
        )
        return found.fetchone() is not None


@pytest.mark.promise("PAY-7.5")
@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{", b'{"payload": []}', b"\xff\xfe", b"[" * 100_000],
    ids=lambda body: repr(body[:9]),
)
def test_malformed_body__is_400(customers: Customers, gateway: Gateway, body: bytes) -> None:
    """What is no event at all is refused, and nothing breaks."""
    refused(deliver(customers.nobody(), signature(gateway), body), 400, "MALFORMED_WEBHOOK")


@pytest.mark.promise("PAY-7.4")
@pytest.mark.parametrize(
    "said",
    [
        {"event": "subscription.paused", "payload": {"merchantSubscriptionId": "s"}},
        {"event": "a.new.one", "payload": {"merchantOrderId": "rf-unknown", "novel": {"deep": [1]}}},
        {"type": "PAYLINK_ORDER_COMPLETED", "payload": {}},
        {"event": "checkout.order.completed", "payload": {"merchantOrderId": {"not": "text"}}},
        {"event": "\udcff", "payload": {"merchantOrderId": "\x00"}},
    ],
    ids=lambda said: ascii(said.get("event", "no event")),
)
def test_unknown_event__is_acknowledged(customers: Customers, gateway: Gateway, said: dict[str, object]) -> None:
    """Events and fields that nobody knows yet are acknowledged and kept."""
    assert deliver(customers.nobody(), signature(gateway), json.dumps(said).encode()).status == 200


@pytest.mark.promise("PAY-7.9")
def test_late_failure__does_not_undo(customers: Customers, gateway: Gateway, witnesses: Witnesses) -> None:
    """A failure that arrives after the completion changes nothing."""
    customer = customers.a_paid_customer()
    assert customer.payment is not None
    order = customer.payment.merchant_order_id

    assert deliver(customer, signature(gateway), event(order, "FAILED")).status == 200

    until(lambda: _processed(witnesses, order), lambda done: done, "the event was looked into")
    assert customer.payment_state() == "completed"
    assert not customer.me().needs_payment


@pytest.mark.promise("PAY-7.10")
@pytest.mark.requirement("PAY-9")
@pytest.mark.parametrize(("said", "state"), [("FAILED", "failed"), ("EXPIRED", "expired")])
def test_late_completion__wins_once_and_for_good(
    customers: Customers, gateway: Gateway, witnesses: Witnesses, said: str, state: str
) -> None:
    """The gateway calls an order over and then paid: the customer paid, and has access. What it says later of an end
    is not heard any more.
    """
    customer = customers.a_new_customer()
    order, signed = customer.choose_plan("glide", "monthly").merchant_order_id, signature(gateway)
    over = {"orderId": "OMO1", "state": said, "amount": 700_000, "errorCode": "PAYMENT_ERROR"}
    gateway.behave(faults=[{"route": "checkout.status", "status": 200, "body": over}], webhook={"mode": "lost"})
    deliver(customer, signed, event(order, "FAILED"))
    assert settled(customer) == state

    gateway.behave(webhook={"mode": "lost"})
    customer.pay(come_back=False)
    deliver(customer, signed, event(order, note="late"))
    until(customer.payment_state, lambda seen: seen == "completed", "the late completion")

    gateway.behave(faults=[{"route": "checkout.status", "status": 200, "body": over}])
    deliver(customer, signed, event(order, "FAILED", note="later still"))
    until(lambda: _processed(witnesses, "later still"), lambda done: done, "the event was looked into")
    assert customer.payment_state() == "completed"
    assert not customer.me().needs_payment
    gateway.behave()
    assert witnesses.of(customer).money() == []


@pytest.mark.promise("PAY-7.11")
@pytest.mark.requirement("PAY-9")
def test_wrong_amount_at_the_gateway__gives_nothing_and_says_why(
    customers: Customers, gateway: Gateway, witnesses: Witnesses
) -> None:
    """An order that is completed for another amount than the payment's activates nothing; the audit log says why."""
    customer = customers.a_new_customer()
    answer = {"orderId": "OMO1", "state": "COMPLETED", "amount": 100}
    offer = buy(customer).json()["payment"]
    gateway.behave(faults=[{"route": "checkout.status", "status": 200, "body": answer}])

    deliver(customer, signature(gateway), event(offer["merchant_order_id"]))

    log = until(
        lambda: witnesses.database.rows("audit_log", customer.workspace_id), lambda rows: bool(rows), "an audit row"
    )
    assert [(row["action"], row["details"]["differences"]) for row in log] == [
        ("payment.mismatch", {"amount": [700_000, 100]})
    ]
    assert customer.me().needs_payment
