"""Reconciliation: what the parties disagree about is named, order by order, with all that each says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixtures.customers import Customers
from load.reconciliation import sources
from load.reconciliation.reconciliation import Activation, Facts, Kind, Ordered, Payment, Taken, reconcile, settled
from stack.system import System

TAKEN = Taken("O1", "COMPLETED", 700000, ({"to": "COMPLETED"},))
PAYMENT = Payment("O1", "P1", "W1", "glide", "monthly", 700000, "completed")
ACTIVATION = Activation("P1", "W1", "glide", "monthly")
ORDERED = Ordered("O1", "customer 1", "W1", "glide", "monthly", 700000, "completed")
AGREED = Facts([TAKEN], [PAYMENT], [ACTIVATION], [ORDERED])


def test_agreement__no_difference() -> None:
    """An order on which all four agree is activated once."""
    outcome = reconcile(AGREED)

    assert (outcome.gateway_completed, outcome.activated_once, outcome.differences) == (1, 1, [])


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (replace(AGREED, activations=[]), "lost"),
        (replace(AGREED, activations=[ACTIVATION, ACTIVATION]), "activated twice"),
        (replace(AGREED, ledger=[replace(TAKEN, state="PENDING")], customers=[]), "activated unpaid"),
        (replace(AGREED, ledger=[replace(TAKEN, amount=1)]), "wrong amount"),
        (replace(AGREED, customers=[replace(ORDERED, price=500000)]), "wrong amount"),
        (replace(AGREED, activations=[replace(ACTIVATION, plan="soar")]), "wrong plan"),
        (replace(AGREED, activations=[replace(ACTIVATION, workspace_id="W2")]), "wrong tenant"),
        (replace(AGREED, payments=[], activations=[], customers=[]), "unknown to the database"),
        (replace(AGREED, ledger=[], activations=[], customers=[]), "unknown to the ledger"),
        (Facts([replace(TAKEN, state="FAILED")], [replace(PAYMENT, state="failed")], [], [ORDERED]), "shown as paid"),
    ],
)
def test_difference__named(facts: Facts, kind: Kind) -> None:
    """Each kind of disagreement has its name, and carries what every side said."""
    differences = {difference.kind: difference for difference in reconcile(facts).differences}

    assert kind in differences
    assert differences[kind].history


def test_lost_and_doubled__counted() -> None:
    """The counts are those of the orders that the gateway completed."""
    second, third = replace(TAKEN, merchant_order_id="O2"), replace(TAKEN, merchant_order_id="O3", state="FAILED")
    paid = replace(PAYMENT, merchant_order_id="O2", payment_id="P2")
    failed = replace(PAYMENT, merchant_order_id="O3", payment_id="P3", state="failed")
    facts = Facts([TAKEN, second, third], [PAYMENT, paid, failed], [ACTIVATION, ACTIVATION], [])
    outcome = reconcile(facts)

    assert (outcome.gateway_completed, outcome.activated_once, outcome.activated_twice, outcome.lost) == (2, 0, 1, 1)


def test_straggler__is_waited_for_and_a_loss_is_a_loss() -> None:
    """What the reconciler has not asked about yet is looked at again; what stays lost in its time is lost."""
    lost = replace(AGREED, activations=[])
    looks = iter([lost, lost, AGREED])

    late, gone = settled(lambda: next(looks), 60, 0), settled(lambda: lost, 0, 0)

    assert late is not None
    assert gone is not None
    assert (late.lost, next(looks, None), gone.lost) == (0, None, 1)
    assert settled(lambda: None) is None


def test_orders_before_the_run__are_not_its_own(customers: Customers, system: System) -> None:
    """A target that has served others is reconciled for what was ordered since the run began, and for all of that."""
    customers.a_paid_customer()
    before = sources.earlier(system)
    payment = customers.a_paid_customer().payment
    assert payment is not None

    joined = sources.facts(system, [], but=before)

    assert joined is not None
    assert [order.merchant_order_id for order in joined.ledger] == [payment.merchant_order_id]
    assert [row.merchant_order_id for row in joined.payments] == [payment.merchant_order_id]
    assert [each.payment_id for each in joined.activations] == [str(payment.id)]
