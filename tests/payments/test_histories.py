"""Whatever buyers, payers, webhooks, clocks and crashes do, and in whatever order: access is given for money alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from core import contract
from core.contract import Cycle, Plan
from drivers.errors import NotAsPromisedError
from drivers.http import HttpCustomer
from drivers.httpx_transport import HttpxTransport
from drivers.waiting import until
from fixtures.customers import Customers
from fixtures.gateway import Clock, Gateway
from mocks.phonepe.client import AdminClient
from stack.slice import Slice
from tests.support.buying import deliver, event, signature
from tests.support.histories import try_histories
from witness.customer import PAID, Sight, look
from witness.database import DatabaseWitness
from witness.ledger import LedgerWitness

PLANS = st.sampled_from(contract.PLANS)
CYCLES = st.sampled_from(contract.CYCLES)
OUTCOMES = st.sampled_from(["success", "failure", "failure:INSUFFICIENT_BALANCE", "pending", "cancel"])
WEBHOOKS = st.sampled_from(["lost", "normal", "duplicate", "concurrent", "before_redirect"])
"""The first of each is what the first history of every push draws: money that nobody tells of."""
CLAIMS = st.sampled_from(["COMPLETED", "FAILED"])
NEXT = {
    "created": {"created", "pending", "completed", "failed", "expired"},
    "pending": {"pending", "completed", "failed", "expired"},
    "failed": {"failed", "completed"},
    "expired": {"expired", "completed"},
    "completed": {"completed"},
}
SETTLES_S = 20
CRASHES = 1
OVER = frozenset({"failed", "expired"})


@dataclass(frozen=True, slots=True)
class World:
    """The RaptorFlow that a history happens to, and everybody who can be asked about it."""

    own: Slice
    gateway: Gateway
    clock: Clock
    transport: HttpxTransport
    customers: Customers
    database: DatabaseWitness
    ledger: LedgerWitness

    def newcomer(self) -> HttpCustomer:
        """A customer of this RaptorFlow."""
        customer = HttpCustomer(self.transport, self.own.system.base_url)
        customer.sign_up(self.customers.stranger().identity)
        return customer

    def look(self, customer: HttpCustomer) -> Sight:
        """What the database and the ledger say."""
        return look(customer.identity.email, self.database, self.ledger)


@dataclass(slots=True)
class Order:
    """A payment that was begun, and its page at the gateway."""

    payment: str
    merchant_order_id: str
    amount: int
    page: str
    paid: bool = False


class Buying(RuleBasedStateMachine):
    """One customer's history of purchases."""

    world: ClassVar[World]
    orders: Bundle[Order] = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.buyer = self.world.newcomer()
        self.states: dict[str, str] = {}
        self.crashed = 0
        self.mode = "normal"
        self.denied: dict[str, Order] = {}
        self.world.gateway.behave(settle_pending_after_s=SETTLES_S)

    @initialize(
        target=orders,
        plans=st.tuples(PLANS, PLANS),
        cycle=CYCLES,
        mode=WEBHOOKS,
        outcome=OUTCOMES,
        come_back=st.booleans(),
        claim=CLAIMS,
    )
    def has_bought(
        self, plans: tuple[Plan, Plan], cycle: Cycle, mode: str, outcome: str, come_back: bool, claim: str
    ) -> MultipleResults[Order]:
        """Every story has a payer who decided, and a newer order that somebody tells a tale of."""
        self.webhooks(mode)
        older, newer = (self.begin(plan, cycle) for plan in plans)
        self.pay(older, outcome, come_back)
        self.claim(newer, claim)
        return multiple(older, newer)

    @initialize(target=orders, plan=PLANS, cycle=CYCLES, outcome=OUTCOMES, happens=st.sampled_from([True, False]))
    def has_been_denied(self, plan: Plan, cycle: Cycle, outcome: str, happens: bool) -> MultipleResults[Order]:
        """Half of the stories have a payment that was made after the gateway had called it over."""
        if not happens:
            return multiple()
        order = self.begin(plan, cycle)
        self.deny(order)
        self.pay(order, outcome, come_back=False)
        self.claim(order, "COMPLETED")
        return multiple(order)

    @rule(target=orders, plan=PLANS, cycle=CYCLES)
    def choose(self, plan: Plan, cycle: Cycle) -> Order:
        """The customer begins a purchase."""
        return self.begin(plan, cycle)

    def begin(self, plan: Plan, cycle: Cycle) -> Order:
        """A new order; what it costs is the plan's price."""
        made = self.buyer.choose_plan(plan, cycle)
        assert made.amount == contract.PRICES[plan, cycle]
        return Order(str(made.id), made.merchant_order_id, made.amount, self.buyer.gateway_page)

    @rule(order=orders, outcome=OUTCOMES, come_back=st.booleans())
    def pay(self, order: Order, outcome: str, come_back: bool) -> None:
        """The payer decides at the gateway, once an order, and comes back or does not."""
        if not order.paid:
            order.paid = True
            self.buyer.gateway_page = order.page
            try:
                self.buyer.pay(outcome, come_back=come_back)
            except NotAsPromisedError:  # the gateway's page offers nothing: it gives an order up after its time
                books = self.world.look(self.buyer).orders
                assert books is not None
                assert books[order.merchant_order_id].state == "FAILED"

    @rule(order=orders)
    def come_back(self, order: Order) -> None:
        """The customer opens the callback page, whatever became of the order."""
        self.buyer.visit(f"{self.buyer.routes.url('callback_page')}?merchantOrderId={order.merchant_order_id}")

    @rule(order=orders, claim=CLAIMS)
    def claim(self, order: Order, claim: str) -> None:
        """A webhook with the right signature says what the gateway's books may not."""
        self.tell(order, claim)

    def tell(self, order: Order, claim: str, **more: object) -> None:
        """Delivers an event with the right signature."""
        body = event(order.merchant_order_id, claim, order.amount, **more)
        assert deliver(self.buyer, signature(self.world.gateway), body).status == 200

    @rule(order=orders)
    def deny(self, order: Order) -> None:
        """The gateway calls an order over whose page still takes money; from then on nobody asks without a reason."""
        if order.paid or order.merchant_order_id in self.denied:
            return
        self.denied[order.merchant_order_id] = order
        over = {"orderId": "OMO1", "state": "FAILED", "amount": order.amount, "errorCode": "PAYMENT_ERROR"}
        lie = {"route": "checkout.status", "status": 200, "body": over, "matching": {"id": order.merchant_order_id}}
        self.behave(faults=[lie])
        self.tell(order, "FAILED", note="over")  # looked into at once, also when a killed process had leased the order
        until(lambda: self.state(order), lambda state: state in OVER, "the order to be over")
        self.behave()

    def state(self, order: Order) -> str:
        """The payment's state in the database."""
        rows = self.world.look(self.buyer).rows.payments
        return next(row.state for row in rows if row.merchant_order_id == order.merchant_order_id)

    @rule(mode=WEBHOOKS)
    def webhooks(self, mode: str) -> None:
        """From now on webhooks come once, twice, early or not at all."""
        self.mode = mode
        self.behave()

    def behave(self, **more: object) -> None:
        """The gateway as it is in this story, and more."""
        self.world.gateway.behave(settle_pending_after_s=SETTLES_S, webhook={"mode": self.mode}, **more)

    @rule(seconds=st.sampled_from([SETTLES_S + 1, 120, 1_200]))
    def later(self, seconds: int) -> None:
        """Time passes for all."""
        self.world.clock.advance(seconds)
        self.buyer.log_in()

    @rule()
    def cancel(self) -> None:
        """The customer cancels what runs, if anything does."""
        assert self.buyer.call("POST", "cancel_subscription").status in (200, 404, 409)

    @precondition(lambda self: self.crashed < CRASHES)
    @rule()
    def crash(self) -> None:
        """The application is killed and started again."""
        self.crashed += 1
        self.world.own.kill_application()
        self.world.own.restart_application()

    @invariant()
    def the_books_allow_it(self) -> None:
        """Access is given for money alone, no state goes back, and no order is over by itself."""
        seen = self.world.look(self.buyer)
        access_is_given_for_money_alone(seen)
        self.no_state_goes_back(seen)
        self.no_order_is_over_by_itself(seen)

    def no_state_goes_back(self, seen: Sight) -> None:
        """What was terminal stays so; only a payment that was made after all still counts."""
        for row in seen.rows.payments:
            before = self.states.get(row.id, "created")
            assert row.state in NEXT[before], f"{row.merchant_order_id}: {before}, then {row.state}"
            self.states[row.id] = row.state

    def no_order_is_over_by_itself(self, seen: Sight) -> None:
        """A payment fails or expires when the gateway says so, whatever other orders there are."""
        assert seen.orders is not None
        for row in seen.rows.payments:
            if row.state in OVER and row.merchant_order_id not in self.denied:
                assert seen.orders[row.merchant_order_id].state == "FAILED", f"{row.merchant_order_id}: {row.state}"

    def teardown(self) -> None:
        """In the end every order that was paid is known as paid: nothing is lost, whatever was."""
        self.world.clock.advance(SETTLES_S + 60)
        for order in self.denied.values():
            self.tell(order, "COMPLETED", note="in the end")
        until(lambda: self.world.look(self.buyer).money(), lambda wrong: not wrong, "the books to agree")
        self.the_books_allow_it()
        self.world.clock.set(0)


