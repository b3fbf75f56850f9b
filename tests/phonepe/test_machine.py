"""Random histories: whatever merchants, payers and clocks do, the ledger stays true."""

from __future__ import annotations

import contextlib
import json
import uuid
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from mocks.phonepe.client import AdminClient, AdminError
from mocks.phonepe.state.machines import INITIAL, MACHINES
from tests.phonepe.shop import Json, Order, Shop
from tests.phonepe.sink import Sink

AMOUNTS = st.integers(100, 1_000_000)
VPAS = st.sampled_from(["success@ybl", "FAILURE@ybl", "pending@ybl", "someone@upi"])
FAULTS = st.sampled_from(
    [
        {},
        {"status": 500, "route": "checkout.pay", "when": "after"},
        {"status": 503, "body": "R999", "count": 1},
        {"revoke_token": True, "count": 1},
    ]
)
MODES = st.sampled_from(["normal", "lost", "late", "duplicate", "concurrent", "reordered", "before_redirect"])
EVENT_STATES = {
    "completed": {"COMPLETED", "NOTIFIED"},
    "failed": {"FAILED", "EXPIRED"},
    "accepted": {"CONFIRMED"},
    "paused": {"PAUSED"},
    "unpaused": {"ACTIVE"},
    "revoked": {"REVOKED"},
    "cancelled": {"CANCELLED"},
}
"""The states that an event's last word tells of."""


class History(RuleBasedStateMachine):
    """Calls, payers' actions, clock steps and faults, in any order."""

    admin: ClassVar[AdminClient]
    gateway_url: ClassVar[str]
    sink: ClassVar[Sink]
    orders: Bundle[Order] = Bundle("orders")
    subscriptions: Bundle[str] = Bundle("subscriptions")
    debits: Bundle[str] = Bundle("debits")

    def __init__(self) -> None:
        super().__init__()
        self.shop = Shop.open(self.admin, self.gateway_url, self.sink, {"page_retries": 2})
        self.shop.log_in()

    def teardown(self) -> None:
        """Remove the merchant."""
        self.shop.close()

    def call(self, method: str, path: str, document: Json | None = None) -> Any:
        """A call that logs in anew when its token is gone."""
        response = self.shop.call(method, path, document)
        if response.status_code == 401:
            self.shop.log_in()
        return response

    @rule(target=orders, amount=AMOUNTS)
    def pay(self, amount: int) -> Any:
        """A merchant asks for a payment."""
        name = uuid.uuid4().hex
        urls = {"redirectUrl": "http://127.0.0.1:9/back"}
        document = {
            "merchantOrderId": name,
            "amount": amount,
            "paymentFlow": {"type": "PG_CHECKOUT", "merchantUrls": urls},
        }
        response = self.call("POST", "/checkout/v2/pay", document)
        return Order(self.shop, name, response.json()["redirectUrl"]) if response.status_code == 200 else multiple()

    @rule(vpa=VPAS, amount=AMOUNTS)
    def collect(self, vpa: str, amount: int) -> None:
        """A merchant asks a payer's app by custom checkout."""
        mode = {"type": "UPI_COLLECT", "details": {"type": "VPA", "vpa": vpa}}
        document = {
            "merchantOrderId": uuid.uuid4().hex,
            "amount": amount,
            "paymentFlow": {"type": "PG", "paymentMode": mode},
        }
        self.call("POST", "/payments/v2/pay", document)

    @rule(target=subscriptions, vpa=VPAS)
    def subscribe(self, vpa: str) -> str:
        """A merchant asks for a mandate."""
        name = uuid.uuid4().hex
        flow = {
            "type": "SUBSCRIPTION_SETUP",
            "merchantSubscriptionId": name,
            "authWorkflowType": "TRANSACTION",
            "amountType": "VARIABLE",
            "maxAmount": 50_000,
            "frequency": "ON_DEMAND",
            "paymentMode": {"type": "UPI_COLLECT", "details": {"type": "VPA", "vpa": vpa}},
        }
        document = {"merchantOrderId": uuid.uuid4().hex, "amount": 200, "paymentFlow": flow}
        self.call("POST", "/subscriptions/v2/setup", document)
        return name

    @rule(target=debits, subscription=subscriptions, automatic=st.booleans())
    def announce(self, subscription: str, automatic: bool) -> str:
        """A merchant announces a debit, of an active subscription or not."""
        name = uuid.uuid4().hex
        flow = {"type": "SUBSCRIPTION_REDEMPTION", "merchantSubscriptionId": subscription, "autoDebit": automatic}
        document = {"merchantOrderId": name, "amount": 40_000, "paymentFlow": flow}
        self.call("POST", "/subscriptions/v2/notify", document)
        return name

    @rule(debit=debits)
    def redeem(self, debit: str) -> None:
        """A merchant executes a debit, too early or in time."""
        self.call("POST", "/subscriptions/v2/redeem", {"merchantOrderId": debit})

    @rule(subscription=subscriptions, action=st.sampled_from(["pause", "unpause", "revoke", "cancel"]))
    def change(self, subscription: str, action: str) -> None:
        """A payer changes a mandate in the UPI app, whatever its state."""
        with contextlib.suppress(AdminError):
            self.shop.admin.change_subscription(self.shop.account.merchant_id, subscription, action)

    @rule(order=orders, vpa=VPAS, action=st.sampled_from(["pay", "pay", "cancel"]))
    def submit(self, order: Order, vpa: str, action: str) -> None:
        """A payer submits the page, open or over."""
        entries = {"payment_method": "UPI", "upi_id": vpa, "outcome": "", "action": action}
        assert self.shop.http.post(order.page_url, data=entries).status_code in (200, 303, 500, 503)

    @rule(order=consumes(orders))
    def pay_again(self, order: Order) -> None:
        """A merchant uses an id again."""
        assert self.shop.pay(order.id).status_code in (401, 417, 500, 503)

    @rule(order=orders)
    def pay_without_a_page(self, order: Order) -> None:
        """A payer pays, if the order can still be paid."""
        with contextlib.suppress(AdminError):
            self.shop.admin.pay(self.shop.account.merchant_id, order.id)

    @rule(order=orders, parts=st.lists(st.sampled_from([30, 60, 100]), min_size=1, max_size=3))
    def refund(self, order: Order, parts: list[int]) -> None:
        """A merchant asks for parts of the money back, paid or not, in all perhaps for more than there is."""
        for percent in parts:
            amount = order.ledger()["amount"] * percent // 100
            document = {"merchantRefundId": uuid.uuid4().hex, "originalMerchantOrderId": order.id, "amount": amount}
            self.call("POST", "/payments/v2/refund", document)

    @rule(seconds=st.sampled_from([0.0, 1.0, 61.0, 700.0, 90_000.0]))
    def advance(self, seconds: float) -> None:
        """Time passes."""
        self.shop.advance(seconds)
        self.shop.log_in()

    @rule(fault=FAULTS, mode=MODES, refunds_fail=st.booleans())
    def misbehave(self, fault: Json, mode: str, refunds_fail: bool) -> None:
        """The gateway is told how to behave from now on."""
        refunds = {"outcome": {"failure": "OTHERS"} if refunds_fail else "success"}
        self.shop.behave(page_retries=2, webhook={"mode": mode}, faults=[fault] if fault else [], refund=refunds)

    @invariant()
    def ledger_is_true(self) -> None:
        """Money is conserved, machines are kept, terminal states stay, and webhooks tell what happened."""
        ledger = self.shop.ledger("orders", "refunds", "transitions", "deliveries")
        check_machines(ledger)
        check_money(ledger)
        check_webhooks(ledger)