def access_is_given_for_money_alone(seen: Sight) -> None:
    """Each subscription has a payment of its own, which the gateway's books know as paid, in full."""
    activated = [row.payment_id for row in seen.rows.subscriptions]
    paid = {row.id for row in seen.rows.payments if row.state in PAID}
    assert sorted(activated) == sorted(paid)
    assert seen.orders is not None
    for row in seen.rows.payments:
        order = seen.orders[row.merchant_order_id]
        assert order.amount == row.amount
        assert row.state not in PAID or order.state == "COMPLETED"


@pytest.fixture
def world(make_slice: Callable[..., Slice], transport: HttpxTransport, customers: Customers) -> Iterator[World]:
    """A RaptorFlow of its own, whose reconciler is in a hurry."""
    own = make_slice(RECONCILE_SCHEDULE="0.2x1000")
    system = own.system
    ledger = LedgerWitness(str(system.gateway_admin_url), str(system.merchant_id))
    with closing(AdminClient(str(system.gateway_admin_url))) as admin, closing(ledger):
        gateway = Gateway(admin, str(system.merchant_id))
        assert system.clock_file is not None
        clock = Clock(system.clock_file, gateway)
        yield World(own, gateway, clock, transport, customers, DatabaseWitness(str(system.database_dsn)), ledger)


@pytest.mark.promise("PAY-9.1", "PAY-9.2")
@pytest.mark.requirement("PAY-7", "PAY-9", "PAY-10")
@pytest.mark.timeout(1800)
def test_any_history__gives_access_for_money_alone(world: World, pytestconfig: pytest.Config) -> None:
    """No history of purchases, payers, lies, lost webhooks, time and crashes gives access unpaid, twice or never."""
    try_histories(type("ThisBuying", (Buying,), {"world": world}), pytestconfig, few=4, steps=12)