def check_machines(ledger: Json) -> None:
    """Every thing began at the beginning and took only ways that its machine has."""
    states: dict[tuple[str, str], str] = {}
    for step in ledger["transitions"]:
        thing = (step["kind"], step["id"])
        source = states.get(thing, INITIAL)
        assert (step["from"] or INITIAL) == source
        assert step["to"] in MACHINES[step["kind"]][source]
        states[thing] = step["to"]
    for order in ledger["orders"]:
        assert states["order", order["merchant_order_id"]] == order["state"]


def check_money(ledger: Json) -> None:
    """A completed order was paid once and in full, no other was paid, and refunds stay within the payment."""
    for order in ledger["orders"]:
        received = [each["amount"] for each in order["attempts"] if each["state"] == "COMPLETED"]
        assert received == ([order["amount"]] if order["state"] == "COMPLETED" else [])
        refunds = [each for each in ledger["refunds"] if each["merchant_order_id"] == order["merchant_order_id"]]
        assert sum(each["amount"] for each in refunds if each["state"] != "FAILED") <= sum(received)


def check_webhooks(ledger: Json) -> None:
    """Every webhook tells of a transition that there was, of the attempt itself where it is an attempt's."""
    been = {(step["id"], step["to"]) for step in ledger["transitions"]}
    for delivery in ledger["deliveries"]:
        subject, event = delivery["subject"], delivery["event"]
        if ".transaction." in event:
            subject = json.loads(delivery["body"])["payload"]["paymentDetails"][-1]["transactionId"]
        assert been & {(subject, state) for state in EVENT_STATES[event.rpartition(".")[2]]}, delivery


@pytest.mark.timeout(120)
def test_history(admin: AdminClient, gateway_url: str, sink: Sink) -> None:
    """No history of calls, payers, time and faults makes the ledger untrue."""
    machine = type("ThisHistory", (History,), {"admin": admin, "gateway_url": gateway_url, "sink": sink})
    quiet = settings(
        max_examples=20,
        stateful_step_count=20,
        phases=[Phase.generate],  # a history of twenty steps is read faster than it is shrunk
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=quiet)
